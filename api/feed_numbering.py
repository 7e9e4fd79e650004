"""Gives events their places in the feed while nobody reads it."""

import asyncio

import structlog

from db import feed
from db.errors import Unavailable
from db.pool import Pool, connection

AT_ONCE = 1_000
PAUSE_SECONDS, BETWEEN_SECONDS = 5.0, 0.1
"""How long to wait where nothing is left, and between two pieces: others have their turn."""

log = structlog.get_logger()


async def number_events(pool: Pool) -> None:
    """Number what is new, and what is older than the feed, until cancelled. Readers do so too: this
    keeps the queue short for them, and brings in the past."""
    while True:
        more = await _numbered(pool)
        await asyncio.sleep(BETWEEN_SECONDS if more else PAUSE_SECONDS)


async def _numbered(pool: Pool) -> bool:
    try:
        async with connection(pool) as acquired:
            return await feed.give_numbers(acquired, AT_ONCE)
    except Unavailable as error:
        log.info("the feed waits", because=str(error))
    except Exception:
        log.exception("the feed is not numbered")
    return False
