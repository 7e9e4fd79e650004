"""What a process looks at again and again beside its work, and what no failure may end."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger()

Look = Callable[[], Awaitable[None]]


async def again_and_again(look: Look, pause: Callable[[], float], failed: str) -> None:
    """Look, wait for so many seconds, and look again, until cancelled; whatever fails, as `tried`
    has it."""
    while True:
        await tried(look, failed)
        await asyncio.sleep(pause())


async def tried(look: Look, failed: str) -> None:
    """Look once; where that fails, log so in these words."""
    try:
        await look()
    except Exception as error:  # nobody waits for such a task: its end would go unseen
        log.info(failed, because=type(error).__name__)
