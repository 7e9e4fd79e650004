"""A database that went back to what a backup had: it is noticed, and gives no number twice."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import pytest

from db import audit, feed, messages, orders, restorations, steps, wallets
from db.feed import STEP, Subject
from db.migrate import migrate
from db.pool import Pool, connection, create_pool
from domain.ledger import PostingKind
from domain.order import Actor, Order
from domain.vocabulary import Action, Role, State
from embedded.postgres import Postgres
from embedded.postgres_files import executable
from tests.app_under_test import eventually
from tests.db.crowd import until_waited_for
from tests.db.feeding import everything
from tests.db.market import Market, Owner, act_of, seller_of
from tests.db.oracles import violations
from tests.db.test_feed_past import run

_numbers = itertools.count()


@asynccontextmanager
async def restored(database_url: str, postgres: Postgres) -> AsyncIterator[tuple[Pool, str]]:
    """A dump of the database in another one, and where that is."""
    name = f"gone_back_{next(_numbers)}"
    await postgres.ensure_database(name)
    dumped = await run(executable("pg_dump"), database_url)
    url = postgres.database_url(name)
    await run(executable("psql"), "-q", "-v", "ON_ERROR_STOP=1", url, of=dumped)
    pool = await create_pool(url, 5)
    try:
        yield pool, url
    finally:
        await pool.close()


async def step(pool: Pool, order: Order, action: Action) -> Order:
    """A step of the order's seller; gives the order after it."""
    recorded = await Market(pool).record(act_of(order, action, seller_of(order)))
    assert recorded.status == "recorded"
    return recorded.order


async def says(pool: Pool, order: Order) -> int:
    """The buyer says something; gives the number of it."""
    async with connection(pool) as acquired:
        author = Actor(id=order.buyer_id, role=Role.BUYER)
        written = await messages.write(acquired, order, author, "Hello", (), 0)
        assert not isinstance(written, messages.NotWritten)
        return written.number


async def pays_in(pool: Pool, key: str) -> int:
    """Money comes in; gives the number of its posting."""
    async with connection(pool) as acquired:
        made = await wallets.move(acquired, key, PostingKind.TOP_UP, "ana", 500, "EUR")
        found: int = await acquired.fetchval("SELECT tx_id FROM ledger.outside WHERE id = $1", made)
        return found


async def base_of(pool: Pool) -> int:
    """Beyond which number everything begins after the latest restoration."""
    async with connection(pool) as acquired:
        found: int = await acquired.fetchval("SELECT max(base) FROM restorations")
        return found


async def problems(pool: Pool) -> list[str]:
    """What the checks and the oracles find."""
    async with connection(pool) as acquired:
        found = await audit.findings(acquired)
        return [*map(str, found), *await violations(acquired)]


async def test_what_was_given_before_is_given_to_nothing_after(
    market: Market, pool: Pool, database_url: str, postgres: Postgres
) -> None:
    order = await market.order(State.PENDING)
    assert await says(pool, order) == 1
    async with restored(database_url, postgres) as (back, url):
        lost = await step(pool, order, Action.ACCEPT)
        assert await says(pool, lost) == 2
        number = await pays_in(pool, "top-up-lost")
        read = {entry.subject for entry in await everything(pool)}
        applied = await migrate(url)
        assert str(applied) == "noted that the database was restored, for time 1"
        again, base = await step(back, order, Action.ACCEPT), await base_of(back)
        assert (again.version, lost.version) == (base + 1, 2)
        assert await says(back, again) == base + 1
        assert await says(back, again) == base + 2
        assert await pays_in(back, "top-up-fresh") > number + base
        assert (await step(back, again, Action.DELIVER)).version == base + 2
        came_through = 3  # the money of the order's buyer, its placing, a message
        fresh = {entry.subject for entry in (await everything(back))[came_through:]}
        assert fresh & read == set()
        assert Subject(STEP, UUID(order.id), base + 1) in fresh
        assert await problems(back) == []


async def test_an_order_that_is_placed_afterwards_is_numbered_from_one(
    market: Market, database_url: str, postgres: Postgres
) -> None:
    await market.order(State.PENDING)
    async with restored(database_url, postgres) as (back, url):
        await migrate(url)
        order = await Market(back).order(State.PENDING)
        order = await step(back, order, Action.ACCEPT)
        assert order.version == 2
        assert await says(back, order) == 1
        assert await problems(back) == []


