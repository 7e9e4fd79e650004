"""The journal of an order, in parts that are bounded by what they weigh."""

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from db.odd_values import read_json
from db.pool import Connection

PART_BYTES = 256 * 1024
"""What the words of a part weigh at the most, as JSON in UTF-8: twice the heaviest entry."""

NEWEST = 2**31 - 1
"""Beyond every number of an entry and every version."""


@dataclass(frozen=True)
class JournalEntry:
    """A step, or an attempt that was refused, and where the order stood after it, as it is kept:
    whoever reads it sees whether it can be read. `fields` is what the request said that brought it
    about; of a refused attempt that said much, the beginning (`shortened`)."""

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
    shortened: bool
    fields: dict[str, Any]


_COLUMNS = tuple(one.name for one in dataclasses.fields(JournalEntry))


@dataclass(frozen=True)
class JournalPart:
    """Entries in the order in which they were asked for, and whether there are more behind them."""

    entries: list[JournalEntry]
    more: bool


def _part_query(which: str, key: str, beyond: str, direction: str) -> str:
    """Return SQL for the entries of order $1 of which this is true whose `key` is `beyond` $2, up
    to $3 of them and $4 bytes of words, and one in any case.

    One after the other, so that no more is read than given: to weigh an entry is to read it.
    """

    def one(place: str) -> str:
        # The limits keep the planner from joining first, which would sort all of a large order.
        return f"""
            SELECT e.seq, e.at, e.received_at, e.actor, e.action, e.event, e.accepted, e.code,
                   e.reason, e.state, e.version, e.request_id, coalesce(said.shortened, false)
                   AS shortened, coalesce(said.fields, '{{}}') AS fields
            FROM (SELECT * FROM events e WHERE e.order_id = $1 AND {which}
                  AND e.{key} {beyond} {place} ORDER BY e.{key} {direction} LIMIT 1) AS e
            LEFT JOIN LATERAL (
                SELECT r.fields::text AS fields,
                       r.outcome->'shortened' IS NOT DISTINCT FROM 'true'::jsonb AS shortened
                FROM requests r WHERE r.order_id = $1 AND r.request_id = e.request_id LIMIT 1
            ) AS said ON true
        """

    last = f"(SELECT {key} FROM part ORDER BY number DESC LIMIT 1)"
    return f"""
        WITH RECURSIVE part AS (
            SELECT found.*, octet_length(found.fields) AS bytes, 1 AS number
            FROM ({one("$2")}) AS found
            UNION ALL
            SELECT next.*, part.bytes + octet_length(next.fields), part.number + 1
            FROM part CROSS JOIN LATERAL ({one(f"part.{key}")}) AS next
            WHERE part.number < $3 AND part.bytes + octet_length(next.fields) <= $4
        )
        SELECT part.*, EXISTS (SELECT FROM events e WHERE e.order_id = $1 AND {which}
                               AND e.{key} {beyond} {last}) AS more
        FROM part ORDER BY number
    """


_ALL = _part_query("true", "seq", ">", "ASC")
_BACK = _part_query("true", "seq", "<", "DESC")
# The version of an accepted entry goes up with its number, and has an index of these alone.
_STEPS = _part_query("e.accepted", "version", "<", "DESC")
_REFUSED = _part_query("NOT e.accepted", "seq", "<", "DESC")


async def page(connection: Connection, order_id: UUID, after: int, limit: int) -> JournalPart:
    """Return up to `limit` steps and refused attempts, oldest first, from after number `after`."""
    return _read(await connection.fetch(_ALL, order_id, after, limit, PART_BYTES))


async def before(connection: Connection, order_id: UUID, seq: int, limit: int) -> JournalPart:
    """Return up to `limit` steps and refused attempts, newest first, from before number `seq`."""
    return _read(await connection.fetch(_BACK, order_id, seq, limit, PART_BYTES))


async def steps_before(
    connection: Connection, order_id: UUID, version: int, limit: int, most_bytes: int
) -> JournalPart:
    """Return up to `limit` steps, newest first, from before the one to this version."""
    return _read(await connection.fetch(_STEPS, order_id, version, limit, most_bytes))


async def refused_before(
    connection: Connection, order_id: UUID, seq: int, limit: int, most_bytes: int
) -> JournalPart:
    """Return up to `limit` refused attempts, newest first, from before number `seq`."""
    return _read(await connection.fetch(_REFUSED, order_id, seq, limit, most_bytes))


def _read(rows: list[Record]) -> JournalPart:
    return JournalPart([entry_in(row) for row in rows], more=bool(rows) and rows[-1]["more"])


def entry_in(row: Record) -> JournalEntry:
    """Return an entry from its columns, the fields of its request as text."""
    columns = {name: row[name] for name in _COLUMNS}
    return JournalEntry(**{**columns, "fields": read_json(row["fields"])})
