"""The marketplace of `sequestre up --demo`, with whoever lives in it, for tests and pictures."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from cli.demo.market_progress import kept_progress
from embedded.stack_file import StackInfo, read_stack
from tests.app_under_test import Person
from tests.e2e.conftest import COMMAND
from texts.demo_people import PEOPLE

PORTS = ("--port", "0", "--temporal-port", "0", "--temporal-ui-port", "0")
OPEN = "The marketplace is open"
FILLED_SECONDS = 900.0
OF_ANOTHER = "MARKETPLACE"
"""The variable with the data directory of one that runs already, for whoever tries things out: a
marketplace takes longer to fill than to look at."""


@dataclass(frozen=True)
class Marketplace:
    """A filled marketplace, whose clock stands but for the time that passes."""

    stack: StackInfo
    ids: dict[str, str]
    """Of its orders, services and transfers, by their names in the story."""

    @property
    def base_url(self) -> str:
        """Where its pages are."""
        return self.stack.api_url

    @property
    def secret(self) -> str:
        """The key of its tokens."""
        return self.stack.jwt_secret


def demo_person(person_id: str) -> Person:
    """One of the people that the demonstration is about."""
    (found,) = (one for one in PEOPLE if one.id == person_id)
    return Person(found.id, found.roles)


@asynccontextmanager
async def open_marketplace(data_dir: Path) -> AsyncIterator[Marketplace]:
    """`sequestre up --demo`, filled; stopped at the end.

    Raises:
        TimeoutError: it was not filled in time.
    """
    if running := os.environ.get(OF_ANOTHER):
        yield _filled(Path(running))
        return
    words = ("up", "--demo", *PORTS, "--data-dir", str(data_dir))
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        *words,
        env=os.environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(FILLED_SECONDS):
            await _is_open(process)
        yield _filled(data_dir)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def _is_open(process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    printed = ""
    while OPEN not in printed:
        line = await process.stdout.readline()
        assert line, f"it has ended, and said: {printed}"
        printed += line.decode()


def _filled(data_dir: Path) -> Marketplace:
    progress = kept_progress(data_dir)
    assert progress is not None
    things = {**progress.orders, **progress.services}
    ids = progress.transfers | {name: thing["id"] for name, thing in things.items()}
    return Marketplace(read_stack(data_dir), ids)
