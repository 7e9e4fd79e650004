"""Said when a process starts: payments are under way at a provider that is not connected."""

import asyncio

import structlog

from db import unconnected_payments
from db.errors import Unavailable
from db.pool import Pool, connection

PAUSE_SECONDS = 5.0

log = structlog.get_logger()


async def tell_unconnected(pool: Pool, connected: str) -> None:
    """Log what is under way at other providers than the one that is `connected`, as soon as the
    database answers."""
    while True:
        try:
            async with connection(pool) as acquired:
                found = await unconnected_payments.at_others(acquired, connected)
        except Unavailable:
            await asyncio.sleep(PAUSE_SECONDS)
        else:
            for one in found:
                log.warning("payments stand still", connected=connected, **vars(one))
            return
