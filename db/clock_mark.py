"""What makes a database one whose clock can be moved: a row that its owner writes while it is
empty. The application's own role cannot."""

import asyncpg

from db.pool import Connection


class AnotherClock(Exception):
    """The database was begun with the other kind of clock."""


async def begin_test_clock(database_url: str) -> None:
    """Give an empty database a clock that can be moved; one that has it keeps it as it is.

    Raises:
        AnotherClock: there are orders in it that go by the machine's clock.
    """
    connection = await asyncpg.connect(database_url, timeout=10)
    try:
        await connection.execute(
            "INSERT INTO test_clock (only_one) SELECT true"
            " WHERE NOT EXISTS (SELECT FROM orders) ON CONFLICT DO NOTHING"
        )
        if not await _is_there(connection):
            raise AnotherClock
    finally:
        await connection.close()


async def demand_the_machines_clock(database_url: str) -> None:
    """Demand a database in which it is as late as it is.

    Raises:
        AnotherClock: it has a clock that can be moved.
    """
    connection = await asyncpg.connect(database_url, timeout=10)
    try:
        if await _is_there(connection):
            raise AnotherClock
    finally:
        await connection.close()


async def _is_there(connection: Connection) -> bool:
    found: bool = await connection.fetchval("SELECT EXISTS (SELECT FROM test_clock)")
    return found