async def test_a_second_restoration_goes_on_further(
    market: Market, database_url: str, postgres: Postgres
) -> None:
    order = await market.order(State.PENDING)
    async with restored(database_url, postgres) as (back, url):
        await migrate(url)
        order = await step(back, order, Action.ACCEPT)
        async with restored(url, postgres) as (again, further):
            assert (await migrate(further)).restoration == 2
            further_on = await base_of(again)
            assert further_on > await base_of(back)
            assert (await step(again, order, Action.DELIVER)).version == further_on + 1
            assert await problems(again) == []


async def test_the_same_backup_restored_once_more_gives_other_numbers_again(
    market: Market, database_url: str, postgres: Postgres, owner: Owner
) -> None:
    order = await market.order(State.PENDING)
    versions = set()
    for _ in range(2):
        async with restored(database_url, postgres) as (back, url):
            assert (await migrate(url)).restoration == 1
            versions.add((await step(back, order, Action.ACCEPT)).version)
        noted = await owner.fetchval("SELECT clock_timestamp()")

        async def a_second_later(noted: object = noted) -> bool:
            query = "SELECT clock_timestamp() > $1::timestamptz + interval '1 second'"
            return bool(await owner.fetchval(query, noted))

        await eventually(a_second_later)
    assert len(versions) == 2


async def test_messages_are_read_and_counted_across_the_gap(
    market: Market, pool: Pool, database_url: str, postgres: Postgres
) -> None:
    order = await market.order(State.PENDING)
    for _ in range(3):
        await says(pool, order)
    async with restored(database_url, postgres) as (back, url):
        await migrate(url)
        newest = await says(back, order)
        assert newest == await base_of(back) + 1
        async with connection(back) as acquired:
            order_id, reader = UUID(order.id), order.seller_id
            for up_to, mark in (
                (2, (2, 2)),
                (500, (500, 1)),  # in the gap
                (newest, (newest, 0)),
            ):
                found = await messages.mark_read(acquired, order_id, reader, up_to)
                assert (found.up_to, found.unread) == mark
                row = await orders.get(acquired, order_id)
                assert row is not None
                assert row.read_mark(reader) == found
                assert row.read_mark("somebody-else").unread == 4
        assert await problems(back) == []


async def test_a_database_that_stays_where_it_is_went_nowhere_back(
    database_url: str, owner: Owner
) -> None:
    assert (await migrate(database_url)).restoration is None
    assert await restorations.note(owner, anyway=False) is None
    assert await restorations.latest(owner) is None


async def test_what_nobody_can_see_is_noted_when_it_is_said(
    market: Market, pool: Pool, database_url: str, owner: Owner
) -> None:
    order = await market.order(State.PENDING)
    assert (await migrate(database_url, restored=True)).restoration == 1
    found = await restorations.latest(owner)
    assert found is not None
    assert found.last == await feed.last(owner)
    assert (await step(pool, order, Action.ACCEPT)).version == found.base + 1


async def test_a_restore_that_was_not_noted_is_found(
    market: Market, database_url: str, postgres: Postgres
) -> None:
    async with restored(database_url, postgres) as (back, url):
        (found,) = await problems(back)
        assert "(unnoted-restoration)" in found
        await migrate(url)
        assert await problems(back) == []


async def test_a_step_that_is_under_way_is_numbered_before_it_or_after_it(
    market: Market, pool: Pool, owner: Owner, market_owner: Owner
) -> None:
    order = await market.order(State.PENDING)
    async with pool.acquire() as writing:
        async with writing.transaction():
            await steps.record(writing, act_of(order, Action.ACCEPT, seller_of(order)))
            noting = asyncio.create_task(restorations.note(owner, anyway=True))
            await until_waited_for(writing, market_owner)
        assert await noting == 1
    last = await restorations.latest(owner)
    assert last is not None
    assert last.last is not None
    assert last.last.subject == Subject(STEP, UUID(order.id), 2)


@pytest.mark.parametrize(
    "statement", ["UPDATE restorations SET at = now()", "TRUNCATE restorations"]
)
async def test_what_was_noted_stays(statement: str, owner: Owner) -> None:
    await restorations.note(owner, anyway=True)
    with pytest.raises(asyncpg.PostgresError, match="append-only"):
        await owner.execute(statement)
