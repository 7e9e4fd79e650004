"""Giving the orders to another build of workers, and seeing that every queue knows."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from temporalio.api.deployment.v1 import RoutingConfig, WorkerDeploymentInfo
from temporalio.api.deployment.v1 import WorkerDeploymentVersion as Named
from temporalio.api.taskqueue.v1 import TaskQueue, TaskQueueVersioningInfo
from temporalio.api.workflowservice.v1 import (
    DescribeTaskQueueRequest,
    DescribeWorkerDeploymentRequest,
    DescribeWorkerDeploymentVersionRequest,
    DescribeWorkerDeploymentVersionResponse,
    ListWorkerDeploymentsRequest,
    SetWorkerDeploymentCurrentVersionRequest,
    SetWorkerDeploymentRampingVersionRequest,
)
from temporalio.client import Client
from temporalio.common import WorkerDeploymentVersion
from temporalio.service import RPCError, RPCStatusCode

from infra import routing
from infra.routing import Version
from infra.worker_version import in_words

VersionTaskQueue = DescribeWorkerDeploymentVersionResponse.VersionTaskQueue
PAUSE_SECONDS = 0.5
NOT_YET = (RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION)
"""What Temporal says of a build of which no worker, or not one for every queue, has come by."""


Alive = Collection[str] | None
"""The workers whose heartbeat is fresh; None where only Temporal's own word counts."""


class NotReady(Exception):
    """The orders are not given to these workers; says why, in our words or in Temporal's."""


class IsCurrent(Exception):
    """A build has what is left of the orders: no share can be given to it, or taken from it."""


async def make_current(
    client: Client, version: WorkerDeploymentVersion, alive: Alive = None
) -> None:
    """Give all orders to a build, also those that another one is given a share of, until every
    queue that it works on knows.

    Raises:
        NotReady: not every queue that it works on, or the build before does, has a worker of it.
        RPCError: Temporal does not answer, or knows no builds.
    """
    await _demand_workers(client, version, version, alive)
    others = await _given_of_others(client, version)
    await _set_current(client, version, version.build_id)
    for one in (version, *others):
        await _end_share(client, one)
    for one in others:  # or making it current there again would change nothing, and have no effect
        await _set_current(client, one, "")
    await _all_know(client, version)


async def take_back(client: Client, version: WorkerDeploymentVersion, alive: Alive = None) -> None:
    """Give all orders of a build's deployment to the workers that come without a build, until every
    queue that it works on knows.

    Raises:
        NotReady: no worker without a build works on every queue; nothing was changed.
        RPCError: Temporal does not answer, or knows no builds.
    """
    await _demand_workers(client, version, None, alive)
    await _end_share(client, version)
    await _set_current(client, version, "")
    await _all_know(client, version)


async def ramp(
    client: Client, version: WorkerDeploymentVersion, percent: float, alive: Alive = None
) -> None:
    """Give a share of the orders to a build, always the same ones, until every queue that it works
    on knows.

    Raises:
        NotReady: not every queue that it works on, or the current build does, has a worker of it.
        IsCurrent: it is given what others are not.
        RPCError: Temporal does not answer, or knows no builds.
    """
    await _demand_workers(client, version, version, alive)
    if _current(await _routing(client, version)) == version:
        raise IsCurrent
    for one in await _given_of_others(client, version):
        await _end_share(client, one)
    await _set_share(client, version, version.build_id, percent)
    await _all_know(client, version)


async def end_ramp(client: Client, version: WorkerDeploymentVersion, alive: Alive = None) -> None:
    """Take a build's share of the orders back, until every queue that it works on knows; no worker
    of it needs to be there. Nothing is done where it has none.

    Raises:
        NotReady: who is to have these orders again does not work on every queue.
        IsCurrent: it is given what others are not.
        RPCError: Temporal does not answer, or does not know the build.
    """
    config = await _routing(client, version)
    if _current(config) == version:
        raise IsCurrent
    if config.ramping_deployment_version.build_id != version.build_id:
        return
    await _demand_workers(client, version, _current(config), alive)
    await _end_share(client, version)
    await _all_know(client, version)


async def known(client: Client) -> dict[str, set[str]]:
    """Return the deployments that Temporal knows, each with its builds.

    Raises:
        RPCError: Temporal does not answer, or knows no builds.
    """
    found: dict[str, set[str]] = {}
    request = ListWorkerDeploymentsRequest(namespace=client.namespace)
    while True:
        page = await client.workflow_service.list_worker_deployments(request, retry=True)
        for one in page.worker_deployments:
            found[one.name] = await _builds(client, one.name)
        if not page.next_page_token:
            return found
        request.next_page_token = page.next_page_token


