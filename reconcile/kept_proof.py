"""A proof that is kept for those who come to see it later."""

from collections.abc import Awaitable

import asyncpg
import structlog

from db import last_checks
from db.audit import Proof
from db.errors import Unavailable
from db.last_checks import Kind
from db.pool import Pool, connection

log = structlog.get_logger()


async def noted(pool: Pool, kind: Kind, proof: Awaitable[Proof]) -> Proof:
    """Return the proof, after it was kept. One that cannot be kept is a proof all the same: a
    database that may only be read, say."""
    found = await proof
    try:
        async with connection(pool) as acquired:
            await last_checks.note(acquired, kind, found)
    except (Unavailable, asyncpg.PostgresError) as error:
        log.warning("the check is not kept", kind=kind, because=type(error).__name__)
    return found
