"""A clock that can be moved: how it is set, what is due by it, and how it goes on.

The row is there on stacks that `sequestre up --test-clock` began, and nowhere else.
"""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from db.clock_of_messages import PENDING
from db.clock_of_payments import NEXT_STOP, UNDER_WAY
from db.pool import Connection
from domain.clock import ClockReading

NEXT_TIMER = """CASE WHEN o.doc->>'payment_hold' IS NULL THEN least(
    (o.doc->'deadline'->>'at')::timestamptz,
    (o.doc->'deadline'->>'remind_at')::timestamptz,
    (o.doc->'offer'->>'lapses_at')::timestamptz,
    (o.doc->'offer'->>'remind_at')::timestamptz,
    CASE WHEN o.doc->'cancellation_request'->>'status' = 'asked' THEN least(
        (o.doc->'cancellation_request'->>'answer_by')::timestamptz,
        (o.doc->'cancellation_request'->>'remind_at')::timestamptz) END,
    CASE WHEN o.doc->'holding'->>'reached' = 'false'
        THEN (o.doc->'holding'->>'limit_at')::timestamptz END,
    (o.doc->'holding'->>'warn_at')::timestamptz) END"""
"""The next of the instants at which an order `o` acts by itself, as `domain.timers.next_timer` has
it: asked of all orders at once. Of one whose payment is disputed there is none."""

_LOCK = 0x5E9C10C
_RUNS = "o.state NOT IN ('completed', 'cancelled', 'settled')"


COLUMNS = "moves, shift, stands_at, target, carried_out, moved(clock_timestamp()) AS now"
"""What `clock_in` reads of the clock's row."""


@dataclass(frozen=True)
class Clock:
    """How the clock is set; what it shows (UTC); where it is being moved to, if it is; and how much
    has been done in all moves because it fell due."""

    reading: ClockReading
    now: datetime
    target: datetime | None
    carried_out: int


@dataclass(frozen=True)
class DueOrder:
    """An order that acts by itself just after `at` (UTC)."""

    order_id: UUID
    at: datetime


async def read(connection: Connection) -> Clock | None:
    """Return the clock as it is set; None where there is none that can be moved."""
    row = await connection.fetchrow(f"SELECT {COLUMNS} FROM test_clock")
    return clock_in(row) if row else None


async def reading(connection: Connection) -> ClockReading | None:
    """Return how the clock is set, where it can be moved."""
    found = await read(connection)
    return found.reading if found else None


async def now(connection: Connection) -> datetime:
    """Return the instant (UTC) that the stack's clock shows."""
    instant: datetime = await connection.fetchval("SELECT moved(clock_timestamp())")
    return instant


def clock_in(row: Record) -> Clock:
    """Return the clock from its `COLUMNS`."""
    reading = ClockReading(moves=row["moves"], shift=row["shift"], stands_at=row["stands_at"])
    return Clock(reading, row["now"], row["target"], row["carried_out"])


async def aim(connection: Connection, target: datetime) -> bool:
    """Stop the clock, to be moved to `target` (UTC); return whether it can be: it is ahead, and
    nobody moves the clock already."""
    done = await connection.execute(
        "UPDATE test_clock SET target = $1, stands_at = moved(clock_timestamp()), moves = moves + 1"
        " WHERE target IS NULL AND moved(clock_timestamp()) < $1",
        target,
    )
    return done == "UPDATE 1"


async def stand_at(connection: Connection, instant: datetime) -> None:
    """Move the clock on to an instant (UTC) on the way."""
    await connection.execute(
        "UPDATE test_clock SET stands_at = $1, moves = moves + 1 WHERE stands_at < $1", instant
    )


async def run_on(connection: Connection) -> None:
    """Have the clock run again from where it is to be moved to."""
    await connection.execute(
        "UPDATE test_clock SET moves = moves + 1, stands_at = NULL,"
        " shift = make_interval(secs => extract(epoch FROM stands_at - clock_timestamp())::float8)"
        " WHERE stands_at = target"
    )


async def arrive(connection: Connection) -> None:
    """Note that whoever goes by the clock knows that it runs: it can be moved again."""
    await connection.execute(
        "UPDATE test_clock SET moves = moves + 1, target = NULL WHERE stands_at IS NULL"
    )


async def note_carried_out(connection: Connection, count: int) -> None:
    """Count what has fallen due and been done."""
    if count == 0:
        return
    await connection.execute(
        "UPDATE test_clock SET moves = moves + 1, carried_out = carried_out + $1", count
    )


@asynccontextmanager
async def alone(connection: Connection) -> AsyncIterator[bool]:
    """Give the block whether it is the only one of all processes that moves the clock."""
    is_alone = await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK)
    try:
        yield is_alone
    finally:
        if is_alone and not connection.is_closed():
            await connection.execute("SELECT pg_advisory_unlock($1)", _LOCK)


async def next_due(connection: Connection) -> datetime | None:
    """Return the next instant (UTC) at which anything acts by itself; None where nothing will."""
    instant: datetime | None = await connection.fetchval(
        f"SELECT least((SELECT min({NEXT_TIMER}) FROM orders o WHERE {_RUNS}),"
        f" (SELECT min(next_attempt) FROM {PENDING} WHERE next_attempt > moved(clock_timestamp())),"
        f" {NEXT_STOP})"
    )
    return instant


async def due_orders(connection: Connection, until: datetime) -> list[DueOrder]:
    """Return the orders that act by themselves before `until` (UTC), the first due first."""
    rows = await connection.fetch(
        f"SELECT o.id AS order_id, {NEXT_TIMER} AS at FROM orders o"
        f" WHERE {_RUNS} AND {NEXT_TIMER} < $1 ORDER BY 2, 1",
        until,
    )
    return [DueOrder(**dict(row)) for row in rows]


async def still_due(connection: Connection, due: Collection[DueOrder]) -> list[DueOrder]:
    """Return those of the orders that have not done what they do just after their instants."""
    rows = await connection.fetch(
        "SELECT d.order_id, d.at FROM unnest($1::uuid[], $2::timestamptz[]) AS d (order_id, at)"
        f" JOIN orders o ON o.id = d.order_id WHERE {_RUNS} AND {NEXT_TIMER} <= d.at",
        [one.order_id for one in due],
        [one.at for one in due],
    )
    return [DueOrder(**dict(row)) for row in rows]


async def unfinished(connection: Connection) -> int:
    """Return how much is to be done at this instant: requests to be decided, messages to be sent
    and payments to be looked at that wait for no later one."""
    count: int = await connection.fetchval(
        f"SELECT (SELECT count(*) FROM undecided) + (SELECT count(*) FROM {PENDING}"
        "  WHERE next_attempt IS NULL OR next_attempt <= moved(clock_timestamp()))"
        f" + (SELECT count(*) FROM {UNDER_WAY}"
        "  WHERE next_look IS NULL OR next_look <= moved(clock_timestamp()))"
    )
    return count


async def running(connection: Connection) -> list[UUID]:
    """Return the orders that run."""
    rows = await connection.fetch(f"SELECT o.id FROM orders o WHERE {_RUNS} ORDER BY o.id")
    return [row["id"] for row in rows]
