"""The Temporal client and worker as this product needs them, each made in one place."""

from datetime import timedelta
from typing import Any

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.envconfig import ClientConfig
from temporalio.plugin import SimplePlugin
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from activities.steps import StepActivities
from db.pool import Pool
from workflows.order import TASK_QUEUE, OrderWorkflow

LOCAL_ADDRESS = "localhost:7233"
GRACE = timedelta(seconds=20)
"""How long a worker that is told to stop may take to finish its steps."""

PLUGIN = SimplePlugin(
    "sequestre",
    data_converter=pydantic_data_converter,
    workflow_runner=SandboxedWorkflowRunner(),
)
"""Gives client, worker and replayer the same way of reading payloads."""


async def connect(*, lazy: bool = False, **overrides: Any) -> Client:
    """A client for the server that Temporal's own environment names (`TEMPORAL_ADDRESS` …).

    A lazy one connects at its first call, so that a process can start while Temporal is away.

    Raises:
        RuntimeError: the server does not answer (not where lazy).
    """
    config: dict[str, Any] = dict(ClientConfig.load_client_connect_config())
    config.setdefault("target_host", LOCAL_ADDRESS)
    return await Client.connect(**{**config, **overrides}, lazy=lazy, plugins=[PLUGIN])


def create_worker(client: Client, pool: Pool, **options: Any) -> Worker:
    """The worker that runs orders."""
    steps = StepActivities(pool)
    return Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[OrderWorkflow],
        activities=[
            steps.hold_in_escrow,
            steps.credit_wallet,
            steps.refund_buyer,
            steps.split_escrow,
            steps.record_step,
            steps.record_refusal,
        ],
        **{
            "max_concurrent_activities": pool.get_max_size(),
            "graceful_shutdown_timeout": GRACE,
            "sticky_queue_schedule_to_start_timeout": timedelta(seconds=2),
            **options,
        },
    )
