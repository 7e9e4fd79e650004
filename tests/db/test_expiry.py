"""What silence does: not before the instant, and not before what was received in time."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from domain.order import Order
from domain.step import ToRecord
from domain.timers import next_timer
from domain.vocabulary import Action, State
from tests.db.market import (
    Json,
    Market,
    Owner,
    act_of,
    buyer_of,
    contents,
    expiry,
    now,
    offer_until,
    seller_of,
    wish_until,
)
from tests.db.oracles import violations
from tests.db.watch import Watch, deadline_of

HOUR = timedelta(hours=1)


async def late_order(market: Market, state: State = State.DELIVERED) -> Order:
    """An order whose deadline passed an hour ago and has not been carried out."""
    return await market.order(state, deadline_at=now() - HOUR)


FAR = timedelta(days=30)
# What else may pass by itself at an instant, each in a state that it is for.
PASSING: dict[str, Callable[[datetime], Json]] = {
    "deadline reminder": lambda at: {"state": State.DELIVERED, "remind_at": at},
    "offer": lambda at: {"state": State.DELIVERED, "offer": offer_until(at)},
    "offer reminder": lambda at: {"state": State.DELIVERED, "offer": offer_until(at + FAR, at)},
    "wish": lambda at: {"state": State.IN_PROGRESS, "cancellation_request": wish_until(at)},
    "wish reminder": lambda at: {
        "state": State.IN_PROGRESS,
        "cancellation_request": wish_until(at + FAR, at),
    },
}
PASSES = pytest.mark.parametrize("passing", PASSING.values(), ids=PASSING)


async def passing_at(
    market: Market, passing: Callable[[datetime], Json], at: datetime
) -> tuple[Order, ToRecord]:
    """An order of which something passes at this instant, and what the workflow writes then."""
    order = await market.order(**passing(at))
    timer = next_timer(order)
    assert timer is not None
    assert timer.at == at
    return order, expiry(order, timer)


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


# --- whatever else passes ------------------------------------------------------------------------


@PASSES
async def test_whatever_passes_is_a_step_of_its_own(
    passing: Callable[[datetime], Json], market: Market, watch: Watch
) -> None:
    order, record = await passing_at(market, passing, now() - HOUR)
    recorded = await market.record(record)
    assert (recorded.status, recorded.order.state) == ("recorded", order.state)
    assert recorded.order.version == order.version + 1
    assert next_timer(recorded.order) != next_timer(order)
    event = await watch.last_event(order)
    assert (event["actor"], event["accepted"]) == ({"id": None, "role": "deadline"}, True)
    assert await violations(watch.owner) == []


@PASSES
async def test_nothing_passes_twice(
    passing: Callable[[datetime], Json], market: Market, owner: Owner
) -> None:
    _, record = await passing_at(market, passing, now() - HOUR)
    await market.record(record)
    before = await contents(owner)
    assert (await market.record(record)).status == "superseded"
    assert before == await contents(owner)


@PASSES
async def test_nothing_passes_before_its_instant(
    passing: Callable[[datetime], Json], market: Market, owner: Owner
) -> None:
    _, record = await passing_at(market, passing, now() + HOUR)
    before = await contents(owner)
    answer = await market.record(record)
    assert (answer.status, HOUR / 2 < answer.wait <= HOUR) == ("too_early", True)
    assert before == await contents(owner)


@PASSES
async def test_what_was_received_at_its_instant_comes_before_whatever_passes(
    passing: Callable[[datetime], Json], market: Market, owner: Owner
) -> None:
    order, record = await passing_at(market, passing, now() - HOUR)
    assert record.deadline_at is not None
    await asked_at(market, owner, order, "in-time", record.deadline_at)
    before = await contents(owner)
    assert (await market.record(record)).status == "deferred"
    assert before == await contents(owner)


@PASSES
async def test_what_was_received_a_microsecond_later_does_not_hold_it_up(
    passing: Callable[[datetime], Json], market: Market, owner: Owner
) -> None:
    order, record = await passing_at(market, passing, now() - HOUR)
    assert record.deadline_at is not None
    late = record.deadline_at + timedelta(microseconds=1)
    await asked_at(market, owner, order, "late", late)
    assert (await market.record(record)).status == "recorded"


REMINDED = {name: made for name, made in PASSING.items() if "reminder" in name}


@pytest.mark.parametrize("passing", REMINDED.values(), ids=REMINDED)
async def test_a_reminder_tells_only_the_one_who_can_act(
    passing: Callable[[datetime], Json], market: Market, watch: Watch
) -> None:
    order, record = await passing_at(market, passing, now() - HOUR)
    await market.record(record)
    told = [row["user_id"] for row in await watch.rows("notices", order) if row["seq"] == 2]
    expected = order.seller_id if order.cancellation_request else order.buyer_id
    assert told == [expected]
