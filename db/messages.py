"""What people say to each other on an order, in parts that are bounded by what they weigh."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from asyncpg import Record

from db.errors import TooManyAttempts
from db.pool import Connection
from db.requests import TOO_MANY_ATTEMPTS
from domain.cause import Cause
from domain.conversation import ConversationMessage, message_notices, writes_until
from domain.order import Actor, Order

PART_BYTES = 256 * 1024
"""What the words of a part weigh at the most, as JSON in UTF-8, unless it is one message alone."""

NEWEST = 2**31 - 1
"""Beyond the number of every message."""


@dataclass(frozen=True)
class MessageRow:
    """A message that nobody has read yet, and its place in the conversation."""

    number: int
    after_seq: int
    row: Record

    def read(self) -> ConversationMessage:
        """Return the message.

        Raises:
            Exception: what is kept of it is none.
        """
        return message_in(self.row)


@dataclass(frozen=True)
class MessagePart:
    """Messages in the order in which they were asked for, and whether there are more behind."""

    rows: Sequence[MessageRow]
    more: bool


@dataclass(frozen=True)
class ReadMark:
    """Up to which message somebody has read (0: none), and how many of others are left."""

    up_to: int
    unread: int


@dataclass(frozen=True)
class NotWritten:
    """A message was not written: the order has moved on since it was judged, or it is too late."""

    is_too_late: bool


COLUMNS = "m.number, m.at, m.author_id, m.author_role, m.text, m.links, m.after_seq"
"""What `message_in` reads, of a message `m`."""


def _part_query(beyond: str, direction: str) -> str:
    """Return SQL for the messages of order $1 that are `beyond` a number, up to $3 of them and $4
    bytes of words, and one in any case. Only the words of those are read: each row has its weight.
    """
    return f"""
        WITH near AS (
            SELECT number, sum(weight) OVER place AS bytes, row_number() OVER place AS n
            FROM (SELECT number, weight FROM messages
                  WHERE order_id = $1 AND number {beyond} $2
                  ORDER BY number {direction} LIMIT $3) AS near
            WINDOW place AS (ORDER BY number {direction})
        ), part AS (SELECT number FROM near WHERE bytes <= $4 OR n = 1)
        SELECT {COLUMNS}, EXISTS (
            SELECT FROM messages b WHERE b.order_id = $1 AND b.number {beyond} (
                SELECT number FROM part ORDER BY number {"DESC" if direction == "ASC" else "ASC"}
                LIMIT 1)) AS more
        FROM part JOIN messages m ON m.order_id = $1 AND m.number = part.number
        ORDER BY m.number {direction}
    """


_AFTER = _part_query(">", "ASC")
_BEFORE = _part_query("<", "DESC")


async def after(connection: Connection, order_id: UUID, number: int, limit: int) -> MessagePart:
    """Return up to `limit` messages from after this number, oldest first."""
    return _read(await connection.fetch(_AFTER, order_id, number, limit, PART_BYTES))


async def before(
    connection: Connection, order_id: UUID, number: int, limit: int, most_bytes: int
) -> MessagePart:
    """Return up to `limit` messages from before this number, newest first."""
    return _read(await connection.fetch(_BEFORE, order_id, number, limit, most_bytes))


async def newest(connection: Connection, order_id: UUID) -> int:
    """Return the number of the last message; 0 where there is none."""
    number: int | None = await connection.fetchval(
        "SELECT max(number) FROM messages WHERE order_id = $1", order_id
    )
    return number or 0


async def told_before_entry(connection: Connection, order_id: UUID, seq: int) -> int:
    """Return the number of the last message that was written before this entry of the journal was;
    0 where there is none."""
    number: int | None = await connection.fetchval(
        "SELECT number FROM messages WHERE order_id = $1 AND after_seq < $2"
        " ORDER BY number DESC LIMIT 1",
        order_id,
        seq,
    )
    return number or 0


async def write(
    connection: Connection,
    order: Order,
    author: Actor,
    text: str,
    links: Sequence[str],
    most: int,
    cause: Cause | None = None,
) -> ConversationMessage | NotWritten:
    """Write a message with all that tells of it, if the order still is as it was judged. Its author
    may write `most` on an order at once, which come back over an hour (0: without limit).

    Raises:
        TooManyAttempts: the author has written so many that there is none left for now.
    """
    until = writes_until(order)
    asked: dict[str, Any] = {
        "order_id": order.id,
        "version": order.version,
        "until": until.isoformat() if until else None,
        "author": author.model_dump(mode="json"),
        "text": text,
        "links": list(links),
        "notices": [one.model_dump(mode="json") for one in message_notices(order, author)],
        "most": most,
        "cause": cause,
    }
    try:
        (row,) = await connection.fetch("SELECT * FROM write_message($1)", asked)
    except asyncpg.PostgresError as error:
        if error.sqlstate == TOO_MANY_ATTEMPTS:
            raise TooManyAttempts(int(error.hint or 1)) from error
        raise
    if row["status"] != "written":
        return NotWritten(is_too_late=row["status"] == "too_late")
    at: datetime = row["at"]
    return ConversationMessage(row["number"], at, author, text, tuple(links), row["after_seq"])


async def mark_read(connection: Connection, order_id: UUID, user_id: str, number: int) -> ReadMark:
    """Note that somebody has read up to this message. A mark never goes back."""
    (row,) = await connection.fetch(
        "SELECT * FROM mark_messages_read($1, $2, $3)", order_id, user_id, number
    )
    return ReadMark(**dict(row))


def message_in(row: Record) -> ConversationMessage:
    """Return a message from its `COLUMNS`."""
    return ConversationMessage(
        number=row["number"],
        at=row["at"],
        author=Actor(id=row["author_id"], role=row["author_role"]),
        text=row["text"],
        links=tuple(row["links"]),
        after_seq=row["after_seq"],
    )


def _read(rows: list[Record]) -> MessagePart:
    found = [MessageRow(row["number"], row["after_seq"], row) for row in rows]
    return MessagePart(found, more=bool(rows) and rows[-1]["more"])
