"""The feed: what has happened to all orders, and what went in and out, in one order for ever.

An entry has a place once it is numbered, which is after it was committed (`number_feed` says why).
What it tells is read where it is kept: nothing of it is written a second time.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from asyncpg import Record

from db.pool import Connection

OF_NO_ORDER = UUID(int=0)

STEP, MESSAGE, TRANSFER, DISPUTE, PAST = "step", "message", "transfer", "dispute", "past"
"""What an entry is of: an entry of a journal, a message on an order, a posting, or what a payment
provider said of a dispute. The last is none: it stands before the door as long as what is older
than the feed is being brought in."""


@dataclass(frozen=True)
class Subject:
    """What an entry tells of: a number `ref` of its source, and the order (`OF_NO_ORDER`)."""

    source: str
    order_id: UUID
    ref: int


@dataclass(frozen=True)
class FeedEntry:
    """A place in the feed, from 1, what is told there and as what type."""

    number: int
    subject: Subject
    type: str


_ENTRY = "SELECT number, source, order_id, ref, type FROM feed"
_OF_ALL = f"{_ENTRY} WHERE number > $1 AND number <= $2 ORDER BY number LIMIT $3"
# Each type by itself and as a range of (type, number): told that the type is equal to something,
# the planner may take a rare one for a common one, and read everything that lies between.
_OF_TYPES = f"""
    SELECT of_type.* FROM unnest($4::text[]) AS wanted CROSS JOIN LATERAL (
        {_ENTRY} WHERE (type, number) > (wanted, $1::bigint)
                   AND (type, number) <= (wanted, $2::bigint)
        ORDER BY type, number LIMIT $3) AS of_type
    ORDER BY number LIMIT $3
"""


async def give_numbers(connection: Connection, most: int) -> bool:
    """Number up to `most` of the entries that were committed before this; return whether more of
    them wait. Not in a transaction: it would keep others from numbering until its end."""
    more: bool = await connection.fetchval("SELECT number_feed($1)", most)
    return more


async def last(connection: Connection) -> FeedEntry | None:
    """Return the last entry that has a number; None where nothing has."""
    return _entry(await connection.fetchrow(f"{_ENTRY} ORDER BY number DESC LIMIT 1"))


async def entry_at(connection: Connection, number: int) -> FeedEntry | None:
    """Return the entry of this number; None where there is none."""
    return _entry(await connection.fetchrow(f"{_ENTRY} WHERE number = $1", number))


async def entry(connection: Connection, subject: Subject) -> FeedEntry | None:
    """Return the entry of this subject; None where it has none, or no number yet."""
    return _entry(
        await connection.fetchrow(
            f"{_ENTRY} WHERE order_id = $1 AND source = $2 AND ref = $3",
            subject.order_id,
            subject.source,
            subject.ref,
        )
    )


async def waits(connection: Connection, subject: Subject) -> bool:
    """Return whether a subject may still get its number: it waits for it, or the past is being
    brought in."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM unnumbered WHERE source = $4"
        " OR (order_id, source, ref) = ($1, $2, $3))",
        subject.order_id,
        subject.source,
        subject.ref,
        PAST,
    )
    return found


async def page(
    connection: Connection, after: int, up_to: int, types: Collection[str], limit: int
) -> list[FeedEntry]:
    """Return up to `limit` entries from after one number up to another, of these types or of all
    where there are none."""
    if types:
        rows = await connection.fetch(_OF_TYPES, after, up_to, limit, list(types))
    else:
        rows = await connection.fetch(_OF_ALL, after, up_to, limit)
    return [_read(row) for row in rows]


def _entry(row: Record | None) -> FeedEntry | None:
    return _read(row) if row else None


def _read(row: Record) -> FeedEntry:
    subject = Subject(row["source"], row["order_id"], row["ref"])
    return FeedEntry(row["number"], subject, row["type"])
