"""The feed's order: all that commits stands in it once, and nothing ever before what was read."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest

from db import feed
from db.feed import STEP, FeedEntry, Subject
from db.pool import Pool, create_pool, speak_json
from domain.vocabulary import Action, State
from tests.db.crowd import all_open, until_waited_for
from tests.db.feeding import (
    Reader,
    accept,
    cancelled,
    everything,
    named,
    read_beside,
    written,
)
from tests.db.market import Market, Owner, act_of, buyer_of, seller_of

WRITERS = 50

DRAWN = """
    CREATE SEQUENCE drawn START 100000;
    CREATE OR REPLACE FUNCTION append_to_feed(
        p_source text, p_order uuid, p_ref bigint, p_type text
    ) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO feed (number, source, order_id, ref, type)
        VALUES (nextval('drawn'), p_source, p_order, p_ref, p_type);
    END $$;
    GRANT USAGE ON SEQUENCE drawn TO PUBLIC;
"""
"""A feed whose numbers are drawn when something is written: the fault that all this is against."""


@pytest.fixture
async def crowd(database_url: str) -> AsyncIterator[Pool]:
    """A connection for each writer, open already."""
    pool = await create_pool(database_url, WRITERS)
    yield await all_open(pool)
    await pool.close()


@pytest.fixture
async def drawn(owner: Owner) -> AsyncIterator[None]:
    """The database with the fault."""
    good = await owner.fetchval("SELECT pg_get_functiondef('append_to_feed'::regproc)")
    await owner.execute(DRAWN)
    yield
    await owner.execute(f"DROP SEQUENCE drawn; {good}")


async def test_who_reads_while_fifty_write_has_everything_in_the_order_for_ever(
    market: Market, crowd: Pool, pool: Pool, owner: Owner
) -> None:
    read, another = await read_beside(market, pool, crowd)
    assert read == another
    assert {entry.subject for entry in read} == await written(owner)
    assert [entry.number for entry in read] == list(range(1, len(read) + 1))
    assert read == await everything(pool)
    assert in_order_of_journals(read)


async def test_numbers_that_are_drawn_when_written_would_be_missed(
    drawn: None, market: Market, crowd: Pool, pool: Pool, owner: Owner
) -> None:
    read, _ = await read_beside(market, pool, crowd)
    assert {entry.subject for entry in read} < await written(owner)
    assert read != await everything(pool)


def in_order_of_journals(read: list[FeedEntry]) -> bool:
    """Whether the steps of each order come in the order in which they were taken."""
    steps: dict[UUID, list[int]] = defaultdict(list)
    for entry in read:
        if entry.subject.source == STEP:
            steps[entry.subject.order_id].append(entry.subject.ref)
    return all(numbers == sorted(numbers) for numbers in steps.values())


async def test_what_commits_late_comes_after_what_was_read(
    market: Market, pool: Pool, owner: Owner
) -> None:
    slow, quick = [await market.order(State.PENDING) for _ in range(2)]
    reader = Reader(pool)
    await reader.to_the_end()
    async with pool.acquire() as held, held.transaction():
        await accept(held, slow)
        await market.record(act_of(quick, Action.ACCEPT, seller_of(quick)))
        await reader.to_the_end()
        assert reader.read[-1].subject.order_id == UUID(quick.id)
    await reader.to_the_end()
    assert reader.read[-1].subject.order_id == UUID(slow.id)
    assert reader.read == await everything(pool)


async def test_what_is_undone_and_what_is_refused_leave_nothing(market: Market, pool: Pool) -> None:
    order = await market.order(State.PENDING)
    before = await everything(pool)
    await market.record(act_of(order, Action.DELIVER, buyer_of(order)))
    undone = await pool.acquire()
    transaction = undone.transaction()
    await transaction.start()
    await accept(undone, order)
    await transaction.rollback()
    await pool.release(undone)
    assert before == await everything(pool)
    await market.top_up("somebody")
    (entry,) = (await everything(pool))[len(before) :]
    assert (entry.number, entry.type) == (len(before) + 1, "transfer.top_up")


async def test_a_posting_under_a_key_that_was_used_is_told_once(market: Market, pool: Pool) -> None:
    for _ in range(2):
        await pool.execute("SELECT ledger.move('a-key-twice', 'top_up', 'ana', 'EUR', 500)")
    assert named(await everything(pool)) == ["transfer.top_up"]


async def test_who_numbers_and_dies_leaves_no_gap_and_repeats_nothing(
    market: Market, pool: Pool, owner: Owner, database_url: str
) -> None:
    await cancelled(market)
    dying = await asyncpg.connect(database_url)
    await dying.execute("BEGIN; SELECT number_feed(2)")
    reading = asyncio.create_task(everything(pool))
    await until_waited_for(dying, owner)
    await owner.execute("SELECT pg_terminate_backend($1)", dying.get_server_pid())
    read = await reading
    dying.terminate()
    assert [entry.number for entry in read] == [1, 2, 3]
    assert {entry.subject for entry in read} == await written(owner)


async def test_two_who_number_take_turns(
    market: Market, pool: Pool, owner: Owner, database_url: str
) -> None:
    await cancelled(market)
    slow = await asyncpg.connect(database_url)
    await slow.execute("BEGIN; SELECT number_feed(1)")
    reading = asyncio.create_task(everything(pool))
    await until_waited_for(slow, owner)
    await slow.execute("COMMIT")
    await slow.close()
    assert [entry.number for entry in await reading] == [1, 2, 3]


async def test_a_step_does_not_wait_for_who_numbers(market: Market, pool: Pool) -> None:
    order = await market.order(State.PENDING)
    async with pool.acquire() as numbering, numbering.transaction():
        await feed.give_numbers(numbering, 10)
        recorded = await market.record(act_of(order, Action.ACCEPT, seller_of(order)))
        assert recorded.status == "recorded"


async def test_types_are_read_each_for_itself_and_in_one_order(market: Market, pool: Pool) -> None:
    for _ in range(3):
        await cancelled(market)
    whole = await everything(pool)
    wanted = ("order.cancelled", "transfer.top_up")
    expected = [entry for entry in whole if entry.type in wanted]
    async with pool.acquire() as connection:
        assert expected == await feed.page(connection, 0, len(whole), wanted, 100)
        assert expected[2:4] == await feed.page(
            connection, expected[1].number, len(whole), wanted, 2
        )
        assert await feed.page(connection, 0, len(whole), ("order.placed",), 100) == [
            entry for entry in whole if entry.type == "order.placed"
        ]


async def test_an_entry_is_found_by_what_it_tells(market: Market, pool: Pool) -> None:
    order = await cancelled(market)
    subject = Subject(STEP, UUID(order.id), 2)
    async with pool.acquire() as connection:
        assert (await feed.entry(connection, subject), True) == (
            None,
            await feed.waits(connection, subject),
        )
        await feed.give_numbers(connection, 100)
        found = await feed.entry(connection, subject)
        assert found is not None
        assert found.type == "order.cancelled"
        assert not await feed.waits(connection, subject)


async def test_a_step_writes_one_row_more(market: Market, database_url: str) -> None:
    order = await market.order(State.PENDING)
    connection = await asyncpg.connect(database_url)
    await speak_json(connection)
    async with connection.transaction():
        await accept(connection, order)
        rows = await connection.fetch(
            "SELECT relname, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_xact_user_tables"
            " WHERE relname IN ('feed', 'unnumbered')"
        )
    await connection.close()
    counted = {row["relname"]: tuple(row)[1:] for row in rows}
    assert counted.get("feed", (0, 0, 0)) == (0, 0, 0)
    assert counted["unnumbered"] == (1, 0, 0)


async def test_what_is_appended_again_keeps_its_place(
    market: Market, pool: Pool, owner: Owner
) -> None:
    """As on a replica, to which entries come as such and by its own triggers."""
    await cancelled(market)
    before = await everything(pool)
    for _ in range(2):
        await owner.execute(
            "SELECT append_to_feed(source, order_id, ref, type) FROM feed ORDER BY ref DESC"
        )
    await cancelled(market)
    read = await everything(pool)
    assert read[: len(before)] == before
    assert [entry.number for entry in read] == list(range(1, 2 * len(before) + 1))
    assert {entry.subject for entry in read} == await written(owner)
    assert await owner.fetchval("SELECT count(*) FROM unnumbered") == 0


async def test_a_rare_type_is_found_without_reading_what_lies_between(
    market: Market, pool: Pool, owner: Owner
) -> None:
    await owner.execute(
        "INSERT INTO feed (number, source, order_id, ref, type) SELECT n, 'step',"
        " gen_random_uuid(), 1, 'order.placed' FROM generate_series(1, 3000) AS n"
    )
    await owner.execute("ANALYZE feed")
    async with pool.acquire() as connection, connection.transaction():
        found = await feed.page(connection, 0, 3_000, ("order.late", "transfer.payout"), 100)
        fetched = await connection.fetchval(
            "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables"
            " WHERE relname = 'feed'"
        )
    assert found == []
    assert fetched < 1_000  # of before among them, which the server has not counted yet
