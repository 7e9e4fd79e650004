"""Each oracle is shown databases that are known to be bad: one that sees nothing proves nothing."""

import re
from datetime import timedelta

import pytest

from domain.ledger import WORLD, escrow, wallet
from tests.db.chargeback_oracles import CHARGEBACKS, UNDECIDED
from tests.db.controls import CONTROLS, Control
from tests.db.market import PRICE, Owner, leg, post
from tests.db.oracles import ORACLES, violations
from tests.db.sample import Sample

PATIENT = timedelta(minutes=30)
"""The sample may be old by the time that it is looked at."""

TABLES = (
    "ledger.account",
    "ledger.balance",
    "ledger.tx",
    "ledger.transfer",
    "ledger.outside",
    "orders",
    "events",
    "requests",
    "notices",
    "deliveries",
    "feed",
)
BARRIERS = """
    ALTER TABLE ledger.tx DROP CONSTRAINT key_of_hold, DROP CONSTRAINT key_of_end,
        DROP CONSTRAINT order_of_kind;
    ALTER TABLE ledger.transfer DROP CONSTRAINT transfer_pkey;
    ALTER TABLE ledger.outside DROP CONSTRAINT outside_pkey CASCADE,
        DROP CONSTRAINT reversed_once;
    ALTER TABLE ledger.balance DROP CONSTRAINT no_overdraft, DROP CONSTRAINT closed_is_empty;
    ALTER TABLE notices DROP CONSTRAINT one_notice_each;
    ALTER TABLE deliveries DROP CONSTRAINT one_delivery_each;
    DROP INDEX one_event_per_request, one_event_per_version, ledger.one_end_per_order;
"""


@pytest.fixture
async def defenceless(tampering: Owner) -> Owner:
    """A superuser's transaction on the sample without its triggers and barriers."""
    for table in TABLES:
        await tampering.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    await tampering.execute(BARRIERS)
    return tampering


async def tampered(connection: Owner, sql: str, order_id: str) -> None:
    """Does what a control says to an order."""
    kinds = {"$end": "kind = 'release'", "$hold": "kind = 'hold'"}
    for name, kind in kinds.items():
        found = await connection.fetchval(
            f"SELECT id FROM ledger.tx WHERE order_id = '{order_id}' AND {kind}"
        )
        sql = sql.replace(name, str(found))
    found = await connection.fetchval(
        "SELECT id FROM ledger.account WHERE kind = 'escrow' AND owner = $1", order_id
    )
    buyer_id = await connection.fetchval(
        "SELECT buyer_id FROM orders WHERE id::text = $1", order_id
    )
    for name, value in {"$escrow": found, "$order": order_id, "$buyer": buyer_id}.items():
        sql = sql.replace(name, str(value))
    await connection.execute(sql)


async def test_the_oracles_find_nothing_wrong_with_a_sound_database(
    tampering: Owner, sample: Sample
) -> None:
    assert await violations(tampering, PATIENT) == []


async def test_the_oracles_can_be_asked_as_the_application(as_app: Owner) -> None:
    assert await violations(as_app, PATIENT) == []


async def test_every_question_of_the_oracles_has_a_control() -> None:
    questions = {words for queries in ORACLES.values() for words in queries}
    elsewhere = {*CHARGEBACKS, *UNDECIDED}  # see `test_chargeback_oracles`
    assert questions - elsewhere == {control.words for control in CONTROLS}


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.name)
async def test_an_oracle_sees(control: Control, defenceless: Owner, sample: Sample) -> None:
    order_id = getattr(sample, control.of).id
    await tampered(defenceless, control.sql, order_id)
    subject = control.subject.format(order_id)
    expected = re.compile(f".*: {subject}: " + re.escape(control.words).replace(r"\{\}", ".*"))
    found = await violations(defenceless)
    assert any(expected.fullmatch(one) for one in found), found


# --- what only the count of effects shows ------------------------------------------------------


async def test_a_second_payment_under_another_key_leaves_the_books_balanced_and_is_seen(
    tampering: Owner, sample: Sample
) -> None:
    await tampering.execute("ALTER TABLE ledger.tx DROP CONSTRAINT key_of_end")
    await tampering.execute("DROP INDEX ledger.one_end_per_order")
    order = sample.open
    half = [leg(escrow(order.id), wallet(order.seller_id), PRICE // 2)]
    for attempt in (1, 2):
        key = f"order:{order.id}:end:attempt-{attempt}"
        await post(tampering, key, half, kind="release", order=order, closes=attempt == 2)
    assert await violations(tampering, oracles=["ledger"]) == []
    assert await violations(tampering, oracles=["effects"]) == [
        f"effects: order {order.id}: ended 2 times in the ledger"
    ]


async def test_a_second_hold_under_another_key_leaves_the_books_balanced_and_is_seen(
    tampering: Owner, sample: Sample
) -> None:
    await tampering.execute("ALTER TABLE ledger.tx DROP CONSTRAINT key_of_hold")
    order = sample.open
    money = [leg(WORLD, wallet(order.buyer_id), PRICE)]
    await post(tampering, "a-top-up-for-a-second-hold", money)
    hold = [leg(wallet(order.buyer_id), escrow(order.id), PRICE)]
    key = f"order:{order.id}:hold:{order.lines[0].id}:attempt-2"
    await post(tampering, key, hold, kind="hold", order=order)
    assert await violations(tampering, oracles=["ledger"]) == []
    assert await violations(tampering, oracles=["effects"]) == [
        f"effects: order {order.id}: paid in {{2000,2000}} for lines of {{2000}}"
    ]


async def test_patience_says_when_a_deadline_counts_as_missed(
    defenceless: Owner, sample: Sample
) -> None:
    await defenceless.execute("UPDATE orders SET deadline_at = now() - interval '1 hour'")
    assert await violations(defenceless, timedelta(hours=2), ["liveness"]) == []
    assert await violations(defenceless, timedelta(minutes=30), ["liveness"]) != []
