"""Services as people look through them: along indexes in the order of the list, which is by the
visibility of their sellers, then by age.

A visibility changes with what ends and with time. The parts of one list all speak of the instant at
which it began: sellers whose visibility has changed since are listed as they were then.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from db import reputation
from db.display_names import name_of
from db.odd_values import AnyInstant
from db.pool import Connection
from db.services import ServiceRow, select_services, service_row

AGED_AT_ONCE = 100
"""Sellers whose reputation is brought to the present when a list begins; those beyond have their
turn within seconds (`reputation.age`)."""

CHANGED_AT_MOST = 1_000
"""Sellers who are listed as they were when a list began; those beyond, as they are now."""

Place = tuple[float, AnyInstant, UUID]


@dataclass(frozen=True)
class ListedService:
    """A service in the listing that nobody has read yet, and its place there: by the visibility of
    its seller, then by its age."""

    visibility: float
    created_at: AnyInstant
    id: UUID
    seller_id: str
    seller_name: str | None
    record: Record = field(repr=False)

    def read(self) -> ServiceRow:
        """Return the service.

        Raises:
            Spoiled: what is kept of it cannot be read.
        """
        return service_row(self.record)


_SELLER_NAME = f"{name_of('s.seller_id')} AS seller_name"
_NEWEST = "ORDER BY l.created_at DESC, l.service_id DESC"
_LISTED = "SELECT l.service_id, l.visibility, l.created_at FROM listed_services l"

# Of one seller all are as visible: they go by their age alone.
_OF_SELLER = f"""
    {_LISTED} WHERE l.seller_id = $1 AND l.archived = $2
    AND ($3::timestamptz IS NULL OR (l.created_at, l.service_id) < ($3, $4::uuid))
    {_NEWEST} LIMIT $5
"""
_FIRST = f"""
    {_LISTED} WHERE l.archived = $1
    ORDER BY l.visibility DESC, l.created_at DESC, l.service_id DESC LIMIT $2
"""
_LATER = f"""
    WITH changed AS MATERIALIZED (
        SELECT r.seller_id, visibility_of(at.completed, at.cancelled) AS visibility
        FROM (SELECT * FROM reputations WHERE changed_at > $6
              ORDER BY changed_at LIMIT {CHANGED_AT_MOST}) AS r
        CROSS JOIN LATERAL {reputation.counts_at("$6::timestamptz")} AS at
    )
    SELECT * FROM (
        (SELECT l.service_id, l.visibility, l.created_at FROM listed_services l
         WHERE l.archived = $1 AND l.seller_id <> ALL (ARRAY(SELECT seller_id FROM changed))
           AND (l.visibility, l.created_at, l.service_id) < ($3::float8, $4::timestamptz, $5::uuid)
         ORDER BY l.visibility DESC, l.created_at DESC, l.service_id DESC LIMIT $2)
        UNION ALL
        SELECT own.service_id, c.visibility, own.created_at
        FROM changed c CROSS JOIN LATERAL (
            {_LISTED} WHERE l.seller_id = c.seller_id AND l.archived = $1
            AND (c.visibility, l.created_at, l.service_id) < ($3, $4, $5)
            {_NEWEST} LIMIT $2) AS own
    ) AS both_ways ORDER BY visibility DESC, created_at DESC, service_id DESC LIMIT $2
"""
_CALLED = """
    SELECT l.service_id, l.visibility, l.created_at
    FROM services named JOIN listed_services l ON l.service_id = named.id
    WHERE named.external_id = $1 AND l.archived = $2 AND ($3::text IS NULL OR l.seller_id = $3)
      AND $4::float8 IS NULL
"""


async def page(
    connection: Connection,
    seller_id: str | None,
    now: datetime,
    before: Place | None,
    limit: int,
    *,
    external_id: str | None = None,
    archived: bool = False,
    aged: bool = False,
) -> list[ListedService]:
    """Return services on offer, or archived ones, by their sellers' visibility at `now`, newest
    first, from after `before`. `aged` says that reputations were brought to the present before."""
    if seller_id is None and before is None and not aged:
        await reputation.age(connection, AGED_AT_ONCE)
    way, given = statement(seller_id, now, before, limit, external_id, archived)
    # One by one (OFFSET keeps it so): told of no number, the planner would read all services.
    found = (
        "way CROSS JOIN LATERAL (SELECT * FROM services one WHERE one.id = way.service_id OFFSET 0)"
        " AS s"
    )
    query = (
        f"WITH way AS MATERIALIZED ({way})"
        f" {select_services('way.visibility', _SELLER_NAME, source=found)}"
        " ORDER BY way.visibility DESC, way.created_at DESC, way.service_id DESC"
    )
    rows = await connection.fetch(query, *given)
    return [_listed(row) for row in rows]


def _listed(row: Record) -> ListedService:
    names = ("visibility", "created_at", "id", "seller_id", "seller_name")
    return ListedService(**{name: row[name] for name in names}, record=row)


def statement(
    seller_id: str | None,
    now: datetime,
    before: Place | None,
    limit: int,
    external_id: str | None,
    archived: bool,
) -> tuple[str, list[Any]]:
    """Return the SQL for the way along a list, and its arguments."""
    if external_id is not None:
        return _CALLED, [external_id, archived, seller_id, before[0] if before else None]
    if seller_id is not None:
        return _OF_SELLER, [seller_id, archived, *(before[1:] if before else (None, None)), limit]
    if before is None:
        return _FIRST, [archived, limit]
    return _LATER, [archived, limit, *before, now]
