"""Reputations: kept as orders end (`reputations`), and exact at the instant that is asked for."""

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


def counts_at(at: str) -> str:
    """Return SQL for how many orders count for a seller `r` at an instant, as completed and as
    cancelled: those that are counted, without what ended after it, and with the window's begin
    where it is then. Both differ by what happens in a while, not by how much there is."""
    begin = f"({at} - interval '{WINDOW.days} days')"
    counted = "FROM listed_orders l WHERE l.seller_id = r.seller_id AND l.counts_as IS NOT NULL"
    return f"""(
        SELECT r.completed + coalesce(sum(sign) FILTER (WHERE counts_as = 'completed'), 0)
                   AS completed,
               r.cancelled + coalesce(sum(sign) FILTER (WHERE counts_as = 'cancelled'), 0)
                   AS cancelled
        FROM (SELECT -1 AS sign, l.counts_as {counted}
                     AND l.ended_at > {at} AND l.ended_at >= r.counted_from
              UNION ALL
              SELECT CASE WHEN r.counted_from < {begin} THEN -1 ELSE 1 END, l.counts_as {counted}
                     AND l.ended_at >= least(r.counted_from, {begin})
                     AND l.ended_at < greatest(r.counted_from, {begin})) AS other)"""


_OF_SELLER = f"""
    SELECT at.completed, at.cancelled
    FROM reputations r CROSS JOIN LATERAL {counts_at("$2::timestamptz")} AS at
    WHERE r.seller_id = $1
"""


async def of_seller(connection: Connection, seller_id: str, now: datetime) -> Reputation:
    """Return a seller's reputation at `now`; what ended exactly 180 days before still counts."""
    row = await connection.fetchrow(_OF_SELLER, seller_id, now)
    return Reputation(**dict(row or {"completed": 0, "cancelled": 0}))


async def age(connection: Connection, most: int) -> bool:
    """Count no longer for up to `most` sellers what has fallen out of the window; return whether
    there may be more of them."""
    more: bool = await connection.fetchval("SELECT age_reputations($1)", most)
    return more


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
