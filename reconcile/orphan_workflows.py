"""Workflows of orders that the database does not have: it was restored, say, from a backup that is
older than they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from temporalio.client import Client
from temporalio.service import RPCError

from db import audit, operator_journal
from db.audit import Finding
from db.pool import Pool, connection
from domain.operator_deeds import Deed, OperatorDeed, Subject
from infra.order_workflows import order_of
from infra.temporal import is_unknown
from reconcile.journalled import with_outcome
from reconcile.persistent_findings import (
    PATIENCE_SECONDS,
    Begins,
    nobody,
    persistent_findings,
)
from reconcile.workflow_status import runs

CHECK = "orphan-workflow"
RUNNING_ORDERS = "WorkflowType = 'OrderWorkflow' AND ExecutionStatus = 'Running'"


REASON = "The database does not have its order."


@dataclass(frozen=True)
class OrphanWorkflow(Finding):
    """A finding about a workflow of an order that is not there."""

    workflow_id: str


async def orphan_workflows(
    pool: Pool, client: Client, patience: float = PATIENCE_SECONDS, begins: Begins = nobody
) -> list[OrphanWorkflow]:
    """Return a finding for every running workflow of an order that the database does not have.

    Raises:
        RPCError: Temporal does not answer, or refuses to.
    """
    begins("looking for workflows without an order")
    listed = await _running(client)
    return await persistent_findings(partial(_astray, pool, client), listed, patience, begins)


async def terminate(pool: Pool, client: Client, orphan: OrphanWorkflow, by: str) -> None:
    """Terminate an orphan in somebody's name, whom the operators' journal and Temporal keep with
    the reason. One that has ended meanwhile stays as it is.

    Raises:
        RPCError: Temporal refuses, which the journal has then, or does not answer.
    """
    begun = OperatorDeed(
        by, (), Deed.TERMINATE, Subject.WORKFLOW, orphan.workflow_id, reason=REASON
    )
    async with connection(pool) as acquired:
        deed = await operator_journal.begin(acquired, begun)
    async with with_outcome(pool, deed):
        await _terminate(client, orphan, by)


async def _terminate(client: Client, orphan: OrphanWorkflow, by: str) -> None:
    handle = client.get_workflow_handle(orphan.workflow_id)
    try:
        await handle.terminate(reason=f"{REASON} Terminated by {by}.")
    except RPCError as error:
        if not is_unknown(error):
            raise


async def orders_with_workflows(client: Client) -> list[UUID]:
    """Return the orders, there or not, of which a workflow runs.

    Raises:
        RPCError: Temporal does not answer, or refuses to.
    """
    ids = [order_of(name) for name in await _running(client)]
    return [order_id for order_id in ids if order_id is not None]


async def _running(client: Client) -> list[str]:
    return [one.id async for one in client.list_workflows(RUNNING_ORDERS)]


async def _astray(pool: Pool, client: Client, names: Sequence[str]) -> dict[str, OrphanWorkflow]:
    ids = {name: order_of(name) for name in names}
    async with connection(pool) as acquired:  # after Temporal: an order's row is written first
        there = await audit.there_of(acquired, [one for one in ids.values() if one is not None])
    lost = [name for name, order_id in ids.items() if order_id not in there]
    # What is listed may have ended a moment ago.
    return {name: _finding(name) for name in lost if await runs(client, name)}


def _finding(name: str) -> OrphanWorkflow:
    problem = "runs, and the database has no such order"
    return OrphanWorkflow(CHECK, f"workflow {name}", problem, name)
