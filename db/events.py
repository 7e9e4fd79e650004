"""The journal of an order."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from db.pool import Connection


@dataclass(frozen=True)
class JournalEntry:
    """A step, or an attempt that was refused, and where the order stood after it, as it is kept:
    whoever reads it sees whether it can be read. `fields` is what the request said that brought it
    about."""

    seq: int
    at: datetime
    received_at: datetime | None
    actor: dict[str, Any] | None
    action: str
    event: str | None
    accepted: bool
    code: str | None
    reason: str | None
    state: str
    version: int
    request_id: str | None
    fields: dict[str, Any]


_ENTRY = (
    "SELECT e.seq, e.at, e.received_at, e.actor, e.action, e.event, e.accepted, e.code,"
    " e.reason, e.state, e.version, e.request_id, coalesce(r.fields, '{}'::jsonb) AS fields"
    " FROM events e"
    " LEFT JOIN requests r ON r.order_id = e.order_id AND r.request_id = e.request_id"
)


async def page(
    connection: Connection, order_id: UUID, after: int, limit: int
) -> list[JournalEntry]:
    """Return steps and refused attempts, oldest first, from after sequence number `after`."""
    rows = await connection.fetch(
        f"{_ENTRY} WHERE e.order_id = $1 AND e.seq > $2 ORDER BY e.seq LIMIT $3",
        order_id,
        after,
        limit,
    )
    return [JournalEntry(**dict(row)) for row in rows]


async def newest(
    connection: Connection, order_id: UUID, steps: int, refused: int
) -> list[JournalEntry]:
    """Return the last `steps` steps and, counted apart, the last `refused` refused attempts, oldest
    first: whoever is refused again and again does not push out what was done and said."""
    rows = await connection.fetch(
        f"{_ENTRY} WHERE e.order_id = $1 AND e.seq = ANY (ARRAY("
        "  (SELECT seq FROM events WHERE order_id = $1 AND accepted ORDER BY seq DESC LIMIT $2)"
        "  UNION ALL"
        "  (SELECT seq FROM events WHERE order_id = $1 AND NOT accepted"
        "   ORDER BY seq DESC LIMIT $3)))"
        " ORDER BY e.seq",
        order_id,
        steps,
        refused,
    )
    return [JournalEntry(**dict(row)) for row in rows]
