"""`sequestre promote`: has Temporal give the orders to another build of workers."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated

import typer
from temporalio.client import Client
from temporalio.common import WorkerDeploymentVersion
from temporalio.service import RPCError

from cli.configured import ended
from cli.numbers import A_WEEK, number
from cli.program import DEFAULT_DATA_DIR
from cli.stack_connection import DataDir, StackConnection, reached, stack_connection
from cli.terminal import Terminal
from cli.waiting import waiting
from cli.workers import tell
from db import worker_heartbeats
from db.pool import Pool, connection
from infra import rollout, routing, temporal
from infra.rollout import IsCurrent, NotReady
from infra.routing import Crew, Version
from infra.worker_version import BUILD, BUILD_IS, DEPLOYMENT, DEPLOYMENT_IS, in_words

PAUSE_SECONDS = 1.0
SETTLING_SECONDS = 60.0
"""How long it may take until every queue goes by what was set."""

START_ONE = "start one with SEQUESTRE_DEPLOYMENT_NAME and SEQUESTRE_BUILD_ID set"
WITHOUT_ONE = "start one without SEQUESTRE_DEPLOYMENT_NAME and SEQUESTRE_BUILD_ID"

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
    Exit code 0 where that is done and there is a worker for every order, 1 where it is done and
    there is not, 2 where it is not done.
    """
    if (build is None) is not unversioned:
        ended("name either a build or --unversioned; `sequestre workers` says which there are")
    if unversioned and percent is not None:
        ended("--percent gives a share to a build; --unversioned takes everything from all of them")
    if build is not None and not BUILD.fullmatch(build):
        ended(f"a build {BUILD_IS}, as in SEQUESTRE_BUILD_ID")
    if deployment is not None and not DEPLOYMENT.fullmatch(deployment):
        ended(f"--deployment {DEPLOYMENT_IS}, as in SEQUESTRE_DEPLOYMENT_NAME")
    wanted = _Wanted(build, deployment, percent)
    if not asyncio.run(_promoted(stack_connection(data_dir), wanted, wait)):
        raise typer.Exit(1)


@dataclass(frozen=True)
class _Wanted:
    """Who is to be given orders: a build, or without one the workers that have none; and of a build
    the share in percent, if it is not to have all."""

    build: str | None
    deployment: str | None
    percent: float | None

    async def carry_out(self, pool: Pool, client: Client) -> None:
        """Have it so.

        Raises:
            NotReady: nobody is there who could be given orders; says who is.
            RPCError: Temporal does not answer, or refuses to.
            Unavailable: the database does not answer.
        """
        there = _There(await routing.crews(client), await _alive(pool))
        if self.build is None:
            await self._take_back(client, there)
        elif self.percent is None:
            await rollout.make_current(client, self._working(there), there.alive)
        elif self.percent:
            await self._ramp(client, there, self.percent)
        else:
            await self._end_ramp(client, there)

    async def _take_back(self, client: Client, there: "_There") -> None:
        if self.deployment is not None:
            await self._demand_known(client)
        if not any(crew.version is None for crew in there.working):
            raise NotReady(f"no worker without a build polls: {WITHOUT_ONE}. {there.said}")
        given = [crew.version for crew in there.crews if crew.version and crew.percent]
        meant = [one for one in given if self.deployment in (None, one.deployment_name)]
        if given and not meant:
            ended(f"the orders go to {' and '.join(map(in_words, given))}: name that deployment")
        for version in {one.deployment_name: one for one in meant}.values():
            await rollout.take_back(client, version, there.alive)

    async def _demand_known(self, client: Client) -> None:
        """End the command where Temporal does not know the deployment."""
        known = await rollout.known(client)
        if self.deployment not in known:
            there = f"there are: {', '.join(sorted(known))}" if known else "there is none"
            ended(f"there is no deployment {self.deployment}; {there}")

    async def _ramp(self, client: Client, there: "_There", percent: float) -> None:
        version = self._working(there)
        try:
            await rollout.ramp(client, version, percent, there.alive)
        except IsCurrent:
            ended(_is_current(version))

    async def _end_ramp(self, client: Client, there: "_There") -> None:
        """Take a share back, also of a build whose workers are all gone."""
        found = self._of_this_build(there.crews)
        if not found:
            known = await rollout.known(client)
            if not any(self._is_meant(name, one) for name in known for one in known[name]):
                ended(f"there is no {self.words}; `sequestre workers` says which there are")
            return
        version = self._one_of([one for one in found if one in there.given] or found)
        try:
            await rollout.end_ramp(client, version, there.alive)
        except IsCurrent:
            ended(_is_current(version))

    def _working(self, there: "_There") -> WorkerDeploymentVersion:
        """Return the version that is meant, of which workers work.

        Raises:
            NotReady: there is none.
        """
        found = self._of_this_build(there.working)
        if not found:
            raise NotReady(f"no worker of {self.words} polls: {START_ONE}. {there.said}")
        return self._one_of(found)

    def _of_this_build(self, crews: list[Crew]) -> list[WorkerDeploymentVersion]:
        versions = [crew.version for crew in crews if crew.version]
        return [one for one in versions if self._is_meant(one.deployment_name, one.build_id)]

    def _is_meant(self, deployment: str, build: str) -> bool:
        return build == self.build and self.deployment in (None, deployment)

    def _one_of(self, found: list[WorkerDeploymentVersion]) -> WorkerDeploymentVersion:
        if len(found) > 1:
            ended(f"there are {' and '.join(map(in_words, found))}: name one with --deployment")
        return found[0]

    @property
    def words(self) -> str:
        """Return what the build is called, with its deployment where that was named."""
        return f"build {self.build}" + (f" of {self.deployment}" if self.deployment else "")


@dataclass(frozen=True)
class _There:
    """Who is given orders or polls for them, and whose heartbeat is fresh."""

    crews: list[Crew]
    alive: frozenset[str]

    @property
    def working(self) -> list[Crew]:
        return [crew for crew in self.crews if crew.working(self.alive)]

    @property
    def given(self) -> list[Version]:
        return [crew.version for crew in self.crews if crew.percent]

    @property
    def said(self) -> str:
        """Return the sentence on who polls."""
        names = " and ".join(in_words(one.version) for one in self.working)
        return f"Those that do: {names or 'none'}"


def _is_current(version: WorkerDeploymentVersion) -> str:
    return f"{in_words(version)} has all orders but the share of another: promote another one"


async def _alive(pool: Pool) -> frozenset[str]:
    async with connection(pool) as acquired:
        return await worker_heartbeats.lately_alive(acquired)


async def _promoted(where: StackConnection, wanted: _Wanted, wait: float) -> bool:
    """Return whether there is a worker for every order, once it is done."""
    async with reached(where) as (pool, client):
        with waiting() as begins:
            begins("waiting for workers to be there for every queue")
            try:
                async with asyncio.timeout(wait + SETTLING_SECONDS):
                    await _patiently(partial(wanted.carry_out, pool, client), wait)
            except TimeoutError:
                ended("not every queue goes by it yet; `sequestre workers` says how it stands")
        return await tell(Terminal(), pool, client)


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
            if error.status not in temporal.NOT_NOW:
                ended(temporal.trouble(error))
            if asyncio.get_running_loop().time() >= until:
                raise
        await asyncio.sleep(PAUSE_SECONDS)
