"""Open orders that nobody carries on, because somebody ended their workflow or it failed. What else
can be wrong with a workflow only `sequestre check` knows, which asks for each."""

from uuid import UUID

from temporalio.client import Client, WorkflowExecutionStatus

from db.figures import open_among
from db.pool import Pool, connection
from domain.vocabulary import OPEN_STATES
from infra.going_on import again_and_again
from infra.metrics.processes import WorkerMetrics
from infra.order_workflows import order_of
from workflows.order import workflow_id

EVERY_SECONDS = 30.0
MOST = 100
"""Stopped workflows that are looked at: where there are more, that is told as well."""

_OPEN = ", ".join(f"'{state}'" for state in OPEN_STATES)
STOPPED = (
    "WorkflowType = 'OrderWorkflow'"
    " AND ExecutionStatus IN ('Terminated', 'Failed', 'TimedOut', 'Canceled')"
    f" AND OrderState IN ({_OPEN})"
)


async def watch_workflows(metrics: WorkerMetrics, client: Client, pool: Pool) -> None:
    """Count them every few seconds, until cancelled. While nobody knows, what was known stays."""

    async def count() -> None:
        metrics.without_workflow.set(await without_workflow(client, pool))

    await again_and_again(count, lambda: EVERY_SECONDS, "stopped workflows not counted")


async def without_workflow(client: Client, pool: Pool) -> int:
    """Return how many orders are open whose workflow was stopped and that have no other since.

    Raises:
        RPCError: Temporal does not answer, or refuses to.
        Unavailable: the database does not answer.
    """
    stopped = {order_of(one.id) async for one in client.list_workflows(STOPPED, limit=MOST)}
    async with connection(pool) as acquired:
        found = await open_among(acquired, [one for one in stopped if one is not None])
    return sum([not await _runs(client, one) for one in found])


async def _runs(client: Client, order_id: UUID) -> bool:
    described = await client.get_workflow_handle(workflow_id(str(order_id))).describe()
    return described.status is WorkflowExecutionStatus.RUNNING
