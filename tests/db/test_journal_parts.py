"""A journal is read in parts that end where their words weigh too much, and no more is read than
given."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import pytest

from db import events
from db.events import NEWEST, JournalPart
from db.pool import Connection
from domain.actions import Deliver, PositiveMoney, ProposeSettlement
from domain.order import Order
from domain.vocabulary import Action, State
from tests.db.market import Market, act_of, buyer_of, seller_of

PROPOSALS = 30
REFUSED = 60
HEAVY = "é" * 10_000
MOST = 100
BYTES = 100_000
"""Five proposals of 20 kB less a little."""

Ask = Callable[[Connection, UUID, int], Awaitable[JournalPart]]


async def everything(market: Market) -> Order:
    """An order on which the buyer proposed heavily again and again, and after each proposal the
    seller was refused two deliveries."""
    order = await market.order(State.REVISION_REFUSED)
    wish = ProposeSettlement(refund=PositiveMoney(amount=100, currency="EUR"), reason=HEAVY)
    for _ in range(PROPOSALS):
        proposed = act_of(order, Action.PROPOSE_SETTLEMENT, buyer_of(order), wish)
        order = (await market.record(proposed)).order
        for _ in range(REFUSED // PROPOSALS):
            vain = Deliver(message=HEAVY)
            await market.record(act_of(order, Action.DELIVER, seller_of(order), vain))
    return order


async def _oldest_first(connection: Connection, order: UUID, after: int) -> JournalPart:
    return await events.page(connection, order, after, MOST)


async def _steps(connection: Connection, order: UUID, before: int) -> JournalPart:
    return await events.steps_before(connection, order, before or NEWEST, MOST, BYTES)


async def _refused(connection: Connection, order: UUID, before: int) -> JournalPart:
    return await events.refused_before(connection, order, before or NEWEST, MOST, BYTES)


STEPS = [1, *range(2, 3 * PROPOSALS + 2, 3)]
VAIN = [seq for seq in range(1, 3 * PROPOSALS + 2) if seq not in STEPS]
WAYS: dict[str, tuple[Ask, str, int, list[int]]] = {
    "oldest first": (_oldest_first, "seq", events.PART_BYTES, sorted([*STEPS, *VAIN])),
    "steps, newest first": (_steps, "version", BYTES, STEPS[::-1]),
    "refused attempts, newest first": (_refused, "seq", BYTES, VAIN[::-1]),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_parts_are_light_and_together_they_are_all_there_is(
    way: tuple[Ask, str, int, list[int]], market: Market
) -> None:
    ask, key, most, expected = way
    order = UUID((await everything(market)).id)
    found, place, more, parts = [], 0, True, 0
    async with market.pool.acquire() as connection:
        while more:
            part = await ask(connection, order, place)
            texts = [str(entry.fields) for entry in part.entries]
            assert 0 < sum(len(text.encode()) for text in texts) <= most
            found += [entry.seq for entry in part.entries]
            place, more, parts = getattr(part.entries[-1], key), part.more, parts + 1
    assert found == expected
    assert parts > 1


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_no_more_is_read_than_given(
    way: tuple[Ask, str, int, list[int]], market: Market, database_url: str
) -> None:
    ask, *_ = way
    order = UUID((await everything(market)).id)
    async with reading(database_url) as connection:
        part = await ask(connection, order, 0)
        assert part.more
        assert await rows_read(connection, "requests") <= len(part.entries) + 1


async def test_steps_are_found_without_those_who_were_refused_among_them(
    market: Market, database_url: str
) -> None:
    order = UUID((await everything(market)).id)
    async with reading(database_url) as connection:
        part = await events.steps_before(connection, order, NEWEST, MOST, BYTES)
        assert await rows_read(connection, "events") <= len(part.entries) + 2


@asynccontextmanager
async def reading(database_url: str) -> AsyncIterator[Connection]:
    """A connection of which nothing was asked before, whose planner reads small tables by index as
    it would large ones."""
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL enable_seqscan = off")
            yield connection
    finally:
        await connection.close()


async def rows_read(connection: Connection, table: str) -> int:
    """How many rows of a table the transaction has read."""
    read: int = await connection.fetchval(
        "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = $1",
        table,
    )
    return read


async def test_an_entry_that_is_too_heavy_is_given_alone(market: Market) -> None:
    order = UUID((await everything(market)).id)
    async with market.pool.acquire() as connection:
        part = await events.steps_before(connection, order, NEWEST, MOST, 1)
    assert [entry.seq for entry in part.entries] == [STEPS[-1]]
    assert part.more


async def test_a_part_has_no_more_entries_than_were_asked_for(market: Market) -> None:
    order = UUID((await everything(market)).id)
    async with market.pool.acquire() as connection:
        part = await events.page(connection, order, 0, 3)
        last = await events.page(connection, order, 3 * PROPOSALS - 1, 2)
    assert ([entry.seq for entry in part.entries], part.more) == ([1, 2, 3], True)
    assert ([entry.seq for entry in last.entries], last.more) == (
        [3 * PROPOSALS, 3 * PROPOSALS + 1],
        False,
    )
