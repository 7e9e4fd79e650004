"""`sequestre promote`: has Temporal give the orders to another build of workers."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated

import typer
from temporalio.client import Client
from temporalio.common import WorkerDeploymentVersion
from temporalio.service import RPCError, RPCStatusCode

from cli.configured import ended
from cli.numbers import A_WEEK, number
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
SETTLING_SECONDS = 60.0
"""How long it may take until every queue goes by what was set."""

NOT_NOW = (
    RPCStatusCode.UNAVAILABLE,
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.RESOURCE_EXHAUSTED,
    RPCStatusCode.CANCELLED,
)
"""What a Temporal says that has too much to do, or is not there."""

START_ONE = "start one with SEQUESTRE_DEPLOYMENT_NAME and SEQUESTRE_BUILD_ID set"

Build = Annotated[str | None, typer.Argument(help="The SEQUESTRE_BUILD_ID of the workers.")]
Percent = Annotated[
    float | None,
    typer.Option(
        min=0,
        max=100,
        callback=number,
        help="Give them only this share of the orders; 0 takes it back.",
    ),
]
Deployment = Annotated[
    str | None, typer.Option(help="Their SEQUESTRE_DEPLOYMENT_NAME, where several have the build.")
]
Unversioned = Annotated[
    bool, typer.Option("--unversioned", help="To the workers that come without a build.")
]
Wait = Annotated[
    float,
    typer.Option(
        min=0, max=A_WEEK, callback=number, help="Seconds to wait for workers of the build."
    ),
]


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
    wanted = _Wanted(build, deployment, percent)
    asyncio.run(_promoted(stack_connection(data_dir), wanted, wait))


@dataclass(frozen=True)
class _Wanted:
    """Who is to be given orders: a build, or without one the workers that have none; and of a build
    the share in percent, if it is not to have all."""

    build: str | None
    deployment: str | None
    percent: float | None

    async def carry_out(self, client: Client) -> None:
        """Have it so.

        Raises:
            NotReady: nobody is there who could be given orders; says who is.
            RPCError: Temporal does not answer, or refuses to.
        """
        crews = await routing.crews(client)
        if self.build is None:
            await self._take_back(client, crews)
        elif self.percent is None:
            await rollout.make_current(client, self._version(crews))
        else:
            await rollout.ramp(client, self._version(crews), self.percent)

    async def _take_back(self, client: Client, crews: list[Crew]) -> None:
        given = [crew.version for crew in crews if crew.version and crew.percent]
        for deployment, version in {one.deployment_name: one for one in given}.items():
            if self.deployment in (None, deployment):
                await rollout.take_back(client, version)

    def _version(self, crews: list[Crew]) -> WorkerDeploymentVersion:
        """Return the version that is meant, of which workers poll."""
        known = [crew.version for crew in crews if crew.version and crew.workers]
        found = [
            one
            for one in known
            if one.build_id == self.build and self.deployment in (None, one.deployment_name)
        ]
        if not found:
            raise NotReady(self._nobody(crews))
        if len(found) > 1:
            ended(f"{' and '.join(map(in_words, found))} poll: name one with --deployment")
        return found[0]

    def _nobody(self, crews: list[Crew]) -> str:
        there = " and ".join(in_words(crew.version) for crew in crews if crew.workers) or "none"
        return f"no worker of build {self.build} polls: {START_ONE}. Those that do: {there}"


async def _promoted(where: StackConnection, wanted: _Wanted, wait: float) -> None:
    async with reached(where) as (pool, client):
        with waiting() as begins:
            begins("waiting for workers to be there for every queue")
            try:
                async with asyncio.timeout(wait + SETTLING_SECONDS):
                    await _patiently(partial(wanted.carry_out, client), wait)
            except TimeoutError:
                ended("not every queue goes by it yet; `sequestre workers` says how it stands")
        await tell(Terminal(), pool, client)


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
            if error.status not in NOT_NOW:
                ended(f"Temporal refuses: {error.message}")
            if asyncio.get_running_loop().time() >= until:
                raise
        await asyncio.sleep(PAUSE_SECONDS)
