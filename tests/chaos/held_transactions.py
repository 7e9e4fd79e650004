"""Freezing a process while a transaction of its own is open, which holds what others need."""

import asyncio
from collections.abc import Callable

import asyncpg

TRIES = 200
APART = 0.03
"""Seconds between two looks, in which every process that is not frozen has gone on."""

OPEN = (
    "SELECT pid, xact_start FROM pg_stat_activity"
    " WHERE application_name = 'sequestre' AND state LIKE 'idle in transaction%'"
)
Session = tuple[int, object]


async def frozen_inside(
    database_url: str, stop: Callable[[], None], resume: Callable[[], None]
) -> bool:
    """Whether the process could be stopped inside a transaction; it is running again otherwise."""
    for _ in range(TRIES):
        stop()
        if await _held(database_url):
            return True
        resume()
        await asyncio.sleep(APART)
    return False


async def _held(database_url: str) -> bool:
    """Whether a transaction is open at both of two looks: then it is that of the stopped one."""
    before = await _open(database_url)
    if not before:
        return False
    await asyncio.sleep(APART)
    return bool(before & await _open(database_url))


async def _open(database_url: str) -> set[Session]:
    """The open transactions; none while the database itself is away."""
    try:
        connection = await asyncpg.connect(database_url, timeout=1)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return set()
    try:
        return {(row["pid"], row["xact_start"]) for row in await connection.fetch(OPEN)}
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return set()
    finally:
        connection.terminate()
