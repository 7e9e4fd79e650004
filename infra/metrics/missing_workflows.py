"""How many open orders have no workflow that runs, by what Temporal counts: which of them they are
only `sequestre check` knows."""

import asyncio

import structlog
from temporalio.client import Client
from temporalio.service import RPCError

from db.figures import Figures
from domain.vocabulary import OPEN_STATES
from infra.metrics.processes import WorkerMetrics

EVERY_SECONDS = 30.0
RUNNING = "WorkflowType = 'OrderWorkflow' AND ExecutionStatus = 'Running'"

log = structlog.get_logger()


async def watch_workflows(metrics: WorkerMetrics, client: Client) -> None:
    """Count them every few seconds, until cancelled. While nobody knows, what was known stays."""
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        try:
            running = (await client.count_workflows(RUNNING)).count
        except (RPCError, RuntimeError) as error:
            log.info("workflows not counted", because=str(error)[:200])
        else:
            if (figures := metrics.figures.believed) is not None:
                metrics.without_workflow.set(max(_open(figures) - running, 0))


def _open(figures: Figures) -> int:
    begun = sum(figures.states.get(state, 0) for state in OPEN_STATES)
    return begun - figures.not_started.count
