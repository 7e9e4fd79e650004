"""Keeps one child alive: starts it, starts it again when it dies, ends it when asked."""

import asyncio
import signal
import time
from asyncio.subprocess import Process
from collections.abc import Callable

from embedded.child import Child, spawn
from embedded.data_directory import DataDirectory, write_whole

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0
STEADY_AFTER = 10.0
"""Seconds that a child must have lived for its next death to count as the first."""


class SupervisedProcess:
    """A child that is kept alive from `start` to `stop`, its process id in the data directory."""

    def __init__(self, child: Child, directory: DataDirectory, say: Callable[[str], None]) -> None:
        self.child = child
        self.deaths = 0
        self._directory = directory
        self._say = say
        self._pause = 0.0
        self._process: Process | None = None
        self._stopping = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """Return the process id, or None while there is no process."""
        process = self._process
        return process.pid if process and process.returncode is None else None

    def start(self) -> None:
        self.task = asyncio.create_task(self._keep(), name=f"keep {self.child.name}")

    async def stop(self) -> None:
        """End the child: by its stop signal, then by SIGKILL when its grace is over."""
        self._stopping.set()
        if self.task:
            # `wait` does not raise what the task ended with: the others have to be stopped as well.
            await asyncio.wait({self.task})

    def kill(self) -> None:
        """End the child at once; to be followed by `stop`."""
        self._stopping.set()
        if self._process and self._process.returncode is None:
            self._process.kill()

    async def _keep(self) -> None:
        pid_file = self._directory.pid_file(self.child.name)
        try:
            while not self._stopping.is_set():
                born = time.monotonic()
                end = await self._live()
                if not self._stopping.is_set():
                    await self._after(end, time.monotonic() - born)
        finally:
            pid_file.unlink(missing_ok=True)

    async def _live(self) -> str:
        try:
            await self.child.prepare()
            self._process = await spawn(self.child, self._directory)
        except OSError as error:
            return f"could not be started ({error})"
        try:
            write_whole(self._directory.pid_file(self.child.name), f"{self._process.pid}\n")
            return _how_it_ended(await self._end_of(self._process))
        finally:
            if self._process.returncode is None:
                self._process.kill()
                await self._process.wait()

    async def _end_of(self, process: Process) -> int:
        gone = asyncio.ensure_future(process.wait())
        asked = asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait({gone, asked}, return_when=asyncio.FIRST_COMPLETED)
        if not gone.done():
            process.send_signal(self.child.stop_signal)
            await asyncio.wait({gone}, timeout=self.child.grace)
        if not gone.done():
            process.kill()
        asked.cancel()
        return await gone

    async def _after(self, end: str, lived: float) -> None:
        self.deaths += 1
        self._pause = next_pause(self._pause, lived)
        self._say(f"{self.child.name} {end}; starting it again.")
        stopped = asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait({stopped}, timeout=self._pause)
        stopped.cancel()


def next_pause(pause: float, lived: float) -> float:
    """Return the seconds to wait before the next start, after a life of `lived` seconds."""
    if lived >= STEADY_AFTER or not pause:
        return FIRST_PAUSE
    return min(2 * pause, LONGEST_PAUSE)


def _how_it_ended(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"stopped with exit code {code}"
