"""The stand-in answers as PostgreSQL does: the same records, told to both, get the same answers."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from db.pool import Pool
from domain.act import act
from domain.actions import BuyExtra, Cancel
from domain.order import Actor, Order
from domain.rules import decide
from domain.step import Recorded, ToRecord, record_of_act
from domain.vocabulary import Action, State
from tests.db.market import Market, act_of, buyer_of, cancellation, completion, expiry, seller_of
from tests.workflows.recording import Json, Recording, Request

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


async def ordered(market: Market, stand_in: Recording, state: State, **how: Any) -> Order:
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
    wish = act(Action.CANCEL, buyer_of(order), past, Cancel(), "r-1")
    refusal = record_of_act(order, wish, decide(order, wish, past))
    assert ["recorded", "recorded"] == await same(market, stand_in, refusal, expiry(order))
