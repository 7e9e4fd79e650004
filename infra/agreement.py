"""Whether the orders in the database and their workflows in Temporal say the same."""

import asyncio
from uuid import UUID

from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from db import audit
from db.audit import Finding
from db.pool import Pool, connection
from domain.vocabulary import State
from workflows.attributes import ORDER_STATE
from workflows.order import workflow_id

PATIENCE_SECONDS = 15.0
PAUSE_SECONDS = 0.5
AT_ONCE = 20


async def disagreements(pool: Pool, client: Client) -> list[Finding]:
    """Orders whose workflow does not run, runs too long, or stands elsewhere.

    A step that is under way makes the two differ for a moment: only what still differs after some
    seconds is a finding.
    """
    async with connection(pool) as acquired:
        suspects = list(await audit.states(acquired))
    clock = asyncio.get_running_loop().time
    until = clock() + PATIENCE_SECONDS
    while True:
        found = await _differing(pool, client, suspects)
        if not found or clock() > until:
            return [Finding(f"order {order_id}", why) for order_id, why in found.items()]
        suspects = list(found)
        await asyncio.sleep(PAUSE_SECONDS)


async def _differing(pool: Pool, client: Client, orders: list[UUID]) -> dict[UUID, str]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def look(order_id: UUID) -> tuple[UUID, str | None]:
        async with gate:
            return order_id, await _difference(pool, client, order_id)

    looked = await asyncio.gather(*(look(order_id) for order_id in orders))
    return {order_id: why for order_id, why in looked if why is not None}


async def _difference(pool: Pool, client: Client, order_id: UUID) -> str | None:
    status, shown = await _workflow(client, order_id)
    async with connection(pool) as acquired:
        state = State(await audit.state(acquired, order_id) or State.CANCELLED)
    if not state.is_final:
        if status is not WorkflowExecutionStatus.RUNNING:
            return f"is {state} and its workflow is {_word(status)}"
    elif status not in (None, WorkflowExecutionStatus.COMPLETED):  # None: past Temporal's retention
        return f"is {state} and its workflow is {_word(status)}"
    if status is not None and shown != state:
        return f"is {state} and its workflow shows {shown}"
    return None


async def _workflow(
    client: Client, order_id: UUID
) -> tuple[WorkflowExecutionStatus | None, str | None]:
    try:
        found = await client.get_workflow_handle(workflow_id(str(order_id))).describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None, None
        raise
    return found.status, found.typed_search_attributes.get(ORDER_STATE)


def _word(status: WorkflowExecutionStatus | None) -> str:
    return status.name.lower() if status is not None else "missing"
