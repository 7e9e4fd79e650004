"""Long activities tell Temporal that they live: should their worker die, another takes over."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from temporalio import activity

BEAT_SECONDS = 5.0
HEARTBEAT = timedelta(seconds=30)
"""After how long without a beat a worker is taken for dead."""


@asynccontextmanager
async def heartbeat_while() -> AsyncIterator[None]:
    """Beat while the block lasts, every `BEAT_SECONDS`."""

    async def beat() -> None:
        while True:
            activity.heartbeat()
            await asyncio.sleep(BEAT_SECONDS)

    beats = asyncio.create_task(beat())
    try:
        yield
    finally:
        beats.cancel()
        with suppress(asyncio.CancelledError):
            await beats
