"""A database with 100,000 whole orders that have ended and 10,000 that run."""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from bench.growth.load import load
from db.migrate import migrate
from db.odd_values import speak_instants
from db.pool import speak_json
from embedded.stack import running_postgres
from tests.db.market import Owner
from tests.growth.asked import World, look_around

ENDED, RUNNING = 100_000, 10_000


@pytest.fixture(scope="session")
async def grown() -> AsyncIterator[Owner]:
    """A superuser's connection to it."""
    with tempfile.TemporaryDirectory(prefix="sequestre-grown-", ignore_cleanup_errors=True) as made:
        async with running_postgres(Path(made) / "postgres", fast=True) as server:
            await migrate(server.database_url())
            await load(server.database_url(), ENDED, RUNNING)
            connection = await asyncpg.connect(server.database_url())
            await speak_json(connection)
            await speak_instants(connection)
            yield connection
            await connection.close()


@pytest.fixture(scope="session")
async def world(grown: Owner) -> World:
    """What there is to ask for."""
    return await look_around(grown)
