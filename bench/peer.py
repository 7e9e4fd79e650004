"""The peer's process: the same life on DBOS, where its environment has been made."""

import asyncio
import json
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from bench.closed_loop import Lap
from bench.life import Failed
from bench.processes import cpu_seconds, used_between
from embedded.environment import bare_environment

ROOT: Final = Path(__file__).parent.parent
PYTHON: Final = ROOT / ".tools" / "peer" / "bin" / "python"
PROGRAM: Final = ROOT / "benchmarks" / "dbos_life.py"
ENDING_SECONDS: Final = 10.0
PATIENCE_SECONDS: Final = 120.0
LONGEST_LINE: Final = 16 * 1024 * 1024


class Peer:
    """A running peer, ready for laps."""

    def __init__(self, process: Process, version: str) -> None:
        self._process = process
        self.version = version

    async def lap(
        self, way: str, clients: int, ramp: float, seconds: float, *, pids: Mapping[str, int]
    ) -> Lap:
        """Let clients live in the peer's process; look at it and at these processes meanwhile. The
        `way` is how they learn of an effect: by `event` or by `future`.

        Raises:
            Failed: lives do not end.
            RuntimeError: the peer has ended.
        """
        try:
            async with asyncio.timeout(ramp + seconds + PATIENCE_SECONDS):
                return await self._lap(f"{way} {clients} {ramp} {seconds}", pids)
        except TimeoutError as error:
            raise Failed("the peer's lives do not come to their end") from error

    async def _lap(self, asked: str, pids: Mapping[str, int]) -> Lap:
        looked_at = {**pids, "peer": self._process.pid}
        if self._process.stdin is not None:
            self._process.stdin.write(f"{asked}\n".encode())
        await heard(self._process)  # that the window has opened
        before = cpu_seconds(looked_at)
        found = json.loads(await heard(self._process))
        used = used_between(before, cpu_seconds(looked_at))
        await heard(self._process)  # that all lives have come to their end
        return Lap(found["seconds"], found["steps"], found["acts"], used)


async def heard(process: Process) -> str:
    """Return the next line that a process says.

    Raises:
        RuntimeError: it ended instead.
    """
    line = await process.stdout.readline() if process.stdout else b""
    if not line:
        raise RuntimeError(f"the peer has ended with exit code {await process.wait()}")
    return line.decode()


def is_installed() -> bool:
    """Return whether the peer can be measured here: `make bench` brings it."""
    return PYTHON.exists() and PROGRAM.exists()


@asynccontextmanager
async def running_peer(database_url: str) -> AsyncIterator[Peer]:
    """Run the peer on an empty database for as long as the block lasts.

    Raises:
        RuntimeError: it does not start.
    """
    process = await asyncio.create_subprocess_exec(
        *(str(PYTHON), str(PROGRAM), database_url),
        env=bare_environment(),
        stdin=PIPE,
        stdout=PIPE,
        limit=LONGEST_LINE,
    )
    try:
        yield Peer(process, json.loads(await heard(process))["dbos"])
    finally:
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), ENDING_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
