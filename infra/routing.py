"""To which workers Temporal gives the orders, and who of them has come for any."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from temporalio.api.deployment.v1 import WorkerDeploymentOptions
from temporalio.api.deployment.v1 import WorkerDeploymentVersion as Named
from temporalio.api.enums.v1 import TaskQueueType, WorkerVersioningMode
from temporalio.api.taskqueue.v1 import PollerInfo, TaskQueue, TaskQueueVersioningInfo
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.common import WorkerDeploymentVersion

from infra.worker_heartbeat import works
from workflows.order import TASK_QUEUE

WORKER_SEEN = timedelta(seconds=75)
"""A worker's long poll lasts a minute: one seen longer ago is gone."""

ALL = 100.0
VERSIONED = WorkerVersioningMode.WORKER_VERSIONING_MODE_VERSIONED

Version = WorkerDeploymentVersion | None
"""A build of a deployment, or the workers that come without one."""


@dataclass(frozen=True)
class Crew:
    """The workers of one version: which share of the orders Temporal gives them, in percent, and by
    what names it has lately seen them polling."""

    version: Version
    percent: float
    workers: frozenset[str]

    def working(self, alive: Collection[str] | None) -> int:
        """Return how many of them work, by those whose heartbeat is fresh (see `works`)."""
        return sum(works(one, alive) for one in self.workers)


async def crews(
    client: Client,
    queue_name: str = TASK_QUEUE,
    kind: TaskQueueType.ValueType = TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    *,
    retry: bool = True,
) -> list[Crew]:
    """Return who is given orders, and who polls for them and is given none; or the same of another
    queue. One that is frozen, or was killed, polls for over a minute. Whoever would rather know at
    once that Temporal is away asks without `retry`.

    Raises:
        RPCError: Temporal does not answer, or refuses to.
    """
    queue = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=queue_name),
            task_queue_type=kind,
        ),
        retry=retry,
    )
    shares, seen = _shares(queue.versioning_info), _seen(queue.pollers)
    versions = dict.fromkeys([*shares, *seen])
    return [Crew(one, shares.get(one, 0), frozenset(seen.get(one, ()))) for one in versions]


def all_served(crews: Iterable[Crew], alive: Collection[str] | None) -> bool:
    """Return whether there is a worker for every order, by those whose heartbeat is fresh."""
    return unserved_percent(crews, alive) == 0


def unserved_percent(crews: Iterable[Crew], alive: Collection[str] | None) -> float:
    """Return which share of the orders, in percent, goes to versions of which no worker works."""
    return sum(crew.percent for crew in crews if not crew.working(alive))


def _shares(info: TaskQueueVersioningInfo) -> dict[Version, float]:
    """Return who is given tasks, with the share in percent."""
    current, ramping = info.current_deployment_version, info.ramping_deployment_version
    percent = info.ramping_version_percentage
    # Where neither is named, both are the workers without a build.
    shares = {version_named(ramping): percent, version_named(current): ALL - percent}
    return {version: share for version, share in shares.items() if share > 0}


def _seen(pollers: Iterable[PollerInfo]) -> dict[Version, set[str]]:
    oldest = datetime.now(UTC) - WORKER_SEEN
    seen: dict[Version, set[str]] = {}
    for one in pollers:
        if one.last_access_time.ToDatetime(tzinfo=UTC) > oldest:
            seen.setdefault(_version_of(one.deployment_options), set()).add(one.identity)
    return seen


def _version_of(options: WorkerDeploymentOptions) -> Version:
    """Return as what a worker polls: who merely mentions a build is given what others leave."""
    if options.worker_versioning_mode != VERSIONED:
        return None
    return WorkerDeploymentVersion(options.deployment_name, options.build_id)


def version_named(named: Named) -> Version:
    """Return what Temporal names; what has no name are the workers without a build."""
    return (
        WorkerDeploymentVersion(named.deployment_name, named.build_id) if named.build_id else None
    )
