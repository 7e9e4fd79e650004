"""The stand-in answers as PostgreSQL does: the same records, told to both, get the same answers."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from db.pool import Pool
from domain.actions import (
    AboutOffer,
    AboutSettlement,
    BuyExtra,
    Cancel,
    Fields,
    MakeOffer,
    PositiveMoney,
    ProposeSettlement,
    RefuseCancellation,
    RequestCancellation,
)
from domain.command import command
from domain.order import Actor, Order
from domain.rules import decide
from domain.step import Recorded, Step, ToRecord, record_of_command
from domain.timers import next_timer
from domain.vocabulary import Action, State
from tests.db.market import (
    Market,
    act_of,
    buyer_of,
    cancellation,
    completion,
    expiry,
    offer_until,
    seller_of,
    wish_until,
)
from tests.workflows.recording import Broken, Json, Recording, Request

HOUR = timedelta(hours=1)


@pytest.fixture
def market(pool: Pool) -> Market:
    """The real database."""
    return Market(pool)


@pytest.fixture
def stand_in() -> Recording:
    """The other one."""
    return Recording()


def comparable(recorded: Recorded) -> Json:
    """An answer, without the exact time that a deadline is away. Instants are compared as such:
    PostgreSQL writes no zeros at the end of a fraction."""
    requests = [
        {**request, "received_at": datetime.fromisoformat(request["received_at"])}
        for request in recorded.requests
    ]
    rest = recorded.model_dump(mode="json", exclude={"wait", "requests"})
    return {**rest, "waits": bool(recorded.wait), "requests": requests}


async def same(market: Market, stand_in: Recording, *records: ToRecord) -> list[str]:
    """Tells both the records and asserts that they answer the same; gives the statuses."""
    statuses: list[str] = []
    for record in records:
        real, other = await market.record(record), stand_in.record(record)
        assert comparable(real) == comparable(other)
        statuses.append(other.status)
    return statuses


async def ordered(
    market: Market, stand_in: Recording, state: State = State.PENDING, **how: Any
) -> Order:
    """An order that both have."""
    order = await market.order(state, **how)
    stand_in.place(order, in_wallet=max(0, how.get("funds", 0) - 2000))
    return order


async def journals(market: Market, stand_in: Recording, order: Order) -> list[Json]:
    """The journal of the stand-in, which must be that of the database."""
    query = (
        "SELECT action, actor, request_id, accepted, code, reason, event, state, version"
        " FROM events WHERE order_id = $1 AND action <> 'place' ORDER BY seq"
    )
    async with market.pool.acquire() as connection:
        real = [dict(row) for row in await connection.fetch(query, UUID(order.id))]
    other = [
        {name: value for name, value in asdict(event).items() if name in real[0]}
        | {"actor": event.actor and event.actor.model_dump(mode="json")}
        for event in stand_in.rows[order.id].journal
    ]
    assert real == other
    return other


async def test_a_step_and_a_refusal(market: Market, stand_in: Recording) -> None:
    order = await ordered(market, stand_in, State.PENDING)
    refusal = act_of(order, Action.COMPLETE, buyer_of(order))
    step = act_of(order, Action.ACCEPT, seller_of(order))
    assert ["recorded"] * 2 == await same(market, stand_in, refusal, step)
    events = await journals(market, stand_in, order)
    assert [False, True] == [event["accepted"] for event in events]


async def test_a_repetition(market: Market, stand_in: Recording) -> None:
    order = await ordered(market, stand_in, State.DELIVERED)
    record = completion(order)
    assert ["recorded", "decided"] == await same(market, stand_in, record, record)
    assert 1 == len(await journals(market, stand_in, order))


async def test_a_repetition_of_a_refusal(market: Market, stand_in: Recording) -> None:
    order = await ordered(market, stand_in, State.PENDING)
    record = completion(order)
    assert ["recorded", "decided"] == await same(market, stand_in, record, record)


async def test_an_order_that_has_moved_on(market: Market, stand_in: Recording) -> None:
    order = await ordered(market, stand_in, State.DELIVERED)
    assert ["recorded", "superseded"] == await same(
        market, stand_in, completion(order), cancellation(order)
    )


async def test_a_deadline_and_its_repetition(market: Market, stand_in: Recording) -> None:
    past = datetime.now(UTC) - HOUR
    order = await ordered(market, stand_in, State.DELIVERED, deadline_at=past)
    record = expiry(order)
    assert ["recorded", "superseded"] == await same(market, stand_in, record, record)


async def test_a_deadline_that_is_to_come(market: Market, stand_in: Recording) -> None:
    order = await ordered(market, stand_in, State.DELIVERED, deadline_at=datetime.now(UTC) + HOUR)
    assert ["too_early"] == await same(market, stand_in, expiry(order))


async def test_the_money_of_an_end(market: Market, stand_in: Recording) -> None:
    order = await ordered(market, stand_in, State.DELIVERED)
    await same(market, stand_in, completion(order))
    gained = stand_in.rows[order.id].gained
    held = {account.owner: gain for account, gain in gained.items()}
    assert 1600 == held[order.seller_id] == await market.held_by(order.seller_id)
    assert 0 == stand_in.balances.get(next(a for a in gained if a.owner == order.id), 0)
    assert 0 == await market.in_escrow(order)


@pytest.mark.parametrize("funds", [2499, 2500], ids=["too little", "enough"])
async def test_the_price_of_an_extra(funds: int, market: Market, stand_in: Recording) -> None:
    order = await ordered(market, stand_in, State.IN_PROGRESS, funds=funds)
    fields = BuyExtra(extra_id=order.extras[0].id)
    record = act_of(order, Action.BUY_EXTRA, buyer_of(order), fields)
    assert ["recorded"] == await same(market, stand_in, record)
    (event,) = await journals(market, stand_in, order)
    assert (funds == 2500) == event["accepted"]


# --- offers, wishes, settlements -----------------------------------------------------------------


async def after(
    market: Market, stand_in: Recording, order: Order, *deeds: tuple[Action, Actor, Fields]
) -> Order:
    """The order after these deeds, to which both have said the same."""
    for action, who, fields in deeds:
        record = act_of(order, action, who, fields, request_id=f"request-{action}")
        assert ["recorded"] == await same(market, stand_in, record)
        order = stand_in.rows[order.id].order
    return order


def offered(price: int = 500) -> MakeOffer:
    """An offer of that many cents."""
    money = PositiveMoney(amount=price, currency="EUR")
    return MakeOffer(title="A letterhead", price=money, delivery_time=HOUR)


TAKEN = AboutOffer(offer_id="request-make_offer")


@pytest.mark.parametrize("funds", [2499, 2500], ids=["too little", "enough"])
async def test_an_offer_and_its_price(funds: int, market: Market, stand_in: Recording) -> None:
    order = await ordered(market, stand_in, State.DELIVERED, funds=funds)
    buyer, seller = buyer_of(order), seller_of(order)
    order = await after(
        market,
        stand_in,
        order,
        (Action.MAKE_OFFER, seller, offered()),
        (Action.ACCEPT_OFFER, buyer, TAKEN),
    )
    events = await journals(market, stand_in, order)
    assert (funds == 2500) == events[-1]["accepted"]
    assert funds - 2000 - 500 * (funds == 2500) == await market.held_by(order.buyer_id)
    assert order.total == await market.in_escrow(order)


async def test_a_settlement(market: Market, stand_in: Recording) -> None:
    order = await ordered(market, stand_in, State.DELIVERED)
    refund = PositiveMoney(amount=700, currency="EUR")
    signed = AboutSettlement(settlement_id="request-propose_settlement")
    order = await after(
        market,
        stand_in,
        order,
        (Action.PROPOSE_SETTLEMENT, seller_of(order), ProposeSettlement(refund=refund)),
        (Action.ACCEPT_SETTLEMENT, buyer_of(order), signed),
    )
    gained = {account.owner: gain for account, gain in stand_in.rows[order.id].gained.items()}
    assert 700 == gained[order.buyer_id] == await market.held_by(order.buyer_id)
    assert 1040 == gained[order.seller_id] == await market.held_by(order.seller_id)
    await journals(market, stand_in, order)


async def test_the_second_refusal_to_cancel(market: Market, stand_in: Recording) -> None:
    order = await ordered(market, stand_in, State.IN_PROGRESS)
    for number in range(2):
        for action, who, fields in (
            (Action.REQUEST_CANCELLATION, buyer_of(order), RequestCancellation(reason="Slow.")),
            (Action.REFUSE_CANCELLATION, seller_of(order), RefuseCancellation(reason="No.")),
        ):
            record = act_of(order, action, who, fields, request_id=f"{action}-{number}")
            assert ["recorded"] == await same(market, stand_in, record)
            order = stand_in.rows[order.id].order
    events = await journals(market, stand_in, order)
    assert ("order.dispute_opened", State.DISPUTED) == (events[-1]["event"], order.state)


PASSING: dict[str, Callable[[datetime], Json]] = {
    "an offer": lambda at: {"state": State.DELIVERED, "offer": offer_until(at)},
    "a wish": lambda at: {"state": State.IN_PROGRESS, "cancellation_request": wish_until(at)},
    "a reminder": lambda at: {"state": State.DELIVERED, "remind_at": at},
}
PASSES = pytest.mark.parametrize("passing", PASSING.values(), ids=PASSING)


def next_of(order: Order) -> ToRecord:
    """What the workflow writes when the order's next timer fires."""
    timer = next_timer(order)
    assert timer is not None
    return expiry(order, timer)


