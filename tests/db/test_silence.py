"""What silence does: not before the instant, and not before what was received in time."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from domain.order import Order
from domain.vocabulary import Action, State
from tests.db.market import Market, Owner, act_of, buyer_of, contents, expiry, now, seller_of
from tests.db.oracles import violations
from tests.db.watch import Watch, deadline_of

HOUR = timedelta(hours=1)


async def late_order(market: Market, state: State = State.DELIVERED) -> Order:
    """An order whose deadline passed an hour ago and has not been carried out."""
    return await market.order(state, deadline_at=now() - HOUR)


async def asked_at(
    market: Market, owner: Owner, order: Order, request_id: str, received_at: datetime
) -> None:
    """A request of the buyer's, to complete, as if it had been received at that instant."""
    await market.ask(order, Action.COMPLETE, buyer_of(order), request_id)
    await owner.execute(
        "UPDATE requests SET received_at = $3 WHERE order_id = $1 AND request_id = $2",
        UUID(order.id),
        request_id,
        received_at,
    )


async def test_silence_ends_an_order(market: Market, watch: Watch) -> None:
    order = await late_order(market)
    recorded = await market.record(expiry(order))
    assert (recorded.status, recorded.order.state) == ("recorded", State.COMPLETED)
    event = await watch.last_event(order)
    assert (event["actor"], event["request_id"]) == ({"id": None, "role": "deadline"}, None)
    assert await violations(watch.owner) == []


async def test_a_deadline_does_not_pass_twice(market: Market, owner: Owner) -> None:
    record = expiry(await late_order(market))
    first = await market.record(record)
    before = await contents(owner)
    again = await market.record(record)
    assert (again.status, again.order) == ("superseded", first.order)
    assert before == await contents(owner)


async def test_a_deadline_does_not_pass_before_its_instant(market: Market, owner: Owner) -> None:
    order = await market.order(State.DELIVERED, deadline_at=now() + HOUR)
    before = await contents(owner)
    answer = await market.record(expiry(order))
    assert (answer.status, answer.order) == ("too_early", order)
    assert HOUR / 2 < answer.wait <= HOUR
    assert before == await contents(owner)


@pytest.mark.parametrize("before_it", [HOUR, timedelta(microseconds=1), timedelta()], ids=str)
async def test_what_was_received_in_time_comes_before_a_deadline(
    before_it: timedelta, market: Market, owner: Owner
) -> None:
    order = await late_order(market)
    await asked_at(market, owner, order, "in-time", deadline_of(order) - before_it)
    before = await contents(owner)
    answer = await market.record(expiry(order))
    assert (answer.status, answer.order) == ("deferred", order)
    assert [request["request_id"] for request in answer.requests] == ["in-time"]
    assert before == await contents(owner)


@pytest.mark.parametrize("after_it", [timedelta(microseconds=1), HOUR / 2], ids=str)
async def test_what_was_received_late_does_not_hold_a_deadline_up(
    after_it: timedelta, market: Market, owner: Owner
) -> None:
    order = await late_order(market)
    await asked_at(market, owner, order, "late", deadline_of(order) + after_it)
    answer = await market.record(expiry(order))
    assert (answer.status, answer.order.state) == ("recorded", State.COMPLETED)


async def test_a_deferred_request_comes_as_a_signal_carries_it(
    market: Market, owner: Owner
) -> None:
    order = await late_order(market)
    await asked_at(market, owner, order, "in-time", deadline_of(order))
    (request,) = (await market.record(expiry(order))).requests
    assert request["action"] == "complete"
    assert request["actor"] == {"id": order.buyer_id, "role": "buyer"}
    assert datetime.fromisoformat(request["received_at"]) == deadline_of(order)


async def test_deferred_requests_come_in_the_order_of_their_receipt(
    market: Market, owner: Owner
) -> None:
    order = await late_order(market)
    for request_id, minutes in (("second", 2), ("late", -1), ("first", 3), ("third", 2)):
        at = deadline_of(order) - timedelta(minutes=minutes)
        await asked_at(market, owner, order, request_id, at)
    answer = await market.record(expiry(order))
    expected = ["first", "second", "third"]
    assert expected == [request["request_id"] for request in answer.requests]


async def test_a_deadline_passes_once_what_came_in_time_is_decided(
    market: Market, owner: Owner
) -> None:
    order = await late_order(market)
    await asked_at(market, owner, order, "in-time", deadline_of(order))
    in_vain = act_of(order, Action.REQUEST_REVISION, seller_of(order), request_id="in-time")
    await market.record(in_vain)
    answer = await market.record(expiry(order))
    assert (answer.status, answer.order.state) == ("recorded", State.COMPLETED)


async def test_what_another_order_was_asked_does_not_hold_a_deadline_up(
    market: Market, owner: Owner
) -> None:
    order, other = await late_order(market), await late_order(market)
    await asked_at(market, owner, other, "in-time", deadline_of(order) - HOUR)
    assert (await market.record(expiry(order))).status == "recorded"
