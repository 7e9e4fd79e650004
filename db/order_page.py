"""What an order's page shows beside the order itself, in one look: a part of its journal and of its
conversation, what was last said of each kind, and all deliveries."""

from dataclasses import dataclass
from uuid import UUID

from db import events, messages
from db.events import PART_BYTES, JournalEntry, JournalPart
from db.messages import MessagePart
from db.odd_values import AnyInstant
from db.pool import Connection
from db.together import IN_ONE_TRIP, together

PART = 30
"""Entries of the journal, and messages, that a page shows at once."""

MOST_DELIVERIES = 50
LAST_OF = (
    "deliver",
    "request_revision",
    "refuse_revision",
    "refuse_cancellation",
    "request_offer",
    "make_offer",
)
"""Of these actions the last words are asked for: they may want an answer long after they were said.
"""


@dataclass(frozen=True)
class StoryPlace:
    """Where a part of the journal begins: before an entry, going back, or after one, going on."""

    is_from_the_beginning: bool = False
    beyond: int | None = None


@dataclass(frozen=True)
class DeliveryRow:
    """A delivery: its number on the order, its entry in the journal, and the links with it."""

    number: int
    seq: int
    at: AnyInstant
    links: object


@dataclass(frozen=True)
class PageRows:
    """What was found. `newest` is the number of the journal's last entry; `last` the last accepted
    entry of each action of `LAST_OF`; the deliveries and messages come newest first."""

    story: JournalPart
    newest: int
    last: dict[str, JournalEntry]
    deliveries: list[DeliveryRow]
    said: MessagePart


_LAST = """
    SELECT l.seq, l.at, l.received_at, l.actor, l.action, l.event, l.accepted, l.code, l.reason,
           l.state, l.version, l.request_id, false AS shortened,
           coalesce(r.fields::text, '{}') AS fields
    FROM (SELECT DISTINCT ON (action) * FROM events
          WHERE order_id = $1 AND accepted AND action = ANY ($2::text[])
          ORDER BY action, version DESC) AS l
    LEFT JOIN requests r ON r.order_id = $1 AND r.request_id = l.request_id
"""
_DELIVERIES = """
    SELECT d.number, d.seq, d.at, r.fields->'links' AS links
    FROM (SELECT row_number() OVER (ORDER BY version) AS number, seq, at, request_id
          FROM events WHERE order_id = $1 AND accepted AND action = 'deliver'
          ORDER BY version DESC LIMIT $2) AS d
    LEFT JOIN requests r ON r.order_id = $1 AND r.request_id = d.request_id
    ORDER BY d.seq DESC
"""


async def read(
    connection: Connection, order_id: UUID, place: StoryPlace, before_message: int | None = None
) -> PageRows:
    """Return what the page of an order shows: of its journal the part at a place, of its messages
    those before one, or the newest. One round trip."""
    number = messages.NEWEST if before_message is None else before_message
    story, said, last, deliveries, (newest_entry, _) = await together(
        connection,
        _story(IN_ONE_TRIP, order_id, place),
        messages.before(IN_ONE_TRIP, order_id, number, PART, PART_BYTES),
        _last(IN_ONE_TRIP, order_id),
        _deliveries(IN_ONE_TRIP, order_id),
        newest(IN_ONE_TRIP, order_id),
    )
    return PageRows(story, newest_entry, last, deliveries, said)


async def _story(connection: Connection, order_id: UUID, place: StoryPlace) -> JournalPart:
    if place.is_from_the_beginning:
        return await events.page(connection, order_id, place.beyond or 0, PART)
    before = events.NEWEST if place.beyond is None else place.beyond
    return await events.before(connection, order_id, before, PART)


async def _last(connection: Connection, order_id: UUID) -> dict[str, JournalEntry]:
    rows = await connection.fetch(_LAST, order_id, LAST_OF)
    return {row["action"]: events.entry_in(row) for row in rows}


async def _deliveries(connection: Connection, order_id: UUID) -> list[DeliveryRow]:
    rows = await connection.fetch(_DELIVERIES, order_id, MOST_DELIVERIES)
    return [DeliveryRow(**dict(row)) for row in rows]


async def newest(connection: Connection, order_id: UUID) -> tuple[int, int]:
    """Return the number of the journal's last entry, and that of the last message; 0 for none."""
    (row,) = await connection.fetch(
        "SELECT (SELECT max(seq) FROM events WHERE order_id = $1) AS entry,"
        " (SELECT messages FROM conversations WHERE order_id = $1) AS message",
        order_id,
    )
    return row["entry"] or 0, row["message"] or 0
