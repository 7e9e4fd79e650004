"""What a message came of is written down with it, for whoever sends it."""

from uuid import UUID

import pytest

from db import deliveries, messages, requests
from domain.actions import Fields
from domain.cause import Cause
from domain.vocabulary import Action, State
from tests.db.audience import Audience
from tests.db.market import Market, Owner, buyer_of, completion, expiry, now

CALL = Cause(call="a-call", traceparent=f"00-{'1' * 32}-{'2' * 16}-01")


@pytest.fixture
async def audience(market: Market) -> Audience:
    """An endpoint that everything is told to."""
    audience = Audience(market.pool)
    await audience.endpoint()
    return audience


async def untold(market: Market, seq: int) -> Cause | None:
    """What the deliveries of a step came of."""
    async with market.pool.acquire() as connection:
        found = await deliveries.not_started(connection, 100)
    return {one.seq: one.cause for one in found}[seq]


@pytest.mark.usefixtures("audience")
async def test_a_step_and_a_message_are_told_with_the_call_that_they_came_of(
    market: Market,
) -> None:
    order = await market.order(State.DELIVERED)
    await market.record(completion(order).model_copy(update={"cause": CALL}))
    async with market.pool.acquire() as connection:
        said = (buyer_of(order), "Thank you.", (), 0)
        later = order.model_copy(update={"version": order.version + 1})
        await messages.write(connection, later, *said, CALL)
    assert None is await untold(market, 1)
    assert await untold(market, 2) == CALL
    assert await untold(market, -1) == CALL


@pytest.mark.usefixtures("audience")
async def test_a_step_on_a_request_is_told_with_its_call_and_with_the_trace_of_its_writing(
    market: Market,
) -> None:
    order = await market.order(State.DELIVERED)
    async with market.pool.acquire() as connection:
        wish = (UUID(order.id), "content", Action.COMPLETE, buyer_of(order), Fields(), None)
        await requests.write(connection, *wish, 0, CALL)
    later = Cause(traceparent=f"00-{'1' * 32}-{'3' * 16}-01")
    record = completion(order, "content").model_copy(update={"cause": later})
    assert CALL.call == (await market.record(record)).call
    assert await untold(market, 2) == Cause(call=CALL.call, traceparent=later.traceparent)


@pytest.mark.usefixtures("audience")
async def test_what_silence_does_is_told_without(market: Market) -> None:
    order = await market.order(State.DELIVERED, deadline_at=now())
    await market.record(expiry(order))
    assert None is await untold(market, 2)


@pytest.mark.usefixtures("audience")
async def test_a_cause_of_which_nothing_can_be_made_keeps_nobody_from_being_told(
    market: Market, owner: Owner
) -> None:
    await market.order(State.DELIVERED)
    await owner.execute("""UPDATE deliveries SET cause = '{"call": "not a call", "x": [1]}'""")
    assert None is await untold(market, 1)
