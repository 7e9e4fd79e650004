"""Many at once."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Iterable
from typing import Any, TypeVar

from db.pool import Connection, Pool
from tests.app_under_test import PATIENCE_SECONDS
from tests.db.market import Json, Owner, post

T = TypeVar("T")


async def all_open(pool: Pool) -> Pool:
    """The pool with all its connections open."""
    crowd = await asyncio.gather(*(pool.acquire() for _ in range(pool.get_max_size())))
    await asyncio.gather(*(pool.release(one) for one in crowd))
    return pool


async def at_once(calls: Iterable[Awaitable[T]]) -> list[T | BaseException]:
    """What each gave or raised."""
    return await asyncio.gather(*calls, return_exceptions=True)


async def statuses(calls: Iterable[Awaitable[Any]]) -> Counter[str]:
    """How often each status came back."""
    return Counter([answer.status for answer in await asyncio.gather(*calls)])


async def posted(pool: Pool, key: str, legs: list[Json]) -> bool:
    """Posts on a connection of its own; False for a replay."""
    async with pool.acquire() as connection:
        return await post(connection, key, legs)


async def until_waited_for(session: Connection, observer: Owner) -> None:
    """Returns once somebody waits for a lock that the session holds."""
    query = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid)))"
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await observer.fetchval(query, session.get_server_pid()):
            await asyncio.sleep(0.001)
