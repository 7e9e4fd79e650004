"""The oracles are shown payments that banks took back, sound and tampered with."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.db.broken_functions import (
    BRINGS_BACK_WHOLE,
    CHARGES_TWICE,
    FORGETS_RECOVERIES,
    REVERSES_WHOLE,
    intact,
)
from tests.db.chargeback_controls import CONTROLS, OF_ORDERS, Taken, taken
from tests.db.chargeback_oracles import CHARGEBACKS, UNDECIDED
from tests.db.controls import Control
from tests.db.disputed import Payments
from tests.db.market import Market, Owner
from tests.db.oracles import violations

PATIENT = timedelta(minutes=30)
TABLES = ("ledger.account", "ledger.tx", "ledger.transfer", "orders", "events", "chargebacks")
TABLES_BESIDE = ("receivables", "wallet_notices")
BROKEN = [
    (
        *("shares_of_chargeback", CHARGES_TWICE),
        *("chargeback", "has left the books otherwise than its state says: 1000 of 500"),
    ),
    (
        *("post_all", FORGETS_RECOVERIES),
        *("receivable of sam", "another sum than is due was kept: recovery:order:"),
    ),
    (
        *("bring_payout_back", BRINGS_BACK_WHOLE),
        *("receivable of sam", "another sum than is due was kept: recovery:payout_return:"),
    ),
    (
        *("ledger.reverse", REVERSES_WHOLE),
        *("receivable of sam", "another sum than is due was kept: recovery:reversal:"),
    ),
]
"""Functions that do wrong, and what is found: of whom, and what."""


@pytest.fixture
async def banks(market: Market) -> Taken:
    """Orders whose payments banks disputed."""
    return await taken(Payments(market))


@pytest.fixture
async def defenceless(banks: Taken, owner: Owner) -> AsyncIterator[Owner]:
    """A superuser's transaction without triggers and barriers; it is rolled back."""
    transaction = owner.transaction()
    await transaction.start()
    for table in (*TABLES, *TABLES_BESIDE):
        await owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    await owner.execute("ALTER TABLE ledger.tx DROP CONSTRAINT key_of_end")
    yield owner
    await transaction.rollback()


async def test_the_oracles_find_nothing_wrong_where_everything_is_as_it_should_be(
    banks: Taken, owner: Owner
) -> None:
    assert await violations(owner, PATIENT) == []


async def test_every_question_about_chargebacks_has_a_control() -> None:
    assert {*CHARGEBACKS, *UNDECIDED} == {control.words for control in CONTROLS}


@pytest.mark.parametrize("control", [*CONTROLS, *OF_ORDERS], ids=lambda control: control.name)
async def test_an_oracle_sees(control: Control, banks: Taken, defenceless: Owner) -> None:
    order_id = getattr(banks, control.of, banks.ended).id
    end = await defenceless.fetchval(
        f"SELECT id FROM ledger.tx WHERE order_id = '{order_id}' AND kind <> 'hold'"
    )
    await defenceless.execute(control.sql.replace("$order", order_id).replace("$end", str(end)))
    subject = control.subject.format(order_id)
    expected = re.compile(f".*: {subject}: " + re.escape(control.words).replace(r"\{\}", ".*"))
    found = await violations(defenceless, PATIENT)
    assert any(expected.fullmatch(one) for one in found), found


@pytest.mark.parametrize(
    ("function", "text", "subject", "words"),
    BROKEN,
    ids=["charges twice", "forgets recoveries", "brings back whole", "reverses whole"],
)
async def test_a_product_that_does_wrong_is_found_out(
    function: str, text: str, subject: str, words: str, market: Market, owner: Owner
) -> None:
    await owner.execute(text)
    try:
        await taken(Payments(market))
    finally:
        await owner.execute(intact(function))
    found = await violations(owner, PATIENT)
    assert [one for one in found if f"chargebacks: {subject}" in one and words in one], found


async def test_what_has_passed_while_an_order_was_frozen_is_not_missed(
    banks: Taken, defenceless: Owner
) -> None:
    lapsed = '{"lapses_at": "2026-01-01T00:00:00Z"}'
    await defenceless.execute(
        f"UPDATE orders SET doc = jsonb_set(doc, '{{offer}}', '{lapsed}') WHERE id = $1",
        banks.frozen.id,
    )
    assert await violations(defenceless, PATIENT, ["liveness"]) == []
