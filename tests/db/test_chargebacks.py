"""A payment that its payer's bank takes back: it freezes an order that runs, ends it, or is owed by
who has its money; once, whatever is said in whichever order."""

from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from db import audit, chargebacks, payments_undone
from domain.ledger import AccountKind, Leg, escrow, wallet
from domain.money import Money
from domain.order import Order
from domain.payments import ProviderEventKind
from domain.policy import Policy
from domain.step import Step
from domain.vocabulary import State
from tests.db.disputed import BUYER, EURO, LOST, OPENED, PAID, SELLER, WON, Payments, outcomes, owed
from tests.db.market import Owner, cancellation, completion

ALL = [State.PENDING, State.IN_PROGRESS, State.DELIVERED, State.REVISION_REFUSED, State.DISPUTED]


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


async def _sums(owner: Owner) -> dict[str, int]:
    rows = await owner.fetch("SELECT kind, amount FROM ledger.sums WHERE currency = 'EUR'")
    return {row["kind"]: row["amount"] for row in rows}
