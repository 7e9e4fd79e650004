"""The journal of an order."""

from typing import Any
from uuid import UUID

from db.pool import Connection


async def page(
    connection: Connection, order_id: UUID, after: int, limit: int
) -> list[dict[str, Any]]:
    """Steps and refused attempts, oldest first, from after sequence number `after`."""
    rows = await connection.fetch(
        "SELECT e.seq, e.at, e.received_at, e.actor, e.action, e.event, e.accepted, e.code,"
        " e.reason, e.state, e.version, e.request_id, coalesce(r.fields, '{}'::jsonb) AS fields"
        " FROM events e"
        " LEFT JOIN requests r ON r.order_id = e.order_id AND r.request_id = e.request_id"
        " WHERE e.order_id = $1 AND e.seq > $2 ORDER BY e.seq LIMIT $3",
        order_id,
        after,
        limit,
    )
    return [dict(row) for row in rows]
