"""Processes of several releases beside each other, on one database and one Temporal."""

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from embedded.ports import LOOPBACK, Port, claim_ports
from embedded.stack import Stack, environment, running_stack
from tests.app_under_test import ApiClient, calling
from tests.rehearsal.release import Release
from tests.rehearsal.running import NotStarted

DEPLOYMENT = "sequestre"
GRACE_SECONDS = 40
"""What the compose file gives a process to end."""


FOREVER_SECONDS, PAUSE_SECONDS = 300, 0.2
ROLES_OF_OLD = "user=user,mediator=mediator,operator=operator"
"""Those that every release knows; an older one would refuse the names of newer ones."""

ENDED_WELL = (0, -signal.SIGTERM)
"""An API ends by the signal that it was sent, once it has done what was under way."""


@dataclass
class Program:
    """A process of a release, which writes what it says into a file."""

    name: str
    process: Process
    log: Path

    async def stop(self) -> None:
        """SIGTERM, and wait until it has ended well.

        Raises:
            NotStarted: it ends otherwise, or has ended before.
        """
        if self.process.returncode is None:
            self.process.terminate()
        async with asyncio.timeout(GRACE_SECONDS):
            code = await self.process.wait()
        if code not in ENDED_WELL:
            raise NotStarted(f"{self.name} ended with {code}:\n{self.log.read_text()[-2000:]}")


@dataclass(frozen=True)
class Served:
    """An API process and a client that calls it."""

    program: Program
    api: ApiClient


@dataclass
class Fleet:
    """A database and a Temporal of their own, and the processes that were started on them."""

    stack: Stack
    place: Path
    ends: AsyncExitStack
    _programs: list[Program] = field(default_factory=list)

    async def migrate(self, release: Release) -> None:
        """Bring the schema to that of a release.

        Raises:
            NotStarted: it cannot.
        """
        program = await self._started(release, "migrate", {})
        await program.process.wait()
        await program.stop()

    async def worker(self, release: Release, build: str = "") -> Program:
        """Start a worker, as one of a build where that is named."""
        version = {"SEQUESTRE_DEPLOYMENT_NAME": DEPLOYMENT, "SEQUESTRE_BUILD_ID": build}
        return await self._started(release, "worker", version if build else {})

    async def api(self, release: Release) -> Served:
        """Start an API, and wait until it and a worker are ready.

        Raises:
            NotStarted: it ends instead.
        """
        (port,) = claim_ports(Port(0, "API", ""))
        program = await self._started(release, "api", {"SEQUESTRE_PORT": str(port)})
        calls = calling(f"http://{LOOPBACK}:{port}", self.stack.jwt_secret)
        api = await self.ends.enter_async_context(calls)
        await in_the_end(lambda: _is_ready(api, program))
        return Served(program, api)

    async def _started(self, release: Release, name: str, more: Mapping[str, str]) -> Program:
        log = self.place / f"{name}-{len(self._programs)}.log"
        with log.open("wb") as said:
            process = await asyncio.create_subprocess_exec(
                *(str(release.python), "-m", "cli.main", name),
                cwd=self.place,
                env={**self._environment(release, name), **more},
                stdin=DEVNULL,
                stdout=said,
                stderr=STDOUT,
            )
        self._programs.append(Program(f"the {name} of {release.name}", process, log))
        return self._programs[-1]

    def _environment(self, release: Release, name: str) -> dict[str, str]:
        """The release's own code before any that is installed, and nobody's own settings."""
        kept = {
            one: value
            for one, value in environment(self.stack, name).items()
            if not one.startswith("SEQUESTRE_") or os.environ.get(one) != value
        }
        ours = {"SEQUESTRE_ACTION_WAIT": "2", "SEQUESTRE_ROLE_NAMES": ROLES_OF_OLD}
        return kept | {"PYTHONPATH": str(release.code), **ours}

    async def kill(self) -> None:
        """End what still runs."""
        for program in self._programs:
            if program.process.returncode is None:
                program.process.kill()
                await program.process.wait()


async def in_the_end(look: Callable[[], Awaitable[bool]]) -> None:
    """Return once `look` holds: whole processes start, and many orders are played.

    Raises:
        TimeoutError: it did not in five minutes.
    """
    async with asyncio.timeout(FOREVER_SECONDS):
        while not await look():
            await asyncio.sleep(PAUSE_SECONDS)


async def _is_ready(api: ApiClient, program: Program) -> bool:
    if program.process.returncode is not None:
        await program.stop()
    try:
        return (await api.get("/v1/health/ready")).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


@asynccontextmanager
async def fleet(data_dir: Path) -> AsyncIterator[Fleet]:
    """A database without a schema and a Temporal, and what is started on them until the end."""
    stacked = running_stack(
        data_dir, port=0, temporal_port=0, temporal_ui_port=0, programs={}, fast=True
    )
    async with stacked as stack, AsyncExitStack() as ends:
        found = Fleet(stack, data_dir.parent, ends)
        ends.push_async_callback(found.kill)
        yield found
