"""What waits to be sent on a stack whose clock can be moved: messages of steps, and endpoints'
tests."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from db.pool import Connection

PENDING = (
    "(SELECT next_attempt FROM deliveries WHERE status = 'pending'"
    " UNION ALL SELECT next_attempt FROM endpoint_tests WHERE status = 'pending') pending"
)
"""SQL for when each message that has not come to its end is tried next; NULL where nobody has tried
it yet."""


@dataclass(frozen=True)
class ToldStep:
    """A step of an order that people are told of."""

    order_id: UUID
    seq: int


@dataclass(frozen=True)
class SentTest:
    """A test that an endpoint is sent."""

    number: int


Telling = ToldStep | SentTest
"""What one workflow sends until it has arrived."""


@dataclass(frozen=True)
class DueTelling:
    """What is tried again at `at` (UTC)."""

    telling: Telling
    at: datetime


async def due(connection: Connection, until: datetime) -> list[DueTelling]:
    """Return what is tried (again) up to `until` (UTC)."""
    steps = await connection.fetch(
        "SELECT order_id, seq, min(next_attempt) AS at FROM deliveries"
        " WHERE status = 'pending' AND next_attempt <= $1 GROUP BY order_id, seq ORDER BY 3, 1, 2",
        until,
    )
    tests = await connection.fetch(
        "SELECT id, next_attempt AS at FROM endpoint_tests"
        " WHERE status = 'pending' AND next_attempt <= $1 ORDER BY 2, 1",
        until,
    )
    return [
        *(DueTelling(ToldStep(row["order_id"], row["seq"]), row["at"]) for row in steps),
        *(DueTelling(SentTest(row["id"]), row["at"]) for row in tests),
    ]


async def pending(connection: Connection) -> list[Telling]:
    """Return what has not come to its end."""
    steps = await connection.fetch(
        "SELECT DISTINCT order_id, seq FROM deliveries WHERE status = 'pending'"
    )
    tests = await connection.fetch("SELECT id FROM endpoint_tests WHERE status = 'pending'")
    return [
        *(ToldStep(row["order_id"], row["seq"]) for row in steps),
        *(SentTest(row["id"]) for row in tests),
    ]


async def note_next_attempt(
    connection: Connection, order_id: UUID, seq: int, instant: datetime
) -> None:
    """Note when (UTC) what is still to be told of a step is tried next."""
    await connection.execute(
        "UPDATE deliveries SET next_attempt = $3"
        " WHERE order_id = $1 AND seq = $2 AND status = 'pending'",
        order_id,
        seq,
        instant,
    )


async def note_next_attempt_of_test(connection: Connection, number: int, instant: datetime) -> None:
    """Note when (UTC) an endpoint's test is tried next."""
    await connection.execute(
        "UPDATE endpoint_tests SET next_attempt = $2 WHERE id = $1 AND status = 'pending'",
        number,
        instant,
    )
