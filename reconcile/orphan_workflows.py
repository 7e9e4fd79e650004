"""Workflows of orders that the database does not have: it was restored, say, from a backup that is
older than they are."""

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from temporalio.client import Client

from db import audit
from db.audit import Finding
from db.pool import Pool, connection
from reconcile.persistent_findings import (
    PATIENCE_SECONDS,
    Begins,
    nobody,
    persistent_findings,
)
from reconcile.workflow_status import runs
from workflows.order import workflow_id

CHECK = "orphan-workflow"
RUNNING_ORDERS = "WorkflowType = 'OrderWorkflow' AND ExecutionStatus = 'Running'"


async def orphan_workflows(
    pool: Pool, client: Client, patience: float = PATIENCE_SECONDS, begins: Begins = nobody
) -> list[Finding]:
    """Return a finding for every running workflow of an order that the database does not have.

    Raises:
        RPCError: Temporal does not answer, or refuses to.
    """
    begins("looking for workflows without an order")
    listed = await _running(client)
    return await persistent_findings(partial(_astray, pool, client), listed, patience, begins)


async def orders_with_workflows(client: Client) -> list[UUID]:
    """Return the orders, there or not, of which a workflow runs.

    Raises:
        RPCError: Temporal does not answer, or refuses to.
    """
    ids = [_order_of(name) for name in await _running(client)]
    return [order_id for order_id in ids if order_id is not None]


async def _running(client: Client) -> list[str]:
    return [one.id async for one in client.list_workflows(RUNNING_ORDERS)]


async def _astray(pool: Pool, client: Client, names: Sequence[str]) -> dict[str, Finding]:
    ids = {name: _order_of(name) for name in names}
    async with connection(pool) as acquired:  # after Temporal: an order's row is written first
        there = await audit.there_of(acquired, [one for one in ids.values() if one is not None])
    lost = [name for name, order_id in ids.items() if order_id not in there]
    # What is listed may have ended a moment ago.
    return {name: _finding(name) for name in lost if await runs(client, name)}


def _order_of(name: str) -> UUID | None:
    try:
        order_id = UUID(name.removeprefix(workflow_id("")))
    except ValueError:
        return None
    return order_id if workflow_id(str(order_id)) == name else None


def _finding(name: str) -> Finding:
    return Finding(CHECK, f"workflow {name}", "runs, and the database has no such order")
