"""Where many deadlines have passed at once, an order that somebody waits for goes before theirs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg
import pytest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from api.gateway import Gateway
from api.relay import CROWD, Relay
from db import orders
from db.pool import connection
from db.requests import Pending
from infra import order_queue
from tests.api.test_worker_away import worker_away
from tests.app_under_test import AppUnderTest, OrderInPlay, eventually
from workflows.order import workflow_id


async def goes_first(app: AppUnderTest, order_id: str) -> bool:
    """Whether the order goes before others: it was begun so, or put there."""
    described = await app.temporal.get_workflow_handle(workflow_id(order_id)).describe()
    priority = described.raw_description.workflow_execution_info.priority
    return priority.priority_key == order_queue.FIRST.priority_key


async def accepted(gateway: Gateway, in_play: OrderInPlay) -> None:
    """Signals the seller's wish."""
    seller = {"actor": {"id": in_play.seller.id, "role": "seller"}}
    request = Pending(UUID(in_play.order["id"]), "r-1", "accept", seller, datetime.now(UTC))
    await gateway.signal(request)


@pytest.fixture
def crowded(app: AppUnderTest) -> Gateway:
    """A way to Temporal that knows of a crowd."""
    gateway = Gateway(app.temporal)
    gateway.is_crowded = True
    return gateway


async def test_in_a_crowd_whoever_acts_goes_first(app: AppUnderTest, crowded: Gateway) -> None:
    in_play = await app.place_order()
    await accepted(crowded, in_play)
    assert await goes_first(app, in_play.order["id"])


def times_put(patch: pytest.MonkeyPatch, error: Exception | None = None) -> list[str]:
    """The orders that Temporal is asked to put first from now on, as often as it is; it answers
    with an error, if there is one."""
    put: list[str] = []

    async def put_first(_client: Client, order_id: str) -> None:
        put.append(order_id)
        if error is not None:
            raise error

    patch.setattr(order_queue, "put_first", put_first)
    return put


async def test_only_so_many_are_known_to_go_first(
    app: AppUnderTest, crowded: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.gateway.MOST_KNOWN", 1)
    put = times_put(monkeypatch)
    one, other = uuid4(), uuid4()
    for order_id in (one, one, other, one):
        await crowded.put_first(order_id)
    assert put == [str(one), str(other), str(one)]


async def test_in_a_crowd_an_order_that_is_placed_begins_before_others(
    app: AppUnderTest, crowded: Gateway
) -> None:
    gateway, in_play = crowded, await app.place_order()
    async with connection(app.pool) as acquired:
        row = await orders.get(acquired, UUID(in_play.order["id"]))
    assert row is not None
    new = row.order.model_copy(update={"id": str(uuid4())})
    await gateway.start(new)
    begun = app.temporal.get_workflow_handle(workflow_id(new.id))
    (first, *_) = (await begun.fetch_history()).events
    await begun.terminate()  # it is in no database
    priority = first.workflow_execution_started_event_attributes.priority
    assert order_queue.FIRST.priority_key == priority.priority_key


async def test_who_waits_in_quiet_times_costs_nothing_more(
    app: AppUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, in_play = times_put(monkeypatch), await app.place_order()
    gateway = Gateway(app.temporal)
    await Relay(app.pool, gateway).hurry(UUID(in_play.order["id"]))
    await accepted(gateway, in_play)
    assert in_play.order["id"] not in put


UNKNOWING = (
    RPCStatusCode.UNIMPLEMENTED,
    RPCStatusCode.PERMISSION_DENIED,
    RPCStatusCode.INVALID_ARGUMENT,
)


@pytest.mark.parametrize("status", UNKNOWING, ids=lambda one: one.name.lower())
async def test_where_temporal_puts_nobody_first_orders_go_on(
    app: AppUnderTest, monkeypatch: pytest.MonkeyPatch, status: RPCStatusCode
) -> None:
    asked = times_put(monkeypatch, RPCError("no", status, b""))
    in_play = await app.place_order()
    gateway = Gateway(app.temporal)
    gateway.is_crowded = True
    await gateway.put_first(UUID(in_play.order["id"]))
    await accepted(gateway, in_play)
    await eventually(in_play.now, lambda order: order["state"] == "in_progress")
    # What failed may go well the next time.
    assert asked.count(in_play.order["id"]) == 2


async def test_where_temporal_is_long_about_it_orders_are_told_all_the_same(
    app: AppUnderTest, crowded: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def for_ever(_client: Client, _order_id: str) -> None:
        await asyncio.Event().wait()

    in_play = await app.place_order()
    monkeypatch.setattr(order_queue, "put_first", for_ever)
    await accepted(crowded, in_play)
    order = await eventually(in_play.now, lambda order: order["state"] == "in_progress")
    assert "in_progress" == order["state"]


# Last: until it has looked again, the product puts first whoever acts on it.


@asynccontextmanager
async def crowd(app: AppUnderTest) -> AsyncIterator[None]:
    """As many deadlines that have passed as are a crowd, by what orders are looked up by."""
    placed = await asyncio.gather(*(app.place_order() for _ in range(CROWD + 1)))
    ids = [UUID(one.order["id"]) for one in placed]
    owner = await asyncpg.connect(app.database_url)
    kept = "UPDATE sought_orders s SET deadline_at = {} FROM orders o WHERE o.id = s.order_id"
    await owner.execute(kept.format("now() - interval '1 hour'") + " AND o.id = ANY ($1)", ids)
    try:
        yield
    finally:
        await owner.execute(kept.format("o.deadline_at") + " AND o.id = ANY ($1)", ids)
        await owner.close()


async def test_a_crowd_is_seen_while_it_is_there(app: AppUnderTest) -> None:
    gateway = Gateway(app.temporal)
    relay = Relay(app.pool, gateway)

    async def is_crowded() -> bool:
        await relay.look_for_crowd()
        return gateway.is_crowded

    seen = [await is_crowded()]
    async with crowd(app):
        seen.append(await is_crowded())
    assert [*seen, await is_crowded()] == [False, True, False]


async def test_who_waits_beside_many_deadlines_is_put_first(app: AppUnderTest) -> None:
    in_play = await app.place_order()
    order_id = in_play.order["id"]
    async with crowd(app), worker_away(app, in_play):
        asking = asyncio.create_task(app.api.act(in_play.order, "accept", in_play.seller))
        await eventually(lambda: goes_first(app, order_id))
    assert (await asking).status_code in (200, 202)
