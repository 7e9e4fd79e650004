"""The Temporal client and worker as this product needs them, each made in one place."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from types import TracebackType
from typing import Any

from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from temporalio.plugin import SimplePlugin
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from activities.channel import Channel
from activities.email import EmailChannel
from activities.notifications import NotificationActivities
from activities.operators import OperatorActivities
from activities.reconciliation import ReconciliationActivities
from activities.steps import StepActivities
from db.pool import Pool
from infra.payloads import DATA_CONVERTER
from infra.proof import prove
from workflows.notifications import NotificationWorkflow
from workflows.options import SENDING_QUEUE
from workflows.order import TASK_QUEUE, OrderWorkflow
from workflows.reconciliation import ReconciliationWorkflow

LOCAL_ADDRESS = "localhost:7233"
GRACE = timedelta(seconds=20)
"""How long a worker that is told to stop may take to finish its steps."""

SENDING_AT_ONCE = 100
"""Steps of orders that people are told of at the same time; each may wait for a slow receiver."""

PLUGIN = SimplePlugin(
    "sequestre",
    data_converter=DATA_CONVERTER,
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


def runtime(metrics_address: str | None) -> Runtime:
    """What the SDK runs on, for one process; it answers on this address with its metrics.

    Raises:
        ValueError: the address is taken.
    """
    if metrics_address is None:
        return Runtime.default()
    metrics = PrometheusConfig(bind_address=metrics_address, durations_as_seconds=True)
    return Runtime(telemetry=TelemetryConfig(metrics=metrics))


class Workers:
    """Several workers that start and stop as one."""

    def __init__(self, *workers: Worker) -> None:
        self._workers = workers
        self._stack = AsyncExitStack()

    async def run(self) -> None:
        """Works until `shutdown`, or until one of them fails."""
        async with asyncio.TaskGroup() as group:
            for worker in self._workers:
                group.create_task(worker.run())

    async def shutdown(self) -> None:
        """Ends all of them, each after what it has under way."""
        await asyncio.gather(*(worker.shutdown() for worker in self._workers))

    async def __aenter__(self) -> "Workers":
        for worker in self._workers:
            await self._stack.enter_async_context(worker)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.shutdown()
        await self._stack.__aexit__(kind, error, trace)


def create_worker(
    client: Client, pool: Pool, channels: Mapping[str, Channel] = {}, **options: Any
) -> Workers:
    """The worker that runs orders, with one beside it that tells people over these channels, looks
    at everything by night, and mails operators what it found."""
    steps = StepActivities(pool)
    notifications = NotificationActivities(pool, channels)
    reconciliation = ReconciliationActivities(lambda: prove(pool, client))
    operators = OperatorActivities(pool, _email_among(channels))
    orders = Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[OrderWorkflow, NotificationWorkflow, ReconciliationWorkflow],
        activities=[
            steps.hold_in_escrow,
            steps.credit_wallet,
            steps.refund_buyer,
            steps.split_escrow,
            steps.record_step,
            steps.record_refusal,
            steps.read_order,
        ],
        **{**_PATIENT, "max_concurrent_activities": pool.get_max_size(), **options},
    )
    sending = Worker(
        client,
        task_queue=SENDING_QUEUE,
        activities=[
            notifications.send_notifications,
            notifications.give_up_notifications,
            reconciliation.check_everything,
            operators.operators_to_tell,
            operators.tell_operator,
        ],
        **{**_PATIENT, "max_concurrent_activities": SENDING_AT_ONCE, **options},
    )
    return Workers(orders, sending)


def _email_among(channels: Mapping[str, Channel]) -> EmailChannel | None:
    """The way by which letters leave that are no notices of an order."""
    found = channels.get("email")
    return found if isinstance(found, EmailChannel) else None


_PATIENT: dict[str, Any] = {
    "graceful_shutdown_timeout": GRACE,
    "sticky_queue_schedule_to_start_timeout": timedelta(seconds=2),
}
