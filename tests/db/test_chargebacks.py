"""A payment that its payer's bank takes back: it freezes an order that runs, ends it, or is owed by
who has its money; once, whatever is said in whichever order."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from db import audit, chargebacks, figures, payments_under_way, payments_undone
from db.pool import Pool
from domain.ledger import AccountKind, Leg, escrow, wallet
from domain.money import Money
from domain.order import Order
from domain.payments import PaymentRef, ProviderEventKind, Way
from domain.policy import Policy
from domain.step import Step
from domain.vocabulary import State
from tests.db.disputed import (
    BUYER,
    EURO,
    LOST,
    OPENED,
    PAID,
    PAID_IN,
    SELLER,
    WON,
    Payments,
    outcomes,
    owed,
)
from tests.db.market import Market, Owner, cancellation, completion
from tests.db.oracles import violations

ALL = [State.PENDING, State.IN_PROGRESS, State.DELIVERED, State.REVISION_REFUSED, State.DISPUTED]


@pytest.fixture
def payments(market: Market) -> Payments:
    return Payments(market)


@pytest.mark.parametrize("state", ALL)
async def test_an_order_that_runs_is_frozen_and_ends_without_a_posting_to_its_people(
    state: State, payments: Payments, owner: Owner
) -> None:
    pay_in, order = await payments.order(state)
    await payments.say(OPENED, pay_in)
    assert [one.status for one in await payments.carry()] == ["recorded"]
    frozen = await payments.read(order.id)
    assert frozen.payment_hold is not None
    assert await payments.carry() == []
    await payments.say(LOST, pay_in)
    (ended,) = await payments.carry()
    assert ended.order.outcome is not None
    assert (ended.order.outcome.refunded, ended.order.outcome.charged_back) == (0, 2_000)
    assert await payments.carry() == []
    assert await owed(owner) == {}
    sums = await _sums(owner)
    assert (sums[AccountKind.WORLD], sums[AccountKind.ESCROW]) == (0, 0)
    assert await audit.findings(owner) == []


async def test_frozen_money_does_not_move_whatever_the_caller_says(
    payments: Payments, owner: Owner
) -> None:
    pay_in, order = await payments.order()
    thaw = completion(order)
    assert isinstance(thaw.verdict, Step)
    await payments.say(OPENED, pay_in)
    await payments.carry()
    frozen = await payments.read(order.id)
    forged = thaw.model_copy(
        update={
            "expected_version": frozen.version,
            "verdict": thaw.verdict.model_copy(
                update={
                    "order": thaw.verdict.order.model_copy(update={"version": frozen.version + 1})
                }
            ),
        }
    )
    with pytest.raises(asyncpg.PostgresError, match="its money is frozen"):
        await payments.market.record(forged)
    assert await payments.market.in_escrow(order) == 2_000
    assert await audit.findings(owner) == []


async def test_nothing_is_reclaimed_that_no_bank_has_taken_back(
    payments: Payments, owner: Owner
) -> None:
    half = Money(amount=1_000, currency="EUR")
    pay_in, order = await payments.order()
    await payments.say(OPENED, pay_in, money=half)
    with pytest.raises(asyncpg.PostgresError, match="names accounts of others"):
        await reclaimed(owner, order, 1_000)
    await payments.say(LOST, pay_in, money=half)
    with pytest.raises(asyncpg.PostgresError, match="names accounts of others"):
        await reclaimed(owner, order, 1_001)
    await reclaimed(owner, order, 1_000)
    assert await payments.market.in_escrow(order) == 0


async def reclaimed(owner: Owner, order: Order, taken: int) -> None:
    """Posts that so many cents of an order's escrow are back at the payer's bank, and the rest in
    the buyer's wallet."""
    bank, rest = [
        Leg(debit=escrow(order.id), credit=wallet(BUYER), amount=amount).model_dump(mode="json")
        for amount in (taken, PAID - taken)
    ]
    bank["credit"] = {"kind": "world", "owner": "payment-provider"}
    postings = [{"key": f"order:{order.id}:end", "kind": "reclaim", "legs": [bank, rest]}]
    await owner.execute("SELECT post_all($1::uuid, 'EUR', $2)", order.id, postings)


