"""Reads that are made together find what each of them finds alone, at one instant."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from db.pool import Connection, Pool, connection, create_pool
from db.together import IN_ONE_TRIP, together

ODD = """
    SELECT 'infinity'::timestamptz AS at, '{"a": [1, null]}'::jsonb AS doc, gen_random_uuid() AS id
"""


class Counting:
    """A connection, and how often it was asked."""

    def __init__(self, acquired: Connection) -> None:
        self.acquired = acquired
        self.asked = 0

    async def fetch(self, *given: Any) -> Any:
        self.asked += 1
        return await self.acquired.fetch(*given)


@pytest.fixture
async def counting(database_url: str) -> AsyncIterator[Any]:
    pool: Pool = await create_pool(database_url, 1)
    async with connection(pool) as acquired:
        yield Counting(acquired)
    await pool.close()


async def numbers(on: Connection, first: int, last: int) -> list[int]:
    rows = await on.fetch(
        "SELECT n, $2 - n AS n_left FROM generate_series($1::int, $2::int) AS n ORDER BY n DESC",
        first,
        last,
    )
    return [row["n"] for row in rows]


async def one(on: Connection, value: str) -> str | None:
    found: str | None = await on.fetchval("SELECT $1::text AS n WHERE $1 <> ''", value)
    return found


async def odd(on: Connection) -> dict[str, Any]:
    return dict(await on.fetchrow(ODD) or {})


async def twice(on: Connection) -> tuple[str | None, str | None]:
    return await one(on, "first"), await one(on, "second")


async def test_lists_of_any_length_come_in_one_trip(counting: Any) -> None:
    found = await together(
        counting,
        numbers(IN_ONE_TRIP, 1, 3),
        numbers(IN_ONE_TRIP, 5, 4),
        one(IN_ONE_TRIP, "word"),
        one(IN_ONE_TRIP, ""),
        numbers(IN_ONE_TRIP, 7, 11),
    )
    assert found == ([3, 2, 1], [], "word", None, [11, 10, 9, 8, 7])
    assert counting.asked == 1


async def test_nothing_is_found_where_nothing_is(counting: Any) -> None:
    assert await together(counting, numbers(IN_ONE_TRIP, 2, 1), one(IN_ONE_TRIP, "")) == ([], None)


async def test_what_is_odd_is_read_as_it_is_alone(counting: Any) -> None:
    alone = await odd(counting.acquired)
    beside, _ = await together(counting, odd(IN_ONE_TRIP), one(IN_ONE_TRIP, "word"))
    assert isinstance(beside.pop("id"), UUID)
    assert beside == {"at": alone["at"], "doc": {"a": [1, None]}}


async def test_what_a_read_asks_next_goes_with_what_others_do(counting: Any) -> None:
    found = await together(
        counting, twice(IN_ONE_TRIP), numbers(IN_ONE_TRIP, 1, 1), twice(IN_ONE_TRIP)
    )
    both = ("first", "second")
    assert (both, [1], both) == found
    assert counting.asked == 2


async def test_reads_within_a_read_go_with_those_beside_it(counting: Any) -> None:
    within = together(IN_ONE_TRIP, one(IN_ONE_TRIP, "a"), numbers(IN_ONE_TRIP, 1, 2))
    assert await together(counting, within, numbers(IN_ONE_TRIP, 4, 4)) == (("a", [2, 1]), [4])
    assert counting.asked == 1


async def test_what_one_of_them_raises_ends_all(counting: Any) -> None:
    async def spoiled(on: Connection) -> None:
        await one(on, "word")
        raise LookupError

    with pytest.raises(LookupError):
        await together(counting, twice(IN_ONE_TRIP), spoiled(IN_ONE_TRIP), twice(IN_ONE_TRIP))


async def test_all_of_them_are_of_one_instant(counting: Any) -> None:
    async def snapshot(on: Connection) -> str:
        found: str = await on.fetchval("SELECT pg_current_snapshot()::text || now()")
        return found

    first, second = await together(counting, snapshot(IN_ONE_TRIP), snapshot(IN_ONE_TRIP))
    assert first == second
