"""A worker's heartbeat where the database is not there yet, or not ready."""

from collections.abc import AsyncIterator
from contextlib import suppress

import asyncpg
import pytest

from db import worker_heartbeats
from db.errors import Unavailable
from db.migrate import migrate
from db.pool import Pool, connection, create_pool
from embedded.postgres import Postgres
from infra import worker_heartbeat
from infra.worker_heartbeat import Heartbeat, own_identity, writes_heartbeats
from tests.app_under_test import eventually

DATABASE = "of_heartbeats"


@pytest.fixture
async def nowhere(postgres: Postgres) -> AsyncIterator[Pool]:
    """Connections to a database that is not there yet."""
    pool = await create_pool(postgres.database_url(DATABASE), 2)
    yield pool
    await pool.close()


async def test_a_worker_goes_on_while_its_heartbeat_cannot_be_written(
    nowhere: Pool, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_heartbeat, "EVERY_SECONDS", 0.05)
    tried: list[str] = []
    monkeypatch.setattr(
        worker_heartbeat.log, "warning", lambda *_, error: tried.append(error), raising=False
    )

    async def alive() -> frozenset[str]:
        with suppress(Unavailable, asyncpg.PostgresError):
            async with connection(nowhere) as acquired:
                return await worker_heartbeats.lately_alive(acquired)
        return frozenset()

    async def was_tried() -> bool:
        return bool(tried)

    heartbeat = Heartbeat(nowhere, "a-worker")
    heartbeat.start()
    await eventually(was_tried)
    await postgres.ensure_database(DATABASE)
    await migrate(postgres.database_url(DATABASE))
    assert await eventually(alive) == {"a-worker"}
    await heartbeat.stop()
    assert await alive() == set()
    assert tried == ["Unavailable"]


def test_each_worker_has_a_name_of_its_own_that_says_that_it_beats() -> None:
    assert own_identity() != own_identity()
    assert writes_heartbeats(own_identity())
    assert not writes_heartbeats("1@worker-0")
