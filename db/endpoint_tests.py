"""Tests of endpoints: messages of no order, listed among the deliveries and sent as they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from db.deliveries import Status
from db.giving_up import giving_up
from db.pool import Connection


@dataclass(frozen=True)
class BegunTest:
    """A test of which one more attempt is under way."""

    endpoint_id: UUID
    created_at: datetime


@dataclass(frozen=True)
class StateOfTest:
    """How far a test is."""

    endpoint_id: UUID
    status: Status
    last_error: str | None


async def add(connection: Connection, endpoint_id: UUID) -> int | None:
    """Have an endpoint sent a test; return its number, or None where the endpoint is not told of
    anything."""
    number: int | None = await connection.fetchval(
        "INSERT INTO endpoint_tests (endpoint_id) SELECT id FROM webhook_endpoints"
        " WHERE id = $1 AND disabled_at IS NULL RETURNING id",
        endpoint_id,
    )
    return number


async def not_started(
    connection: Connection, limit: int, but: Sequence[int] = ()
) -> dict[int, int]:
    """Return tests, but for these, that nobody has set about yet, oldest first, and how often each
    has been asked for again."""
    rows = await connection.fetch(
        "SELECT id, asked_again FROM endpoint_tests WHERE started_at IS NULL"
        " AND id <> ALL ($2::bigint[]) ORDER BY created_at LIMIT $1",
        *(limit, but),
    )
    return {row["id"]: row["asked_again"] for row in rows}


async def mark_started(connection: Connection, number: int, asked: int) -> None:
    """Note that a workflow has a test in hand; not of one that was asked for again since it was
    looked at, for the workflow may have ended before."""
    await connection.execute(
        "UPDATE endpoint_tests SET started_at = moved(now()) WHERE id = $1 AND asked_again = $2",
        number,
        asked,
    )


async def begin(connection: Connection, number: int) -> BegunTest | None:
    """Count one more attempt at a test; return it, or None where it has come to its end."""
    row = await connection.fetchrow(
        # Counted before it is made: an attempt whose worker dies was one.
        "UPDATE endpoint_tests SET attempts = attempts + 1, last_attempt = moved(now())"
        " WHERE id = $1 AND status = 'pending' RETURNING endpoint_id, created_at",
        number,
    )
    return BegunTest(**dict(row)) if row else None


async def tried(connection: Connection, number: int, status: Status, error: str | None) -> None:
    """Note how an attempt ended: for good, unless an earlier end was less good."""
    await connection.execute(
        "UPDATE endpoint_tests SET status = $2, last_error = $3,"
        " delivered_at = CASE WHEN $2 = 'delivered' THEN moved(now()) ELSE delivered_at END"
        " WHERE id = $1 AND (status = 'pending' OR $2 = 'delivered')",
        number,
        status,
        error,
    )


async def give_up(connection: Connection, number: int) -> None:
    """Fail a test that is still pending and was not asked for again since it was tried."""
    await connection.execute(giving_up("endpoint_tests", "id = $1"), number)


async def state(connection: Connection, number: int) -> StateOfTest | None:
    """Return how far a test is; None where it is there no more."""
    row = await connection.fetchrow(
        "SELECT endpoint_id, status, last_error FROM endpoint_tests WHERE id = $1", number
    )
    return StateOfTest(**dict(row)) if row else None
