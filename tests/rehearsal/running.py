"""`sequestre up` of one release or another, on one data directory."""

import asyncio
import os
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from embedded.errors import NoStack
from embedded.stack_file import StackInfo, read_stack
from tests.app_under_test import eventually
from tests.e2e.conftest import Up
from tests.freezing import freeze
from tests.rehearsal.release import Release

PORTS = ("--port", "0", "--temporal-port", "0", "--temporal-ui-port", "0")


class NotStarted(Exception):
    """A release does not start; says what it said."""


@asynccontextmanager
async def running(release: Release, data_dir: Path) -> AsyncIterator[Up]:
    """The release's whole product, until it is killed or the block ends."""
    (data_dir / "run/stack.json").unlink(missing_ok=True)
    process = await asyncio.create_subprocess_exec(
        *_command(release, "up", *PORTS, data_dir=data_dir),
        cwd=data_dir.parent,
        env=_environment(release),
        stdout=PIPE,
        stderr=STDOUT,
    )
    try:
        yield Up(process, data_dir, await _started(release, process, data_dir))
    finally:
        if process.returncode is None:
            process.terminate()
            await process.communicate()


async def killed(up: Up) -> None:
    """SIGKILL: its parts end with it, in the middle of what they do."""
    up.process.kill()
    await up.process.communicate()


async def freeze_worker(up: Up) -> None:
    """From now on nobody carries anything out."""
    await freeze(up.pid("worker"))


async def checked(release: Release, data_dir: Path) -> tuple[int, str]:
    """`sequestre check`: its exit code and what it says."""
    return await commanded(release, data_dir, "check")


async def commanded(release: Release, data_dir: Path, *words: str) -> tuple[int, str]:
    """`sequestre` on a running stack: its exit code and what it says."""
    process = await asyncio.create_subprocess_exec(
        *_command(release, *words, data_dir=data_dir),
        cwd=data_dir.parent,
        env=_environment(release),
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode().strip()


async def _started(release: Release, process: Process, data_dir: Path) -> StackInfo:
    async def stack() -> StackInfo | None:
        if process.returncode is not None:
            said, _ = await process.communicate()
            raise NotStarted(f"{release.name} does not start:\n{said.decode()}")
        try:
            return read_stack(data_dir)
        except NoStack:
            return None

    found = await eventually(stack)
    assert found is not None
    return found


def _command(release: Release, *words: str, data_dir: Path) -> list[str]:
    return [str(release.python), "-m", "cli.main", *words, "--data-dir", str(data_dir)]


def _environment(release: Release) -> dict[str, str]:
    """The release's own code before any that is installed, and nobody's own settings."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SEQUESTRE_", "TEMPORAL_"))
    }
    return kept | {"PYTHONPATH": str(release.code), "SEQUESTRE_ACTION_WAIT": "2"}
