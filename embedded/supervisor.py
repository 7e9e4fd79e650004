"""Keeps a stack's children alive, group after group, and stops them in the reverse order."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from embedded.child import Child, last_words
from embedded.data_directory import DataDirectory
from embedded.errors import ChildFailed
from embedded.supervised_process import SupervisedProcess

PATIENCE = 60.0
"""Seconds that a group may take to become ready."""
DEATHS = 6
"""Starts in vain after which a group is given up."""
POLL = 0.02


class Supervisor:
    """The children of one data directory. `say` gets a line for each one that dies."""

    def __init__(self, directory: DataDirectory, say: Callable[[str], None]) -> None:
        self._directory = directory
        self._say = say
        self._groups: list[list[SupervisedProcess]] = []

    @property
    def pids(self) -> dict[str, int]:
        """Return the process ids of the children that live at this moment."""
        return {process.child.name: process.pid for process in self._processes() if process.pid}

    async def start(self, *children: Child) -> None:
        """Start children side by side and return when all are ready.

        Raises:
            ChildFailed: one dies again and again, or is not ready in time.
        """
        group = [SupervisedProcess(child, self._directory, self._say) for child in children]
        self._groups.append(group)
        for process in group:
            process.start()
        waits = [asyncio.create_task(self._ready(process)) for process in group]
        try:
            await asyncio.gather(*waits)
        finally:
            # `gather` leaves the others running when one has failed.
            for wait in waits:
                wait.cancel()

    async def stop(self) -> None:
        """Stop all children, the last group first. Cancelled, kill them."""
        try:
            # The API and the worker end before the servers that they need.
            for group in reversed(self._groups):
                await asyncio.gather(*(process.stop() for process in group))
        except asyncio.CancelledError:
            for process in self._processes():
                process.kill()
            await asyncio.gather(*(process.stop() for process in self._processes()))
            raise

    async def wait(self) -> None:
        """Wait for ever: until cancelled.

        Raises:
            StackError: a child cannot be kept alive.
        """
        tasks = [process.task for process in self._processes() if process.task]
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()

    def _processes(self) -> Iterator[SupervisedProcess]:
        return (process for group in self._groups for process in group)

    async def _ready(self, process: SupervisedProcess) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                while not (process.pid and await process.child.ready()):
                    self._check(process)
                    await asyncio.sleep(POLL)
        except TimeoutError as error:
            raise self._failure(process, f"was not ready within {PATIENCE:g} seconds") from error

    def _check(self, process: SupervisedProcess) -> None:
        if process.task and process.task.done():
            process.task.result()
        if process.deaths >= DEATHS:
            raise self._failure(process, f"ended {process.deaths} times before it was ready")

    def _failure(self, process: SupervisedProcess, what: str) -> ChildFailed:
        log = self._directory.log_file(process.child.name)
        return ChildFailed(f"{process.child.name} {what}. The end of {log}:\n{last_words(log)}")


@contextmanager
def cancelled_by_signals() -> Iterator[None]:
    """Let SIGINT and SIGTERM cancel the task in this block; each further one cancels it again."""
    task = asyncio.current_task()
    assert task is not None  # noqa: S101  # nosec B101
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)
    for number in signals:
        loop.add_signal_handler(number, task.cancel)
    try:
        yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