async def _builds(client: Client, deployment: str) -> set[str]:
    found = await _described(client, deployment)
    return {one.deployment_version.build_id for one in found.version_summaries}


async def _demand_workers(
    client: Client, of_queues: WorkerDeploymentVersion, version: Version, alive: Alive
) -> None:
    """See that a version has workers on every queue that a build works on.

    Temporal itself asks only whether a build has ever come by, and of workers without one not even
    that.
    """
    async with _ready():
        queues = await _queues(client, of_queues)
    for queue in queues:
        crews = await routing.crews(client, queue.name, queue.type)
        if not any(one.version == version and one.working(alive) for one in crews):
            raise NotReady(f"{in_words(version)}: no worker on the queue {queue.name}")


async def _given_of_others(
    client: Client, version: WorkerDeploymentVersion
) -> list[WorkerDeploymentVersion]:
    """Return a build of each other deployment that is given orders."""
    given = [one.version for one in await routing.crews(client) if one.version and one.percent]
    by_name = {one.deployment_name: one for one in given}
    by_name.pop(version.deployment_name, None)
    return list(by_name.values())


async def _end_share(client: Client, version: WorkerDeploymentVersion) -> None:
    """Take back what any build of a build's deployment is given a share of."""
    if (await _routing(client, version)).ramping_version_percentage:
        await _set_share(client, version, "", 0)


async def _set_share(
    client: Client, version: WorkerDeploymentVersion, build_id: str, percent: float
) -> None:
    request = SetWorkerDeploymentRampingVersionRequest(
        namespace=client.namespace,
        deployment_name=version.deployment_name,
        build_id=build_id,
        percentage=percent,
        identity=client.identity,
    )
    async with _ready():
        await client.workflow_service.set_worker_deployment_ramping_version(request)


async def _set_current(client: Client, version: WorkerDeploymentVersion, build_id: str) -> None:
    request = SetWorkerDeploymentCurrentVersionRequest(
        namespace=client.namespace,
        deployment_name=version.deployment_name,
        build_id=build_id,
        identity=client.identity,
    )
    async with _ready():
        await client.workflow_service.set_worker_deployment_current_version(request)


def _current(config: RoutingConfig) -> Version:
    return routing.version_named(config.current_deployment_version)


async def _routing(client: Client, version: WorkerDeploymentVersion) -> RoutingConfig:
    return (await _described(client, version.deployment_name)).routing_config


async def _described(client: Client, deployment: str) -> WorkerDeploymentInfo:
    found = await client.workflow_service.describe_worker_deployment(
        DescribeWorkerDeploymentRequest(namespace=client.namespace, deployment_name=deployment),
        retry=True,
    )
    return found.worker_deployment_info


async def _all_know(client: Client, version: WorkerDeploymentVersion) -> None:
    """Wait until every queue that a build works on goes by what was set. What the deployment says
    of it itself (`routing_config_update_state`) was seen to stay as it is, for ever."""
    wanted = await _routing(client, version)
    for queue in await _queues(client, version):
        while not _goes_by(version.deployment_name, wanted, await _told(client, queue)):
            await asyncio.sleep(PAUSE_SECONDS)


async def _queues(client: Client, version: WorkerDeploymentVersion) -> list[VersionTaskQueue]:
    named = Named(deployment_name=version.deployment_name, build_id=version.build_id)
    found = await client.workflow_service.describe_worker_deployment_version(
        DescribeWorkerDeploymentVersionRequest(
            namespace=client.namespace, deployment_version=named
        ),
        retry=True,
    )
    return list(found.version_task_queues)


async def _told(client: Client, queue: VersionTaskQueue) -> TaskQueueVersioningInfo:
    found = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=queue.name),
            task_queue_type=queue.type,
        ),
        retry=True,
    )
    return found.versioning_info


def _goes_by(deployment: str, wanted: RoutingConfig, told: TaskQueueVersioningInfo) -> bool:
    """Return whether a queue has been told what a deployment wants; of what it gives to none of its
    builds, another deployment may say more."""
    return (
        _is_told(deployment, wanted.current_deployment_version, told.current_deployment_version)
        and _is_told(deployment, wanted.ramping_deployment_version, told.ramping_deployment_version)
        and (
            not wanted.ramping_deployment_version.build_id
            or wanted.ramping_version_percentage == told.ramping_version_percentage
        )
    )


def _is_told(deployment: str, wanted: Named, told: Named) -> bool:
    return wanted == told if wanted.build_id else told.deployment_name != deployment


@asynccontextmanager
async def _ready() -> AsyncIterator[None]:
    try:
        yield
    except RPCError as error:
        if error.status in NOT_YET:
            raise NotReady(error.message) from error
        raise