async def test_one_that_is_won_lets_the_order_go_on(payments: Payments, owner: Owner) -> None:
    pay_in, order = await payments.order()
    await payments.say(OPENED, pay_in)
    await payments.carry()
    await payments.say(WON, pay_in)
    (gone_on,) = await payments.carry()
    assert gone_on.order.payment_hold is None
    assert gone_on.order.deadline is not None
    assert order.deadline is not None
    assert gone_on.order.deadline.at > order.deadline.at
    await payments.market.record(completion(gone_on.order))
    assert await payments.market.held_by(SELLER) == 1_600
    assert await audit.findings(owner) == []


async def test_of_an_order_that_has_ended_its_seller_owes_what_their_wallet_does_not_hold(
    payments: Payments, owner: Owner
) -> None:
    pay_in, order = await payments.order()
    await payments.market.record(completion(order))
    await payments.say(LOST, pay_in)
    assert await payments.carry() == []
    assert await payments.market.held_by(SELLER) == 0
    assert await owed(owner) == {SELLER: 400}
    assert await audit.findings(owner) == []
    await payments.carry()
    assert await owed(owner) == {SELLER: 400}


@pytest.mark.parametrize(("bps", "paid", "left"), [(None, 400, 0), (2_500, 400, 0), (0, 0, 400)])
async def test_what_they_earn_pays_it_by_the_policy_of_the_order(
    bps: int | None, paid: int, left: int, payments: Payments, owner: Owner
) -> None:
    pay_in, order = await payments.order()
    await payments.market.record(completion(order))
    await payments.say(LOST, pay_in)
    await payments.carry()
    policy = Policy(recovery_bps=bps)
    another = await payments.market.order(State.DELIVERED, seller_id=SELLER, policy=policy)
    await payments.market.record(completion(another))
    assert 1_600 - paid == await payments.market.held_by(SELLER)
    assert left == (await owed(owner)).get(SELLER, 0)
    assert await audit.findings(owner) == []


async def test_of_an_order_that_was_refunded_its_buyer_pays_it_back(
    payments: Payments, owner: Owner
) -> None:
    pay_in, order = await payments.order()
    await payments.market.record(cancellation(order))
    assert await payments.market.held_by(BUYER) == 2_000
    await payments.say(LOST, pay_in)
    await payments.carry()
    assert await payments.market.held_by(BUYER) == 0
    assert await owed(owner) == {}
    assert await audit.findings(owner) == []


async def test_of_a_payment_into_a_wallet_its_buyer_owes_what_they_spent_and_gets_it_back_once(
    payments: Payments, owner: Owner
) -> None:
    pay_in = await payments.pay_in()
    order = await payments.market.order(State.DELIVERED, buyer_id=BUYER, funds=0)
    await payments.say(OPENED, pay_in)
    await payments.say(LOST, pay_in)
    await payments.carry()
    assert (await payments.read(order.id)).payment_hold is None
    assert await owed(owner) == {BUYER: 2_000}
    await payments.market.record(cancellation(order))
    assert await owed(owner) == {}
    assert await payments.market.held_by(BUYER) == 0
    assert await audit.findings(owner) == []


async def test_what_the_payment_left_in_the_wallet_pays_what_the_order_did_not(
    payments: Payments, owner: Owner
) -> None:
    pay_in, order = await payments.order(paid=3_000)
    await payments.say(OPENED, pay_in, money=Money(amount=3_000, currency="EUR"))
    await payments.carry()
    await payments.say(LOST, pay_in, money=Money(amount=3_000, currency="EUR"))
    await payments.carry()
    await payments.carry()
    assert await payments.market.held_by(BUYER) == 0
    assert await owed(owner) == {}
    assert State.CANCELLED is (await payments.read(order.id)).state
    assert await audit.findings(owner) == []


async def test_of_a_part_that_is_lost_the_rest_is_the_buyers(
    payments: Payments, owner: Owner
) -> None:
    pay_in, order = await payments.order()
    await payments.say(LOST, pay_in, money=Money(amount=500, currency="EUR"))
    await payments.carry()
    await payments.carry()
    ended = await payments.read(order.id)
    assert ended.outcome is not None
    assert (ended.outcome.refunded, ended.outcome.charged_back) == (1_500, 500)
    assert await payments.market.held_by(BUYER) == 1_500
    assert await audit.findings(owner) == []


