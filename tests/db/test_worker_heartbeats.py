"""Which workers live, by the database's clock."""

from datetime import timedelta

import pytest

from db import worker_heartbeats
from db.pool import Pool, connection
from db.worker_heartbeats import FRESH, KEPT
from tests.db.market import Owner


@pytest.fixture(autouse=True)
async def two_workers(pool: Pool) -> None:
    """Two workers that have just said that they live."""
    for worker in ("one", "other"):
        await beat(pool, worker)


async def beat(pool: Pool, worker: str) -> None:
    async with connection(pool) as acquired:
        await worker_heartbeats.beat(acquired, worker)


async def alive(pool: Pool) -> set[str]:
    async with connection(pool) as acquired:
        return set(await worker_heartbeats.lately_alive(acquired))


async def silent_for(owner: Owner, worker: str, silence: timedelta) -> None:
    await owner.execute(
        "UPDATE worker_heartbeats SET beat_at = beat_at - $2::interval WHERE worker = $1",
        worker,
        silence,
    )


async def test_who_has_just_said_so_lives(pool: Pool) -> None:
    assert await alive(pool) == {"one", "other"}


async def test_who_is_silent_for_too_long_does_not(pool: Pool, owner: Owner) -> None:
    await silent_for(owner, "one", FRESH)
    assert await alive(pool) == {"other"}


async def test_who_speaks_again_lives_again(pool: Pool, owner: Owner) -> None:
    await silent_for(owner, "one", FRESH)
    await beat(pool, "one")
    assert await alive(pool) == {"one", "other"}


async def test_who_takes_leave_is_forgotten(pool: Pool) -> None:
    async with connection(pool) as acquired:
        await worker_heartbeats.leave(acquired, "one")
    assert await alive(pool) == {"other"}


async def test_who_has_long_been_silent_is_forgotten_by_the_next(pool: Pool, owner: Owner) -> None:
    await silent_for(owner, "one", KEPT)
    await beat(pool, "other")
    assert await owner.fetchval("SELECT array_agg(worker) FROM worker_heartbeats") == ["other"]


async def test_a_worker_that_comes_back_after_long_does_not_forget_itself(
    pool: Pool, owner: Owner
) -> None:
    await silent_for(owner, "one", KEPT)
    await beat(pool, "one")
    assert await alive(pool) == {"one", "other"}
