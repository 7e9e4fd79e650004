"""A market in a database of the test's own, and one sample that is tampered with and put back."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from db.pool import APP_ROLE, Pool, create_pool, speak_json
from embedded.postgres import Postgres
from tests.conftest import copy_of_template
from tests.db.constraint_violations import Drops, droppable
from tests.db.crowd import all_open
from tests.db.disputed import Payments
from tests.db.market import Market, Owner
from tests.db.sample import Sample, fill
from tests.db.watch import Watch


@pytest.fixture(scope="session")
async def market_url(postgres: Postgres) -> str:
    """The database that the tests take turns in."""
    return await copy_of_template(postgres)


@pytest.fixture(scope="session")
async def market_owner(market_url: str) -> AsyncIterator[Owner]:
    """A superuser's connection to it, with JSON as JSON."""
    connection = await asyncpg.connect(market_url)
    await speak_json(connection)
    yield connection
    await connection.close()


@pytest.fixture
async def database_url(market_url: str, market_owner: Owner) -> str:
    """A database without a row: emptied for each test, which is faster than a new one."""
    await empty(market_owner)
    return market_url


async def empty(connection: Owner) -> None:
    """Takes every row out of every table of the product's."""
    tables = await connection.fetchval(
        "SELECT string_agg(oid::regclass::text, ', ') FROM pg_class WHERE relkind = 'r'"
        " AND relnamespace IN ('public'::regnamespace, 'ledger'::regnamespace)"
        " AND relname NOT LIKE 'schema\\_%'"
    )
    guards = await connection.fetch(
        "SELECT tgrelid::regclass::text, tgname FROM pg_trigger"
        " WHERE NOT tgisinternal AND tgtype & 32 <> 0"  # those on TRUNCATE
    )
    await connection.execute(  # whatever a failed test left open
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND state LIKE 'idle in transaction%'"
    )
    disabled = [f"ALTER TABLE {table} DISABLE TRIGGER {name}" for table, name in guards]
    enabled = [f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}" for table, name in guards]
    truncated = [f"TRUNCATE {tables} RESTART IDENTITY"]
    async with connection.transaction():
        await connection.execute("SET LOCAL lock_timeout = '10s'")
        await connection.execute("; ".join([*disabled, *truncated, *enabled]))


@pytest.fixture(scope="session")
async def market_pool(market_url: str) -> AsyncIterator[Pool]:
    """Twenty connections as the product makes them, open already: nobody comes late."""
    pool = await create_pool(market_url, 20)
    yield await all_open(pool)
    await pool.close()


@pytest.fixture(scope="session")
async def superusers(market_url: str) -> AsyncIterator[Pool]:
    """Sixteen connections of a superuser, who may post what they like."""
    async with asyncpg.create_pool(
        market_url, min_size=16, max_size=16, init=speak_json
    ) as superusers:
        yield superusers


@pytest.fixture
def pool(market_pool: Pool, database_url: str) -> Pool:
    """The application's connections to the test's database."""
    return market_pool


@pytest.fixture
def bank(superusers: Pool, database_url: str) -> Pool:
    """A superuser's connections to the test's database."""
    return superusers


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[Owner]:
    """A superuser's connection to the test's database, with JSON as JSON: for tampering."""
    connection = await asyncpg.connect(database_url)
    await speak_json(connection)
    yield connection
    await connection.close()


@pytest.fixture
def market(pool: Pool) -> Market:
    """A market in the test's database."""
    return Market(pool)


@pytest.fixture
def payments(market: Market) -> Payments:
    """Payments of its buyer that are paid, and what their bank says of them."""
    return Payments(market)


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


@pytest.fixture(scope="session")
async def drops(sample_owner: Owner) -> Drops:
    """How each constraint, unique index and trigger of the schema is dropped."""
    return await droppable(sample_owner)


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
