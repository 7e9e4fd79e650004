"""Services: what sellers offer."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

import asyncpg

from db.pool import Connection

_SERVICE = """
    SELECT s.*, coalesce((
        SELECT jsonb_agg(jsonb_build_object(
            'id', e.id, 'title', e.title, 'price', e.price,
            'delivery_seconds', extract(epoch FROM e.delivery_time)) ORDER BY e.position)
        FROM extras e WHERE e.service_id = s.id), '[]'::jsonb) AS extras
    FROM services s
"""


async def add(
    connection: Connection, service: dict[str, Any], extras: list[dict[str, Any]]
) -> dict[str, Any]:
    """Writes a service and its extras, whose ids are the caller's, and gives it as it is read."""
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
    """One service with its extras, or None."""
    row = await connection.fetchrow(_SERVICE + "WHERE s.id = $1", service_id)
    return dict(row) if row else None


async def page(
    connection: Connection,
    seller_id: str | None,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Services, newest first, from after the one that `before` names."""
    rows = await connection.fetch(
        _SERVICE + "WHERE ($1::text IS NULL OR s.seller_id = $1)"
        " AND ($2::timestamptz IS NULL OR (s.created_at, s.id) < ($2, $3::uuid))"
        " ORDER BY s.created_at DESC, s.id DESC LIMIT $4",
        seller_id,
        before[0] if before else None,
        before[1] if before else None,
        limit,
    )
    return [dict(row) for row in rows]
