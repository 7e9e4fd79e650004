"""Giving the orders to another build of workers, and seeing that every queue knows."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio.api.enums.v1 import RoutingConfigUpdateState
from temporalio.api.workflowservice.v1 import (
    DescribeWorkerDeploymentRequest,
    SetWorkerDeploymentCurrentVersionRequest,
    SetWorkerDeploymentRampingVersionRequest,
)
from temporalio.client import Client
from temporalio.common import WorkerDeploymentVersion
from temporalio.service import RPCError, RPCStatusCode

UNDER_WAY = RoutingConfigUpdateState.ROUTING_CONFIG_UPDATE_STATE_IN_PROGRESS
PAUSE_SECONDS = 0.5
NOT_YET = (RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION)
"""What Temporal says of a build of which no worker, or not one for every queue, has come by."""


class NotReady(Exception):
    """Temporal does not give the orders to this build; says why, in its words."""


async def make_current(client: Client, version: WorkerDeploymentVersion) -> None:
    """Give all orders to a build, until every queue knows.

    Raises:
        NotReady: not every queue that the build before works on has a worker of it.
        RPCError: Temporal does not answer, or knows no builds.
    """
    await _set_current(client, version.deployment_name, version.build_id)


async def take_back(client: Client, deployment: str) -> None:
    """Give all orders of a deployment to the workers that come without a build, until every queue
    knows.

    Raises:
        NotReady: no worker without a build works on every queue.
        RPCError: Temporal does not answer, or knows no builds.
    """
    await _set_ramping(client, deployment, "", 0)
    await _set_current(client, deployment, "")


async def ramp(client: Client, version: WorkerDeploymentVersion, percent: float) -> None:
    """Give a share of the orders to a build, always the same ones, until every queue knows; none,
    and the current build has all of them again.

    Raises:
        NotReady: not every queue that the current build works on has a worker of it.
        RPCError: Temporal does not answer, or knows no builds.
    """
    build_id = version.build_id if percent else ""
    await _set_ramping(client, version.deployment_name, build_id, percent)


async def _set_ramping(client: Client, deployment: str, build_id: str, percent: float) -> None:
    request = SetWorkerDeploymentRampingVersionRequest(
        namespace=client.namespace,
        deployment_name=deployment,
        build_id=build_id,
        percentage=percent,
        identity=client.identity,
    )
    async with _ready():
        await client.workflow_service.set_worker_deployment_ramping_version(request)
    await _all_know(client, deployment)


async def _set_current(client: Client, deployment: str, build_id: str) -> None:
    request = SetWorkerDeploymentCurrentVersionRequest(
        namespace=client.namespace,
        deployment_name=deployment,
        build_id=build_id,
        identity=client.identity,
    )
    async with _ready():
        await client.workflow_service.set_worker_deployment_current_version(request)
    await _all_know(client, deployment)


async def _all_know(client: Client, deployment: str) -> None:
    """Wait until every queue of a deployment goes by what was set."""
    request = DescribeWorkerDeploymentRequest(
        namespace=client.namespace, deployment_name=deployment
    )
    while True:
        found = await client.workflow_service.describe_worker_deployment(request)
        if found.worker_deployment_info.routing_config_update_state != UNDER_WAY:
            return
        await asyncio.sleep(PAUSE_SECONDS)


@asynccontextmanager
async def _ready() -> AsyncIterator[None]:
    try:
        yield
    except RPCError as error:
        if error.status in NOT_YET:
            raise NotReady(error.message) from error
        raise
