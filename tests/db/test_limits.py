"""What the server bounds on its own side of a connection, and how a caller is told."""

from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import asyncpg
import pytest

from db.errors import Unavailable
from db.pool import Connection, Pool, at_length, connection, create_pool, transaction
from tests.app_under_test import eventually
from tests.db.market import Owner

LIMITS = {
    "lock_timeout": "3500",
    "statement_timeout": "5000",
    "idle_in_transaction_session_timeout": "10000",
    # Of a connection over TCP; this one goes over a socket in the file system, and shows none.
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "4",
    "tcp_user_timeout": "30000",
}
A_LOCK = 4711


@pytest.fixture
async def pool(usual_patience: None, database_url: str) -> AsyncIterator[Pool]:
    """Connections bounded as those of the product."""
    pool = await create_pool(database_url, 20)
    yield pool
    await pool.close()


async def test_a_process_asks_for_its_limits_when_it_connects(pool: Pool) -> None:
    rows = await pool.fetch(
        "SELECT name, reset_val FROM pg_settings WHERE name = ANY ($1::text[])", list(LIMITS)
    )
    assert {row["name"]: row["reset_val"] for row in rows} == LIMITS


async def is_closed(session: Connection) -> bool:
    try:
        return session.is_closed()
    except asyncpg.InterfaceError:
        return True  # the pool has heard it first


async def waits(session: Connection) -> None:
    await session.execute("SET LOCAL lock_timeout = '10ms'")
    await session.execute("SELECT pg_advisory_xact_lock($1)", A_LOCK)


async def takes_long(session: Connection) -> None:
    await session.execute("SET LOCAL statement_timeout = '10ms'")
    await session.execute("SELECT pg_sleep(60)", timeout=60)


async def does_nothing(session: Connection) -> None:
    await session.execute("SET LOCAL idle_in_transaction_session_timeout = '10ms'")
    await eventually(lambda: is_closed(session))


async def does_nothing_and_goes_on(session: Connection) -> None:
    await does_nothing(session)
    await session.execute("SELECT 1")


@pytest.mark.parametrize("work", [waits, takes_long, does_nothing, does_nothing_and_goes_on])
async def test_whoever_comes_up_against_one_is_told_to_come_again(
    work: Callable[[Connection], Coroutine[Any, Any, None]], pool: Pool, owner: Owner
) -> None:
    async with owner.transaction():
        await owner.execute("SELECT pg_advisory_xact_lock($1)", A_LOCK)
        with pytest.raises(Unavailable):
            async with transaction(pool) as session:
                await work(session)
    async with connection(pool) as session:
        assert await session.fetchval("SELECT 1") == 1


async def test_a_proof_may_take_longer_and_others_after_it_may_not(pool: Pool) -> None:
    async with connection(pool) as session:
        async with at_length(session, 300):
            assert await session.fetchval("SHOW statement_timeout") == "5min"
        assert await session.fetchval("SHOW statement_timeout") == "5s"
