"""Requests that are written down and signalled, and that nobody decides while a block lasts."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
from temporalio.client import Client

from embedded.stack import Stack
from infra import temporal
from tests.app_under_test import MEDIATOR, ApiClient, OrderInPlay, eventually
from tests.contract import body_of
from tests.freezing import frozen
from workflows.order import workflow_id

Asked = tuple[str, str, str]


@asynccontextmanager
async def undecided(
    stack: Stack, api: ApiClient, orders: Sequence[OrderInPlay], asked: Sequence[Asked]
) -> AsyncIterator[None]:
    """While the block lasts the worker is frozen, and what these people asked of the orders that
    were brought to these states has reached their workflows."""
    client = await temporal.connect(
        target_host=stack.temporal_address, namespace=stack.temporal_namespace
    )
    worker, started = stack.pids["worker"], {one.order["state"]: one for one in orders}
    asking: list[asyncio.Task[None]] = []
    try:
        async with frozen(worker):
            asking += [asyncio.create_task(_ask(api, started[state], *of)) for state, *of in asked]
            for state, _, action in asked:
                await _reached(client, stack.database_url, UUID(started[state].order["id"]), action)
            yield
    finally:
        await asyncio.gather(*asking, return_exceptions=True)


async def _ask(api: ApiClient, in_play: OrderInPlay, role: str, action: str) -> None:
    people = {"buyer": in_play.buyer, "seller": in_play.seller, "mediator": MEDIATOR}
    await api.act(in_play.order, action, people[role], body_of(action))


async def _signals(client: Client, order_id: UUID, action: str) -> int:
    """How many signals of this name the order's workflow was sent."""
    handle = client.get_workflow_handle(workflow_id(str(order_id)))
    sent = [
        event.workflow_execution_signaled_event_attributes.signal_name
        async for event in handle.fetch_history_events()
    ]
    return sent.count(action)


async def _reached(client: Client, database_url: str, order_id: UUID, action: str) -> None:
    """Returns once a request is in the database and in the history of its workflow."""

    async def is_there() -> bool:
        connection = await asyncpg.connect(database_url)
        query = "SELECT count(*) FROM requests WHERE order_id = $1 AND action = $2"
        written = await connection.fetchval(query, order_id, action)
        decided = await connection.fetchval(f"{query} AND outcome IS NOT NULL", order_id, action)
        await connection.close()
        return bool(decided < written <= await _signals(client, order_id, action))

    await eventually(is_there)
