"""Keeps a stack's children alive, group after group, and stops them in the reverse order."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from embedded.child import Child, last_words
from embedded.data_directory import DataDirectory
from embedded.errors import ChildFailed
from embedded.supervised_process import Keeper

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
        self._groups: list[list[Keeper]] = []

    @property
    def pids(self) -> dict[str, int]:
        """The process ids of the children that live at this moment."""
        return {keeper.child.name: keeper.pid for keeper in self._keepers() if keeper.pid}

    async def start(self, *children: Child) -> None:
        """Starts children side by side and returns when all are ready.

        Raises:
            ChildFailed: one dies again and again, or is not ready in time.
        """
        group = [Keeper(child, self._directory, self._say) for child in children]
        self._groups.append(group)
        for keeper in group:
            keeper.start()
        waits = [asyncio.create_task(self._ready(keeper)) for keeper in group]
        try:
            await asyncio.gather(*waits)
        finally:
            for wait in waits:
                wait.cancel()

    async def stop(self) -> None:
        """Stops all children, the last group first. Cancelled, it kills them."""
        try:
            for group in reversed(self._groups):
                await asyncio.gather(*(keeper.stop() for keeper in group))
        except asyncio.CancelledError:
            for keeper in self._keepers():
                keeper.kill()
            await asyncio.gather(*(keeper.stop() for keeper in self._keepers()))
            raise

    async def wait(self) -> None:
        """Waits for ever: until cancelled.

        Raises:
            StackError: a child cannot be kept alive.
        """
        tasks = [keeper.task for keeper in self._keepers() if keeper.task]
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()

    def _keepers(self) -> Iterator[Keeper]:
        return (keeper for group in self._groups for keeper in group)

    async def _ready(self, keeper: Keeper) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                while not (keeper.pid and await keeper.child.ready()):
                    self._check(keeper)
                    await asyncio.sleep(POLL)
        except TimeoutError as error:
            raise self._failure(keeper, f"was not ready within {PATIENCE:g} seconds") from error

    def _check(self, keeper: Keeper) -> None:
        if keeper.task and keeper.task.done():
            keeper.task.result()
        if keeper.deaths >= DEATHS:
            raise self._failure(keeper, f"ended {keeper.deaths} times before it was ready")

    def _failure(self, keeper: Keeper, what: str) -> ChildFailed:
        log = self._directory.log_file(keeper.child.name)
        return ChildFailed(f"{keeper.child.name} {what}. The end of {log}:\n{last_words(log)}")


@contextmanager
def cancelled_by_signals() -> Iterator[None]:
    """SIGINT and SIGTERM cancel the task in this block; each further one cancels it again."""
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
