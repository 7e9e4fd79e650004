"""Services: what sellers offer."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

import asyncpg

from db.pool import Connection
from domain.reputation import (
    GREEN_PERCENT,
    ORANGE_PERCENT,
    SHOWN_FROM,
    VISIBILITY,
    WINDOW,
    Band,
)

_SERVICE = """
    SELECT s.*, clock_timestamp() AS read_at, coalesce((
        SELECT jsonb_agg(jsonb_build_object(
            'id', e.id, 'title', e.title, 'price', e.price,
            'delivery_seconds', extract(epoch FROM e.delivery_time)) ORDER BY e.position)
        FROM extras e WHERE e.service_id = s.id), '[]'::jsonb) AS extras
    FROM services s
"""


async def add(
    connection: Connection, service: dict[str, Any], extras: list[dict[str, Any]]
) -> dict[str, Any]:
    """Write a service and its extras, whose ids are the caller's, and return it as it is read."""
    await connection.execute(
        "INSERT INTO services (id, seller_id, title, description, price, currency, delivery_time,"
        " revision_time, revisions_included) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        service["id"],
        service["seller_id"],
        service["title"],
        service["description"],
        service["price"],
        service["currency"],
        service["delivery_time"],
        service["revision_time"],
        service["revisions_included"],
    )
    await connection.executemany(
        "INSERT INTO extras (id, service_id, position, title, price, delivery_time)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        [
            (e["id"], service["id"], position, e["title"], e["price"], e["delivery_time"])
            for position, e in enumerate(extras)
        ],
    )
    row = await connection.fetchrow(_SERVICE + "WHERE s.id = $1", service["id"])
    return dict(cast("asyncpg.Record", row))


async def get(connection: Connection, service_id: UUID) -> dict[str, Any] | None:
    """Return one service with its extras and when it was read, by the database's clock; or None."""
    row = await connection.fetchrow(_SERVICE + "WHERE s.id = $1", service_id)
    return dict(row) if row else None


# The bands of domain.reputation, whose numbers come as parameters.
_VISIBILITY = """
    LEFT JOIN (
        SELECT seller_id, count(*) AS ended,
               count(*) FILTER (WHERE doc->'outcome'->>'counts_as' = 'completed') AS completed
        FROM orders WHERE doc->'outcome'->>'counts_as' IS NOT NULL
                      AND updated_at BETWEEN $2 AND $3
        GROUP BY seller_id) r ON r.seller_id = s.seller_id
    CROSS JOIN LATERAL (SELECT CASE
        WHEN coalesce(r.ended, 0) < $4 THEN $5::float8
        WHEN r.completed * 100 >= $6 * r.ended THEN $7::float8
        WHEN r.completed * 100 >= $8 * r.ended THEN $9::float8
        ELSE $10::float8 END AS visibility) v
"""


async def page(
    connection: Connection,
    seller_id: str | None,
    now: datetime,
    before: tuple[float, datetime, UUID] | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Return services by their sellers' visibility at `now`, newest first, from after `before`."""
    rows = await connection.fetch(
        _SERVICE.replace("s.*,", "s.*, v.visibility,", 1)
        + _VISIBILITY
        + "WHERE ($1::text IS NULL OR s.seller_id = $1) AND ($11::float8 IS NULL"
        " OR (v.visibility, s.created_at, s.id) < ($11, $12::timestamptz, $13::uuid))"
        " ORDER BY v.visibility DESC, s.created_at DESC, s.id DESC LIMIT $14",
        seller_id,
        now - WINDOW,
        now,
        SHOWN_FROM,
        VISIBILITY[None],
        GREEN_PERCENT,
        VISIBILITY[Band.GREEN],
        ORANGE_PERCENT,
        VISIBILITY[Band.ORANGE],
        VISIBILITY[Band.RED],
        *(before or (None, None, None)),
        limit,
    )
    return [dict(row) for row in rows]
