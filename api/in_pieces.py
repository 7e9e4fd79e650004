"""What is done beside all requests, piece by piece: readers find little of it left to do."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from db.errors import Unavailable
from db.pool import Connection, Pool, connection

PAUSE_SECONDS, BETWEEN_SECONDS = 5.0, 0.1
"""How long to wait where nothing is left, and between two pieces: others have their turn."""

Piece = Callable[[Connection, int], Awaitable[bool]]

log = structlog.get_logger()


async def in_pieces(pool: Pool, what: str, piece: Piece, at_once: int) -> None:
    """Do a piece of at most so much after the other, until cancelled; each says whether there is
    more. `what` names it in the log."""
    while True:
        more = await _done(pool, what, piece, at_once)
        await asyncio.sleep(BETWEEN_SECONDS if more else PAUSE_SECONDS)


async def _done(pool: Pool, what: str, piece: Piece, at_once: int) -> bool:
    try:
        async with connection(pool) as acquired:
            return await piece(acquired, at_once)
    except Unavailable as error:
        log.info("work beside waits", what=what, because=str(error))
    except Exception:
        log.exception("work beside failed", what=what)
    return False