@PASSES
async def test_whatever_passes_and_its_repetition(
    passing: Callable[[datetime], Json], market: Market, stand_in: Recording
) -> None:
    order = await ordered(market, stand_in, **passing(datetime.now(UTC) - HOUR))
    record = next_of(order)
    assert ["recorded", "superseded"] == await same(market, stand_in, record, record)
    await journals(market, stand_in, order)


@PASSES
async def test_whatever_is_yet_to_pass(
    passing: Callable[[datetime], Json], market: Market, stand_in: Recording
) -> None:
    order = await ordered(market, stand_in, **passing(datetime.now(UTC) + HOUR))
    assert ["too_early"] == await same(market, stand_in, next_of(order))


@PASSES
@pytest.mark.parametrize(
    ("late", "status"), [(0, "deferred"), (1, "recorded")], ids=["in time", "late"]
)
async def test_whatever_passes_after_something_was_received(
    late: int,
    status: str,
    passing: Callable[[datetime], Json],
    market: Market,
    stand_in: Recording,
    owner: Any,
) -> None:
    order = await ordered(market, stand_in, **passing(datetime.now(UTC) - HOUR))
    record = next_of(order)
    assert record.deadline_at is not None
    received_at = record.deadline_at + timedelta(microseconds=late)
    request = asked(order, seller_of(order), Action.CANCEL, received_at)
    await written_in_both(market, stand_in, order, "r-1", request)
    await owner.execute("UPDATE requests SET received_at = $1", received_at)
    assert [status] == await same(market, stand_in, record)