SAID: list[tuple[str, list[tuple[Any, str, Money | None]], list[str | None], list[str]]] = [
    ("twice", [(OPENED, "d", EURO)] * 2, ["applied", "nothing_new"], ["opened"]),
    ("lost twice", [(LOST, "d", EURO)] * 2, ["applied", "nothing_new"], ["lost"]),
    ("won first", [(WON, "d", EURO), (OPENED, "d", EURO)], ["applied", "nothing_new"], ["won"]),
    ("lost first", [(LOST, "d", EURO), (OPENED, "d", EURO)], ["applied", "nothing_new"], ["lost"]),
    ("won after lost", [(LOST, "d", EURO), (WON, "d", EURO)], ["applied", "differs"], ["lost"]),
    ("lost after won", [(WON, "d", EURO), (LOST, "d", EURO)], ["applied", "differs"], ["won"]),
    ("larger", [(OPENED, "d", Money(amount=2_001, currency="EUR"))], ["differs"], []),
    ("another currency", [(OPENED, "d", Money(amount=2_000, currency="USD"))], ["differs"], []),
    ("no amount", [(OPENED, "d", None)], ["differs"], []),
    (
        "a second one waits",
        [(OPENED, "d", EURO), (OPENED, "e", EURO), (LOST, "e", EURO)],
        ["applied", None, None],
        ["opened"],
    ),
    (
        "a second one is lost before it is known that the first was won",
        [(OPENED, "d", EURO), (OPENED, "e", EURO), (LOST, "e", EURO), (WON, "d", EURO)],
        ["applied"] * 4,
        ["won", "lost"],
    ),
    (
        "a second one is lost when the first was",
        [(OPENED, "d", EURO), (OPENED, "e", EURO), (LOST, "d", EURO), (LOST, "e", EURO)],
        ["applied", "theirs_only", "applied", "theirs_only"],
        ["lost"],
    ),
    (
        "a second one is won before the first is lost",
        [(OPENED, "d", EURO), (OPENED, "e", EURO), (WON, "e", EURO), (LOST, "d", EURO)],
        ["applied", "nothing_new", "applied", "applied"],
        ["lost", "won"],
    ),
    (
        "a first one is told late",
        [(OPENED, "e", EURO), (OPENED, "d", EURO), (WON, "d", EURO), (LOST, "e", EURO)],
        ["applied", "nothing_new", "applied", "applied"],
        ["lost", "won"],
    ),
    (
        "three of them",
        [(OPENED, "d", EURO), (OPENED, "e", EURO), (OPENED, "f", EURO), (WON, "d", EURO)],
        ["applied", "applied", None, "applied"],
        ["won", "opened"],
    ),
    (
        "a second one after the first was won",
        [(WON, "d", EURO), (LOST, "e", EURO)],
        ["applied", "applied"],
        ["won", "lost"],
    ),
    (
        "another amount later",
        [(OPENED, "d", EURO), (LOST, "d", Money(amount=1_000, currency="EUR"))],
        ["applied", "differs"],
        ["opened"],
    ),
]


@pytest.mark.parametrize(("_name", "said", "came", "states"), SAID, ids=[one[0] for one in SAID])
async def test_what_is_said_twice_or_late_or_differs_moves_nothing_a_second_time(
    _name: str,
    said: list[tuple[Any, str, Money | None]],
    came: list[str | None],
    states: list[str],
    payments: Payments,
    owner: Owner,
) -> None:
    pay_in, order = await payments.order()
    await payments.market.record(completion(order))
    for kind, reference, money in said:
        await payments.say(kind, pay_in, reference, money)
        await payments.carry()
    assert came == await outcomes(owner)
    rows = await owner.fetch("SELECT state FROM chargebacks ORDER BY created_at")
    assert states == [row["state"] for row in rows]
    lost = 2_000 if "lost" in states else 0
    posted = await owner.fetchval(
        "SELECT coalesce(sum(amount), 0) FROM ledger.tx JOIN ledger.transfer x ON x.tx_id = tx.id"
        " WHERE kind = 'chargeback'"
    )
    assert lost == posted
    assert await audit.findings(owner) == []


@pytest.mark.parametrize("end", [WON, LOST])
async def test_an_order_that_hears_late_of_a_dispute_is_not_frozen_after_its_end(
    end: ProviderEventKind, payments: Payments, owner: Owner
) -> None:
    pay_in, order = await payments.order()
    await payments.say(OPENED, pay_in)
    asked = await payments.asks()
    await payments.say(end, pay_in)
    asked += await payments.asks()
    # The signal of a process that was stopped comes last.
    for one in reversed(asked):
        await payments.decides(one)
    while await payments.carry():
        pass
    assert (await payments.read(order.id)).payment_hold is None
    assert await audit.findings(owner) == []


