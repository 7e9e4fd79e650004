"""A market in a database of the test's own, and one sample that is tampered with and put back."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from db.pool import APP_ROLE, Pool, create_pool, speak_json
from infra.embedded.postgres import Postgres
from tests.conftest import copy_of_template
from tests.db.crowd import all_open
from tests.db.market import Market, Owner
from tests.db.sample import Sample, fill
from tests.db.watch import Watch


@pytest.fixture
async def crowd(database_url: str) -> AsyncIterator[Pool]:
    """Twenty connections that are open already: nobody comes late."""
    pool = await create_pool(database_url, 20)
    yield await all_open(pool)
    await pool.close()


@pytest.fixture
async def bank(database_url: str) -> AsyncIterator[Pool]:
    """Sixteen connections of a superuser, who may post what they like."""
    async with asyncpg.create_pool(
        database_url, min_size=16, max_size=16, init=speak_json
    ) as superusers:
        yield superusers


@pytest.fixture
def market(pool: Pool) -> Market:
    """A market in the test's own database."""
    return Market(pool)


@pytest.fixture
async def owner(owner: Owner) -> Owner:
    """The superuser's connection, with JSON as JSON."""
    await speak_json(owner)
    return owner


@pytest.fixture
def watch(owner: Owner) -> Watch:
    """A superuser's eyes."""
    return Watch(owner)


@pytest.fixture(scope="session")
async def sample_url(postgres: Postgres) -> str:
    """A database for tests that leave nothing behind."""
    return await copy_of_template(postgres)


@pytest.fixture(scope="session")
async def sample(sample_url: str) -> Sample:
    """What is in it: at least one row in every table."""
    pool = await create_pool(sample_url, 5)
    filled = await fill(Market(pool))
    await pool.close()
    return filled


@pytest.fixture(scope="session")
async def sample_owner(sample_url: str, sample: Sample) -> AsyncIterator[Owner]:
    """A superuser's connection to the sample."""
    connection = await asyncpg.connect(sample_url)
    await speak_json(connection)
    yield connection
    await connection.close()


@pytest.fixture
async def tampering(sample_owner: Owner) -> AsyncIterator[Owner]:
    """A superuser's transaction on the sample; it is rolled back."""
    transaction = sample_owner.transaction()
    await transaction.start()
    yield sample_owner
    await transaction.rollback()


@pytest.fixture
async def as_app(tampering: Owner) -> Owner:
    """The same transaction as the application's restricted role."""
    await tampering.execute(f"SET LOCAL ROLE {APP_ROLE}")
    return tampering
