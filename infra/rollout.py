"""Giving the orders to another build of workers, and seeing that every queue knows."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio.api.deployment.v1 import RoutingConfig
from temporalio.api.deployment.v1 import WorkerDeploymentVersion as Named
from temporalio.api.taskqueue.v1 import TaskQueue, TaskQueueVersioningInfo
from temporalio.api.workflowservice.v1 import (
    DescribeTaskQueueRequest,
    DescribeWorkerDeploymentRequest,
    DescribeWorkerDeploymentVersionRequest,
    DescribeWorkerDeploymentVersionResponse,
    SetWorkerDeploymentCurrentVersionRequest,
    SetWorkerDeploymentRampingVersionRequest,
)
from temporalio.client import Client
from temporalio.common import WorkerDeploymentVersion
from temporalio.service import RPCError, RPCStatusCode

VersionTaskQueue = DescribeWorkerDeploymentVersionResponse.VersionTaskQueue
PAUSE_SECONDS = 0.5
NOT_YET = (RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION)
"""What Temporal says of a build of which no worker, or not one for every queue, has come by."""


class NotReady(Exception):
    """Temporal does not give the orders to this build; says why, in its words."""


async def make_current(client: Client, version: WorkerDeploymentVersion) -> None:
    """Give all orders to a build, until every queue that it works on knows.

    Raises:
        NotReady: not every queue that the build before works on has a worker of it.
        RPCError: Temporal does not answer, or knows no builds.
    """
    await _set_current(client, version, version.build_id)


async def take_back(client: Client, version: WorkerDeploymentVersion) -> None:
    """Give all orders of a build's deployment to the workers that come without a build, until every
    queue that it works on knows.

    Raises:
        NotReady: no worker without a build works on every queue.
        RPCError: Temporal does not answer, or knows no builds.
    """
    await ramp(client, version, 0)
    await _set_current(client, version, "")


async def ramp(client: Client, version: WorkerDeploymentVersion, percent: float) -> None:
    """Give a share of the orders to a build, always the same ones, until every queue that it works
    on knows; none, and the current build has all of them again.

    Raises:
        NotReady: not every queue that the current build works on has a worker of it.
        RPCError: Temporal does not answer, or knows no builds.
    """
    request = SetWorkerDeploymentRampingVersionRequest(
        namespace=client.namespace,
        deployment_name=version.deployment_name,
        build_id=version.build_id if percent else "",
        percentage=percent,
        identity=client.identity,
    )
    async with _ready():
        await client.workflow_service.set_worker_deployment_ramping_version(request)
    await _all_know(client, version)


async def _set_current(client: Client, version: WorkerDeploymentVersion, build_id: str) -> None:
    request = SetWorkerDeploymentCurrentVersionRequest(
        namespace=client.namespace,
        deployment_name=version.deployment_name,
        build_id=build_id,
        identity=client.identity,
    )
    async with _ready():
        await client.workflow_service.set_worker_deployment_current_version(request)
    await _all_know(client, version)


async def _all_know(client: Client, version: WorkerDeploymentVersion) -> None:
    """Wait until every queue that a build works on goes by what was set. What the deployment says
    of it itself (`routing_config_update_state`) was seen to stay as it is, for ever."""
    deployment = await client.workflow_service.describe_worker_deployment(
        DescribeWorkerDeploymentRequest(
            namespace=client.namespace, deployment_name=version.deployment_name
        )
    )
    wanted = deployment.worker_deployment_info.routing_config
    for queue in await _queues(client, version):
        while not _goes_by(wanted, await _told(client, queue)):
            await asyncio.sleep(PAUSE_SECONDS)


async def _queues(client: Client, version: WorkerDeploymentVersion) -> list[VersionTaskQueue]:
    named = Named(deployment_name=version.deployment_name, build_id=version.build_id)
    found = await client.workflow_service.describe_worker_deployment_version(
        DescribeWorkerDeploymentVersionRequest(namespace=client.namespace, deployment_version=named)
    )
    return list(found.version_task_queues)


async def _told(client: Client, queue: VersionTaskQueue) -> TaskQueueVersioningInfo:
    found = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=queue.name),
            task_queue_type=queue.type,
        )
    )
    return found.versioning_info


def _goes_by(wanted: RoutingConfig, told: TaskQueueVersioningInfo) -> bool:
    return (
        wanted.current_deployment_version == told.current_deployment_version
        and wanted.ramping_deployment_version == told.ramping_deployment_version
        and wanted.ramping_version_percentage == told.ramping_version_percentage
    )


@asynccontextmanager
async def _ready() -> AsyncIterator[None]:
    try:
        yield
    except RPCError as error:
        if error.status in NOT_YET:
            raise NotReady(error.message) from error
        raise
