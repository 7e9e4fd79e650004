"""Where many orders wait for a worker, one that somebody waits for goes before the rest."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
from temporalio.service import RPCError, RPCStatusCode

from api.gateway import Gateway
from db.requests import Pending
from infra import order_queue
from tests.api.test_worker_away import worker_away
from tests.app_under_test import AppUnderTest, OrderInPlay, eventually
from tests.workflows.stage import of_kind
from workflows.order import workflow_id


async def until_crowded(app: AppUnderTest, *, crowded: bool) -> None:
    """Returns once more orders wait than people's own, or no more than that."""

    async def look() -> bool:
        return await order_queue.length(app.temporal) > order_queue.CROWD

    await eventually(look, lambda found: found is crowded)


async def times_put_first(app: AppUnderTest, order_id: str) -> int:
    """How often the order was put before others."""
    history = await app.temporal.get_workflow_handle(workflow_id(order_id)).fetch_history()
    return len(of_kind(history.events, "WORKFLOW_EXECUTION_OPTIONS_UPDATED"))


async def accepted(gateway: Gateway, in_play: OrderInPlay) -> None:
    """Signals the seller's wish."""
    seller = {"actor": {"id": in_play.seller.id, "role": "seller"}}
    request = Pending(UUID(in_play.order["id"]), "r-1", "accept", seller, datetime.now(UTC))
    await gateway.signal(request)


@pytest.fixture
async def crowd(app: AppUnderTest) -> AsyncIterator[OrderInPlay]:
    """An order beside many that wait for a worker; afterwards all have what they waited for."""
    in_play = await app.place_order()
    async with worker_away(app, in_play):
        await asyncio.gather(*(app.place_order() for _ in range(order_queue.CROWD + 1)))
        await until_crowded(app, crowded=True)
        yield in_play
    await until_crowded(app, crowded=False)


async def test_who_waits_beside_many_orders_is_put_first(
    app: AppUnderTest, crowd: OrderInPlay
) -> None:
    order_id = crowd.order["id"]
    asking = asyncio.create_task(app.api.act(crowd.order, "accept", crowd.seller))
    await eventually(lambda: times_put_first(app, order_id), lambda times: times == 1)
    assert (await asking).status_code in (200, 202)


async def test_once_somebody_was_whoever_acts_is_at_once(
    app: AppUnderTest, crowd: OrderInPlay
) -> None:
    gateway, other = Gateway(app.temporal), await app.place_order()
    await gateway.hurry(UUID(other.order["id"]))
    assert 1 == await times_put_first(app, other.order["id"])
    assert 0 == await times_put_first(app, crowd.order["id"])
    await accepted(gateway, crowd)
    assert 1 == await times_put_first(app, crowd.order["id"])


async def test_an_order_that_is_placed_then_begins_before_others(
    app: AppUnderTest, crowd: OrderInPlay
) -> None:
    gateway = Gateway(app.temporal)
    await gateway.hurry(UUID(crowd.order["id"]))
    async with connection(app.pool) as acquired:
        row = await orders.get(acquired, UUID(crowd.order["id"]))
    assert row is not None
    new = row.order.model_copy(update={"id": str(uuid4())})
    await gateway.start(new)
    history = await app.temporal.get_workflow_handle(workflow_id(new.id)).fetch_history()
    begun = history.events[0].workflow_execution_started_event_attributes
    assert order_queue.FIRST.priority_key == begun.priority.priority_key


async def test_who_waits_in_quiet_times_costs_nothing_more(app: AppUnderTest) -> None:
    in_play = await app.place_order()
    await until_crowded(app, crowded=False)
    gateway = Gateway(app.temporal)
    await gateway.hurry(UUID(in_play.order["id"]))
    await accepted(gateway, in_play)
    assert 0 == await times_put_first(app, in_play.order["id"])


UNTOLD = (
    RPCStatusCode.UNIMPLEMENTED,
    RPCStatusCode.PERMISSION_DENIED,
    RPCStatusCode.UNAVAILABLE,
)


@pytest.mark.parametrize("status", UNTOLD, ids=lambda one: one.name.lower())
async def test_a_temporal_that_does_not_tell_puts_nobody_first(
    app: AppUnderTest, monkeypatch: pytest.MonkeyPatch, status: RPCStatusCode
) -> None:
    async def length(_client: object) -> int:
        raise RPCError("no", status, b"")

    monkeypatch.setattr(order_queue, "length", length)
    in_play = await app.place_order()
    gateway = Gateway(app.temporal)
    await gateway.hurry(UUID(in_play.order["id"]))
    await accepted(gateway, in_play)
    assert 0 == await times_put_first(app, in_play.order["id"])
