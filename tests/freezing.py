"""A process that is stopped, and goes on later."""

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psutil

from tests.callers import eventually


async def freeze(pid: int) -> None:
    """Stops a process, and waits until it is: on a full machine the rest of its threads run on
    until the one that takes the signal has had a processor."""
    os.kill(pid, signal.SIGSTOP)

    async def status() -> str:
        return str(psutil.Process(pid).status())

    await eventually(status, lambda found: found == psutil.STATUS_STOPPED)


@asynccontextmanager
async def frozen(pid: int) -> AsyncIterator[None]:
    """A process that does nothing while the block lasts."""
    try:
        await freeze(pid)
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
