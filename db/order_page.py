"""What an order's page shows beside the order itself, in one look: a part of its journal and of its
conversation, what was last said of each kind, and all deliveries."""

import dataclasses
from dataclasses import dataclass
from uuid import UUID

from asyncpg import Record

from db import events, messages
from db.events import PART_BYTES, JournalEntry, JournalPart
from db.messages import MessagePart, MessageRow
from db.odd_values import AnyInstant, read_json
from db.pool import Connection

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


# Rows in arrays, so that one round trip brings lists of several kinds; JSON as text, since what is
# inside of a row is not read as it is outside.
_ENTRY = (
    "ROW({0}.seq, {0}.at, {0}.received_at, {0}.actor::text, {0}.action, {0}.event, {0}.accepted,"
    " {0}.code, {0}.reason, {0}.state, {0}.version, {0}.request_id, {1}, {2})"
)


def _query(beyond: str, direction: str) -> str:
    story = events.part_query("true", "seq", beyond, direction)
    said = messages.part_query("<", "DESC", place="$5")
    return f"""
        SELECT coalesce((SELECT max(seq) FROM events WHERE order_id = $1), 0) AS newest,
        ARRAY(SELECT ROW({_ENTRY.format("p", "p.shortened", "p.fields")}, p.more)
              FROM ({story}) AS p ORDER BY p.number) AS story,
        ARRAY(SELECT {_ENTRY.format("l", "false", "coalesce(r.fields::text, '{}')")}
              FROM (SELECT DISTINCT ON (action) * FROM events
                    WHERE order_id = $1 AND accepted AND action = ANY ($6::text[])
                    ORDER BY action, version DESC) AS l
              LEFT JOIN requests r ON r.order_id = $1 AND r.request_id = l.request_id) AS last,
        ARRAY(SELECT ROW(d.number, d.seq, d.at, (r.fields->'links')::text)
              FROM (SELECT row_number() OVER (ORDER BY version) AS number, seq, at, request_id
                    FROM events WHERE order_id = $1 AND accepted AND action = 'deliver'
                    ORDER BY version DESC LIMIT {MOST_DELIVERIES}) AS d
              LEFT JOIN requests r ON r.order_id = $1 AND r.request_id = d.request_id
              ORDER BY d.seq DESC) AS deliveries,
        ARRAY(SELECT ROW(s.number, s.at, s.author_id, s.author_role, s.text, s.links, s.after_seq,
                         s.more)
              FROM ({said}) AS s ORDER BY s.number DESC) AS said
    """


_BACK, _ON = _query("<", "DESC"), _query(">", "ASC")
_COLUMNS = tuple(one.name for one in dataclasses.fields(JournalEntry))
_SAID = ("number", "at", "author_id", "author_role", "text", "links", "after_seq")


async def read(
    connection: Connection, order_id: UUID, place: StoryPlace, before_message: int | None = None
) -> PageRows:
    """Return what the page of an order shows: of its journal the part at a place, of its messages
    those before one, or the newest."""
    on = place.is_from_the_beginning
    beyond = place.beyond if place.beyond is not None else 0 if on else events.NEWEST
    (row,) = await connection.fetch(
        _ON if on else _BACK,
        order_id,
        beyond,
        PART,
        PART_BYTES,
        messages.NEWEST if before_message is None else before_message,
        LAST_OF,
    )
    return PageRows(
        story=_story(row["story"]),
        newest=row["newest"],
        last={entry.action: entry for entry in map(_entry, row["last"])},
        deliveries=[_delivery(one) for one in row["deliveries"]],
        said=_messages(row["said"]),
    )


def _story(rows: list[Record]) -> JournalPart:
    return JournalPart([_entry(row[0]) for row in rows], more=bool(rows) and rows[-1][1])


def _entry(row: Record) -> JournalEntry:
    columns = dict(zip(_COLUMNS, row, strict=True))
    actor, fields = columns.pop("actor"), columns.pop("fields")
    return JournalEntry(
        **columns,
        actor=None if actor is None else read_json(actor),
        fields=read_json(fields),
    )


def _delivery(row: Record) -> DeliveryRow:
    number, seq, at, links = row
    return DeliveryRow(number, seq, at, None if links is None else read_json(links))


def _messages(rows: list[Record]) -> MessagePart:
    named = [dict(zip(_SAID, row, strict=False)) for row in rows]
    found = [MessageRow(one["number"], one["after_seq"], one) for one in named]
    return MessagePart(found, more=bool(rows) and rows[-1][-1])


async def newest(connection: Connection, order_id: UUID) -> tuple[int, int]:
    """Return the number of the journal's last entry, and that of the last message; 0 for none."""
    (row,) = await connection.fetch(
        "SELECT (SELECT max(seq) FROM events WHERE order_id = $1) AS entry,"
        " (SELECT messages FROM conversations WHERE order_id = $1) AS message",
        order_id,
    )
    return row["entry"] or 0, row["message"] or 0