async def test_a_posting_with_too_long_a_key_is_refused_by_both(
    market: Market, stand_in: Recording
) -> None:
    order = await ordered(market, stand_in, State.DELIVERED, funds=2500)
    record = act_of(order, Action.BUY_EXTRA, buyer_of(order), BuyExtra(extra_id=order.extras[0].id))
    assert isinstance(record.verdict, Step)
    (hold,) = record.verdict.postings
    wrong = hold.model_copy(update={"key": hold.key + "x" * (301 - len(hold.key))})
    step = record.verdict.model_copy(update={"postings": (wrong,)})
    with pytest.raises(Broken):
        stand_in.record(record.model_copy(update={"verdict": step}))
    with pytest.raises(asyncpg.CheckViolationError):
        await market.record(record.model_copy(update={"verdict": step}))


def asked(order: Order, actor: Actor, action: Action, received_at: datetime) -> Request:
    """A request as the API writes it down, see `Wish.signal` in api.acting."""
    signal = {"actor": actor.model_dump(mode="json")}
    return Request(action, signal, received_at)


async def written_in_both(
    market: Market, stand_in: Recording, order: Order, request_id: str, request: Request
) -> None:
    """Writes the request down as the API does, and gives it its instant."""
    async with market.pool.acquire() as connection, connection.transaction():
        await connection.fetchval(
            "SELECT write_request($1, $2, $3, $4, $5, $6)",
            UUID(order.id),
            request_id,
            request.action,
            request.signal["actor"],
            {},
            request.signal,
        )
    stand_in.write_request(order.id, request_id, request)


@pytest.mark.parametrize(
    ("asked_in", "known", "status"),
    [
        (None, 0, "recorded"),
        (1, 1, "recorded"),
        (1, 2, "recorded"),
        (1, 0, "newer"),
        (3, 2, "newer"),
    ],
)
async def test_a_request_of_a_newer_release(
    asked_in: int | None, known: int, status: str, market: Market, stand_in: Recording
) -> None:
    order = await ordered(market, stand_in, State.DELIVERED)
    request = asked(order, buyer_of(order), Action.COMPLETE, datetime.now(UTC))
    if asked_in is not None:
        request.signal["generation"] = asked_in
    record = completion(order).model_copy(update={"generation": known})
    await written_in_both(market, stand_in, order, record.entry.request_id or "", request)
    assert [status] == await same(market, stand_in, record)
    stored = stand_in.stored(order.id)
    assert (status == "newer") == bool(stored.requests)


async def test_a_deadline_before_which_something_was_received(
    market: Market, stand_in: Recording, owner: Any
) -> None:
    order = await ordered(market, stand_in, State.DELIVERED, deadline_at=datetime.now(UTC) - HOUR)
    assert order.deadline is not None
    request = asked(order, buyer_of(order), Action.COMPLETE, order.deadline.at)
    await written_in_both(market, stand_in, order, "r-1", request)
    await owner.execute(
        "UPDATE requests SET received_at = $1 WHERE request_id = 'r-1'", order.deadline.at
    )
    assert ["deferred"] == await same(market, stand_in, expiry(order))


async def test_a_request_that_is_decided_holds_no_deadline_up(
    market: Market, stand_in: Recording
) -> None:
    past = datetime.now(UTC) - HOUR
    order = await ordered(market, stand_in, State.DELIVERED, deadline_at=past)
    request = asked(order, buyer_of(order), Action.CANCEL, past)
    await written_in_both(market, stand_in, order, "r-1", request)
    wish = command(Action.CANCEL, buyer_of(order), past, Cancel(), "r-1")
    refusal = record_of_command(order, wish, decide(order, wish, past))
    assert ["recorded", "recorded"] == await same(market, stand_in, refusal, expiry(order))
