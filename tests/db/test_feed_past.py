"""What is older than the feed comes into it by and by, in order of time, before anything new; and
what is in it comes through a copy of the database."""

import asyncio
import itertools
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from db import feed, migrate, place_functions
from db.feed import STEP, FeedEntry, Subject
from db.pool import Pool, create_pool
from domain.order import Order
from domain.vocabulary import Action, State
from embedded.postgres import Postgres
from embedded.postgres_files import executable
from tests.conftest import copy_of_template
from tests.db.crowd import until_waited_for
from tests.db.feeding import Reader, accept, cancelled, everything, written
from tests.db.market import Market, Owner, act_of, seller_of
from tests.db.test_feed import in_order_of_journals

OF_THE_FEED = (
    *("append_to_feed", "feed_dispute", "feed_step", "feed_transfer", "gather_past"),
    "number_feed",
)
FEEDING = ("0028", "0069")
"""The migrations that bring it, and put something into it."""
MORE_THAN_A_PIECE = 205

_numbers = itertools.count()

Migrated = Callable[[], Awaitable[None]]


@pytest.fixture
async def database_url(postgres: Postgres, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A database of the release before the feed."""
    name = f"before_the_feed_{next(_numbers)}"
    await postgres.ensure_database(name)
    migrations = copied(migrate.MIGRATIONS, tmp_path / "migrations")
    for file in migrations.glob("*.sql"):
        if file.name.startswith(FEEDING):
            file.unlink()
    functions = copied(place_functions.FUNCTIONS, tmp_path / "functions")
    for function in OF_THE_FEED:
        (functions / f"{function}.sql").unlink()
    with monkeypatch.context() as before:
        before.setattr(migrate, "MIGRATIONS", migrations)
        before.setattr(place_functions, "FUNCTIONS", functions)
        await migrate.migrate(postgres.database_url(name))
    return postgres.database_url(name)


def copied(directory: Path, to: Path) -> Path:
    """A copy of a directory."""
    shutil.copytree(directory, to)
    return to


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    """Connections as the product makes them."""
    pool = await create_pool(database_url, 5)
    yield pool
    await pool.close()


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[Owner]:
    """A superuser's connection."""
    connection: Owner = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def in_order_of_time(owner: Owner) -> list[Subject]:
    """What the journals and the books have, the oldest first."""
    rows = await owner.fetch(
        "SELECT * FROM (SELECT at, 'step' AS source, order_id, seq::bigint AS ref FROM events"
        " WHERE accepted UNION ALL SELECT created_at, 'transfer', $1, id FROM ledger.tx"
        " WHERE order_id IS NULL) found ORDER BY at, order_id, ref",
        feed.OF_NO_ORDER,
    )
    return [Subject(row["source"], row["order_id"], row["ref"]) for row in rows]


def subjects(read: list[FeedEntry]) -> list[Subject]:
    return [entry.subject for entry in read]


async def test_the_past_comes_first_in_order_of_time_and_piece_by_piece(
    market: Market, pool: Pool, owner: Owner, database_url: str
) -> None:
    orders = [await market.order(State.PENDING) for _ in range(MORE_THAN_A_PIECE)]
    for order in orders[::40]:
        await market.record(act_of(order, Action.ACCEPT, seller_of(order)))
    past = await in_order_of_time(owner)
    await migrate.migrate(database_url)
    reader, pieces, new = Reader(pool), 0, []
    while await owner.fetchval("SELECT EXISTS (SELECT FROM unnumbered WHERE source = 'past')"):
        # Written between two pieces: perhaps to an order that comes with the next.
        order = orders[pieces + 1]
        await market.record(act_of(order, Action.ACCEPT, seller_of(order)))
        new.append(Subject(STEP, UUID(order.id), 2))
        assert await reader.go_on()
        assert reader.read == []
        pieces += 1
    assert pieces == 4  # orders, orders, postings, the end
    read = await reader.to_the_end()
    late = [one for one in subjects(read) if one not in new]
    assert late == past
    assert set(subjects(read)) == await written(owner)
    assert [entry.number for entry in read] == list(range(1, len(read) + 1))
    assert in_order_of_journals(read)
    assert read == await everything(pool)
    assert await owner.fetchval("SELECT count(*) FROM unnumbered") == 0


async def test_a_clock_that_was_set_back_turns_no_order_round(
    market: Market, pool: Pool, owner: Owner, database_url: str
) -> None:
    for _ in range(3):
        await cancelled(market)
    await owner.execute(
        "ALTER TABLE events DISABLE TRIGGER append_only;"
        " UPDATE events SET at = at - interval '1 day' WHERE seq = 2;"
        " ALTER TABLE events ENABLE ALWAYS TRIGGER append_only"
    )
    await migrate.migrate(database_url)
    read = await everything(pool)
    assert set(subjects(read)) == await written(owner)
    assert in_order_of_journals(read)


async def test_a_step_that_is_under_way_while_the_feed_comes_is_not_lost(
    market: Market, pool: Pool, owner: Owner, database_url: str
) -> None:
    order: Order = await market.order(State.PENDING)
    async with pool.acquire() as writing:
        transaction = writing.transaction()
        await transaction.start()
        await accept(writing, order)
        migrating = asyncio.create_task(migrate.migrate(database_url))
        await until_waited_for(writing, owner)
        await transaction.commit()
    await migrating
    assert set(subjects(await everything(pool))) == await written(owner)


async def test_a_new_database_has_no_past(postgres: Postgres) -> None:
    connection = await asyncpg.connect(await copy_of_template(postgres))
    assert await connection.fetchval("SELECT count(*) FROM unnumbered") == 0
    await connection.close()


async def test_a_restored_database_goes_on_where_the_copy_was_made(
    market: Market, pool: Pool, owner: Owner, database_url: str, postgres: Postgres
) -> None:
    await migrate.migrate(database_url)
    await cancelled(market)
    read = await everything(pool)
    waiting = await cancelled(market)
    name = f"restored_{next(_numbers)}"
    await postgres.ensure_database(name)
    dumped = await run(executable("pg_dump"), database_url)
    await run(
        executable("psql"), "-q", "-v", "ON_ERROR_STOP=1", postgres.database_url(name), of=dumped
    )
    restored = await create_pool(postgres.database_url(name), 2)
    try:
        again = await everything(restored)
    finally:
        await restored.close()
    assert again[: len(read)] == read
    assert [entry.number for entry in again] == list(range(1, len(again) + 1))
    assert again[-1].subject == Subject(STEP, UUID(waiting.id), 2)
    assert set(subjects(again)) == await written(owner)


async def run(*command: object, of: bytes = b"") -> bytes:
    """What a program says, of what it is given."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*map(str, command), stdin=pipe, stdout=pipe)
    said, _ = await process.communicate(of)
    assert process.returncode == 0
    return said
