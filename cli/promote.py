"""`sequestre promote`: has Temporal give the orders to another build of workers."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer
from temporalio.client import Client
from temporalio.common import WorkerDeploymentVersion
from temporalio.service import RPCError, RPCStatusCode

from cli.configured import ended
from cli.program import DEFAULT_DATA_DIR
from cli.stack_connection import DataDir, StackConnection, reached, stack_connection
from cli.terminal import Terminal
from cli.waiting import waiting
from cli.workers import tell
from infra import rollout, routing
from infra.rollout import NotReady
from infra.routing import Crew
from infra.worker_version import in_words

PAUSE_SECONDS = 1.0
START_ONE = "start one with SEQUESTRE_DEPLOYMENT_NAME and SEQUESTRE_BUILD_ID set"

Build = Annotated[str | None, typer.Argument(help="The SEQUESTRE_BUILD_ID of the workers.")]
Percent = Annotated[
    float | None,
    typer.Option(min=0, max=100, help="Give them only this share of the orders; 0 takes it back."),
]
Deployment = Annotated[
    str | None, typer.Option(help="Their SEQUESTRE_DEPLOYMENT_NAME, where several have the build.")
]
Unversioned = Annotated[
    bool, typer.Option("--unversioned", help="To the workers that come without a build.")
]
Wait = Annotated[float, typer.Option(min=0, help="Seconds to wait for workers of the build.")]


def promote(
    build: Build = None,
    percent: Percent = None,
    deployment: Deployment = None,
    unversioned: Unversioned = False,
    wait: Wait = 60.0,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Have Temporal give the orders to the workers of a build, once these have come by.

    Orders that run go on there with their next step; what is under way is finished where it is.
    Exit code 0 where that is done, 2 where it is not.
    """
    if (build is None) is not unversioned:
        ended("name either a build or --unversioned; `sequestre workers` says which there are")
    if unversioned and percent is not None:
        ended("--percent gives a share to a build; --unversioned takes everything from all of them")
    where = stack_connection(data_dir)
    asyncio.run(_promoted(where, build, percent, deployment, wait))


async def _promoted(
    where: StackConnection,
    build: str | None,
    percent: float | None,
    deployment: str | None,
    wait: float,
) -> None:
    async with reached(where) as (_, client):

        async def attempt() -> None:
            named = _named(await routing.crews(client), build, deployment)
            await _given(client, named, percent, unversioned=build is None)

        with waiting() as begins:
            begins(f"waiting for workers of build {build}" if build else "waiting for workers")
            await _patiently(attempt, wait)
        tell(Terminal(), await routing.crews(client), None)


async def _given(
    client: Client, version: WorkerDeploymentVersion, percent: float | None, *, unversioned: bool
) -> None:
    if unversioned:
        await rollout.take_back(client, version.deployment_name)
    elif percent is None:
        await rollout.make_current(client, version)
    else:
        await rollout.ramp(client, version, percent)


async def _patiently(attempt: Callable[[], Awaitable[None]], seconds: float) -> None:
    """Try until it is done; end the command where it is not within so many seconds."""
    until = asyncio.get_running_loop().time() + seconds
    while True:
        try:
            return await attempt()
        except NotReady as error:
            if asyncio.get_running_loop().time() >= until:
                ended(str(error))
        except RPCError as error:
            if error.status is RPCStatusCode.UNAVAILABLE:
                raise
            ended(f"Temporal refuses: {error.message}")
        await asyncio.sleep(PAUSE_SECONDS)


def _named(crews: list[Crew], build: str | None, deployment: str | None) -> WorkerDeploymentVersion:
    """Return the version of which workers poll; without a build, one that is given orders.

    Raises:
        NotReady: there is none; says which there are.
    """
    versions = [crew.version for crew in crews if crew.version and (build or crew.percent)]
    found = [
        one
        for one in versions
        if build in (None, one.build_id) and deployment in (None, one.deployment_name)
    ]
    if not found:
        raise NotReady(_nobody(crews, build))
    if len({one.deployment_name for one in found}) > 1:
        ended(f"{' and '.join(map(in_words, found))} poll: name one with --deployment")
    return found[0]


def _nobody(crews: list[Crew], build: str | None) -> str:
    if build is None:
        return "no build is given orders: workers without one get all of them already"
    there = " and ".join(in_words(crew.version) for crew in crews if crew.workers) or "none"
    return f"no worker of build {build} polls: {START_ONE}. Those that do: {there}"