@pytest.mark.parametrize("last_first", [False, True])
async def test_an_order_is_frozen_again_when_another_dispute_follows_at_once(
    last_first: bool, payments: Payments, owner: Owner
) -> None:
    pay_in, order = await payments.order()
    await payments.say(OPENED, pay_in, "dispute-1")
    await payments.carry()
    await payments.say(WON, pay_in, "dispute-1")
    await payments.say(OPENED, pay_in, "dispute-2")
    asked = await payments.asks(last_first=last_first)
    for one in sorted(asked, key=lambda one: one.action != "payment_disputed"):
        await payments.decides(one)
    while await payments.carry():
        pass
    assert (await payments.read(order.id)).payment_hold is not None
    assert await audit.findings(owner) == []


async def test_while_its_order_is_still_to_decide_a_dispute_keeps_no_other_waiting(
    payments: Payments,
) -> None:
    (first, _), (second, _) = await payments.order(), await payments.order()
    await payments.say(OPENED, first, "dispute-1")
    (asked,) = await payments.asks()
    await payments.say(OPENED, second, "dispute-2")
    async with payments.market.pool.acquire() as connection:
        (waiting,) = await chargebacks.not_carried(connection, 1)
        found = await chargebacks.get(connection, waiting)
        assert found is not None
        assert found.pay_in_id == second
        await payments.decides(asked)
        assert len(await chargebacks.not_carried(connection, 10)) == 2


async def test_what_waits_for_its_order_to_decide_is_left_undone_by_nobody(
    payments: Payments,
) -> None:
    pay_in, _ = await payments.order()
    await payments.say(OPENED, pay_in)

    async def undone() -> int:
        async with payments.market.pool.acquire() as connection:
            return len(await payments_undone.undone(connection, timedelta()))

    assert await undone() == 1
    (asked,) = await payments.asks()
    assert await undone() == 0
    await payments.decides(asked)
    assert await undone() == 1
    await payments.carry()
    assert await undone() == 0


IN_TURN = [(OPENED, "d"), (OPENED, "e"), (WON, "d")]
OVERTAKEN = [(OPENED, "e"), (OPENED, "d"), (WON, "d")]


@pytest.mark.parametrize("end", [WON, LOST])
@pytest.mark.parametrize("said", [IN_TURN, OVERTAKEN], ids=["in turn", "overtaken"])
async def test_an_order_is_frozen_as_long_as_any_dispute_of_its_payment_is_open(
    said: list[tuple[ProviderEventKind, str]],
    end: ProviderEventKind,
    payments: Payments,
    owner: Owner,
) -> None:
    pay_in, order = await payments.order()
    since = []
    for kind, reference in said:
        await payments.say(kind, pay_in, reference)
        await payments.carry_all()
        frozen = await payments.read(order.id)
        assert frozen.payment_hold is not None
        since.append(frozen.payment_hold.since)
        assert await violations(owner) == []
    assert len(set(since)) == 1
    await payments.say(end, pay_in, "e")
    await payments.carry_all()
    after = await payments.read(order.id)
    assert (after.payment_hold, await owed(owner)) == (None, {})
    if end is LOST:
        assert after.outcome is not None
        assert (after.outcome.refunded, after.outcome.charged_back) == (0, PAID)
    else:
        assert await payments.market.in_escrow(order) == PAID
        assert after.deadline is not None
        assert order.deadline is not None
        assert after.deadline.at > order.deadline.at
        await payments.market.record(completion(after))
    steps = "SELECT count(*) FROM events WHERE action = 'payment_dispute_won' AND accepted"
    assert await owner.fetchval(steps) == (1 if end is WON else 0)
    refused = "SELECT count(*) FROM events WHERE action LIKE 'payment%' AND NOT accepted"
    assert await owner.fetchval(refused) == 0
    assert await violations(owner) == []
    assert await audit.findings(owner) == []


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize("last_first", [False, True])
async def test_an_order_goes_on_when_all_were_won_before_it_was_told_of_the_second(
    last_first: bool, at_once: bool, payments: Payments, owner: Owner
) -> None:
    pay_in, order = await payments.order()
    await payments.say(OPENED, pay_in, "d")
    await payments.carry_all()
    for kind, reference in ((OPENED, "e"), (WON, "d"), (WON, "e")):
        await payments.note(kind, pay_in, reference)
        if not at_once:
            await payments.settle(pay_in)
    await payments.settle(pay_in)
    for one in await payments.asks(last_first=last_first):
        await payments.decides(one)
    await payments.carry_all()
    assert (await payments.read(order.id)).payment_hold is None
    assert await violations(owner) == []


