"""Where many orders wait for a worker, one that somebody acts on goes before the rest."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

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


async def times_put_first(gateway: Gateway, app: AppUnderTest, in_play: OrderInPlay) -> int:
    """How often the order was, once the seller's wish has been signalled."""
    order_id = in_play.order["id"]
    seller = {"actor": {"id": in_play.seller.id, "role": "seller"}}
    await gateway.look_at_the_queue()
    await gateway.signal(Pending(UUID(order_id), "r-1", "accept", seller, datetime.now(UTC)))
    history = await app.temporal.get_workflow_handle(workflow_id(order_id)).fetch_history()
    return len(of_kind(history.events, "WORKFLOW_EXECUTION_OPTIONS_UPDATED"))


async def test_who_acts_while_many_orders_wait_goes_first(app: AppUnderTest) -> None:
    in_play = await app.place_order()
    async with worker_away(app, in_play):
        await asyncio.gather(*(app.place_order() for _ in range(order_queue.CROWD + 1)))
        await until_crowded(app, crowded=True)
        assert await times_put_first(Gateway(app.temporal), app, in_play) == 1
    await eventually(in_play.now, lambda order: order["state"] == "in_progress")


async def test_who_acts_in_quiet_times_costs_nothing_more(app: AppUnderTest) -> None:
    in_play = await app.place_order()
    await until_crowded(app, crowded=False)
    assert await times_put_first(Gateway(app.temporal), app, in_play) == 0
