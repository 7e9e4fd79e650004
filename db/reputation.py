"""Reputations, counted from the ended orders themselves each time they are asked for."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from db.pool import Connection
from domain.reputation import WINDOW, Reputation


@dataclass(frozen=True)
class EndedOrder:
    """An order that a seller's reputation is counted from, as it is kept: how it ended, and as what
    it counts."""

    order_id: UUID
    title: str
    state: str
    ended_at: datetime
    by: str | None
    cause: str | None
    counts_as: str


async def of_seller(connection: Connection, seller_id: str, now: datetime) -> Reputation:
    """Return a seller's reputation at `now`; what ended exactly 180 days before still counts."""
    row = await connection.fetchrow(
        "SELECT count(*) FILTER (WHERE counts_as = 'completed') AS completed,"
        " count(*) FILTER (WHERE counts_as = 'cancelled') AS cancelled"
        " FROM listed_orders WHERE seller_id = $1 AND counts_as IS NOT NULL"
        " AND ended_at BETWEEN $2 AND $3",
        seller_id,
        now - WINDOW,
        now,
    )
    return Reputation(**dict(row or {"completed": 0, "cancelled": 0}))


async def orders_behind(
    connection: Connection,
    seller_id: str,
    now: datetime,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[EndedOrder]:
    """Return the orders that a seller's reputation is counted from, the last to end first."""
    rows = await connection.fetch(
        "SELECT l.order_id, o.title, o.state, l.ended_at,"
        " o.doc->'outcome'->>'by' AS by, o.doc->'outcome'->>'cause' AS cause, l.counts_as"
        " FROM listed_orders l JOIN orders o ON o.id = l.order_id"
        " WHERE l.seller_id = $1 AND l.counts_as IS NOT NULL AND l.ended_at BETWEEN $2 AND $3"
        " AND ($4::timestamptz IS NULL OR (l.ended_at, l.order_id) < ($4, $5::uuid))"
        " ORDER BY l.ended_at DESC, l.order_id DESC LIMIT $6",
        seller_id,
        now - WINDOW,
        now,
        before[0] if before else None,
        before[1] if before else None,
        limit,
    )
    return [EndedOrder(**dict(row)) for row in rows]