async def test_what_a_second_dispute_keeps_back_is_kept_without_an_instant_between(
    payments: Payments, owner: Owner
) -> None:
    pay_in, order = await payments.order()
    await payments.market.record(completion(order))
    for kind, reference in IN_TURN:
        await payments.say(kind, pay_in, reference)
        kept = await owner.fetchval("SELECT disputed FROM withheld($1, now())", SELLER)
        assert kept == PAID
        await payments.carry_all()
        assert await violations(owner) == []
    await payments.say(LOST, pay_in, "e")
    await payments.carry_all()
    assert await owed(owner) == {SELLER: 400}
    assert await violations(owner) == []


async def test_a_second_dispute_that_waits_is_under_way_once_it_is_lost(
    payments: Payments, owner: Owner, pool: Pool
) -> None:
    pay_in, _ = await payments.order()
    await payments.say(OPENED, pay_in, "d")
    for kind, under_way in ((OPENED, []), (LOST, [PaymentRef(Way.IN, pay_in)])):
        await payments.say(kind, pay_in, "e")
        async with pool.acquire() as connection:
            assert await payments_under_way.payments(connection) == under_way
            assert (await figures.figures(connection)).events.count == 0
    # What is said of the first is never taken for something that waits.
    await payments.note(WON, pay_in, "d")
    async with pool.acquire() as connection:
        assert (await figures.figures(connection)).events.count == 1


SECOND = "money-of-the-second"


async def paid_twice(payments: Payments, pay_in: UUID) -> None:
    """Its payer pays a second time under the same payment."""
    await payments.say(PAID_IN, pay_in, "pi-second", EURO, payment=SECOND)


@pytest.mark.parametrize("has_ended", [False, True])
async def test_a_dispute_of_a_second_payment_leaves_the_order_of_the_first_alone(
    has_ended: bool, payments: Payments, owner: Owner
) -> None:
    pay_in, order = await payments.order()
    if has_ended:
        await payments.market.record(completion(order))
    await paid_twice(payments, pay_in)
    for kind in (OPENED, LOST):
        await payments.say(kind, pay_in, payment=SECOND)
        assert await payments.carry() == []
    assert await outcomes(owner) == ["theirs_only"] * 2
    assert (await payments.read(order.id)).payment_hold is None
    assert await owed(owner) == {}
    assert await payments.market.held_by(SELLER) == (1_600 if has_ended else 0)
    # That of the first is none the less what it is.
    await payments.say(OPENED, pay_in, "dispute-2", payment=payments.first(pay_in))
    assert len(await payments.carry()) == (0 if has_ended else 1)
    assert (await outcomes(owner))[-1] == "applied"
    assert await audit.findings(owner) == []


async def test_a_dispute_that_was_known_before_second_payments_were_told_apart_ends(
    payments: Payments, owner: Owner
) -> None:
    pay_in, _ = await payments.order()
    await payments.say(OPENED, pay_in)
    await payments.say(WON, pay_in, payment=SECOND)
    assert await outcomes(owner) == ["applied", "applied"]


async def test_a_dispute_of_what_differed_and_is_in_no_wallet_is_for_a_person(
    payments: Payments, owner: Owner
) -> None:
    pay_in = await payments.asked()
    other = Money(amount=PAID - 1, currency="EUR")
    await payments.say(OPENED, pay_in, payment=SECOND, money=other)
    await payments.say(PAID_IN, pay_in, "pi-second", other, payment=SECOND)
    await payments.say(OPENED, pay_in, "dispute-2", payment=payments.first(pay_in))
    assert await outcomes(owner) == ["theirs_only", None]  # it waits for the word that it was paid
    await payments.say(PAID_IN, pay_in, f"pi-{pay_in}", EURO, payment=payments.first(pay_in))
    assert await outcomes(owner) == ["theirs_only", "applied"]


async def _sums(owner: Owner) -> dict[str, int]:
    rows = await owner.fetch("SELECT kind, amount FROM ledger.sums WHERE currency = 'EUR'")
    return {row["kind"]: row["amount"] for row in rows}
