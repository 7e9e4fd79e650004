"""The in-app inbox: what somebody is told, and what of it they have read.

A notice is somebody's by their id, or for everybody in a role: then for those who have it and are
no party to the order. Who has two of the roles that a step tells of it is told once. Each kind is
found newest first along an index of its own (`notices_of_user`, `notices_of_role`), and what has
been read by the primary key of `notice_reads`. What is unread has an index (`notices_unread`), or
lies beyond a mark (`inbox_marks`): no look at it goes through what was read.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from db import snapshots
from db.pool import Connection
from db.reading import reading
from db.snapshots import StepSnapshot
from domain.vocabulary import Role

ABOVE_ALL = 2**63 - 1
"""Beyond the id of every notice."""


@dataclass(frozen=True)
class InboxOwner:
    """An inbox by its owner: a user, and the roles by which they are told too."""

    user_id: str
    roles: Sequence[Role]


@dataclass(frozen=True)
class Notification:
    """A notice, and when its reader read it."""

    id: int
    order_id: UUID
    seq: int
    read_at: datetime | None
    row: Record = field(repr=False)

    @property
    def name(self) -> str:
        """What it is called where it cannot be read: by what it tells of."""
        return snapshots.name(self.order_id, self.seq)

    def read(self) -> tuple[Role, StepSnapshot]:
        """Return in what capacity its reader is told, and what it speaks of.

        Raises:
            Spoiled: what is kept of it cannot be read.
        """
        with reading(self.name):
            return Role(self.row["role"]), snapshots.moment(self.row)


# Each condition is a look-up by key, one notice at a time: written as joins, they would tempt the
# planner to collect and sort whole inboxes.
def _wide_unread(user: str) -> str:
    return f"""
        n.id > coalesce((SELECT m.up_to FROM inbox_marks m
                         WHERE m.user_id = {user} AND m.role = mine.role), 0)
        AND (SELECT r.notice_id FROM notice_reads r
             WHERE r.notice_id = n.id AND r.user_id = {user}) IS NULL
    """


def _for_them(user: str = "$1", roles: str = "$2::text[]") -> str:
    return f"""
        n.user_id IS NULL
        AND (SELECT {user} NOT IN (o.buyer_id, o.seller_id) FROM orders o WHERE o.id = n.order_id)
        AND n.role = (SELECT max(same.role) FROM notices same
                      WHERE same.order_id = n.order_id AND same.seq = n.seq
                      AND same.user_id IS NULL AND same.role = ANY ({roles}))
    """


def inbox(
    which: str, most: str, *, unread: bool, user: str = "$1", roles: str = "$2::text[]"
) -> str:
    """Return SQL for the ids of at most `most` notices `n` of a user in roles, newest first; all of
    those, or only what is unread."""
    newest = f"ORDER BY n.id DESC LIMIT {most}"
    own, wide = ("n.unread", _wide_unread(user)) if unread else ("true", "true")
    return f"""
        SELECT id FROM (
            (SELECT n.id FROM notices n WHERE n.user_id = {user} AND {which} AND {own} {newest})
            UNION ALL
            SELECT wide.id FROM unnest({roles}) AS mine (role) CROSS JOIN LATERAL (
                SELECT n.id FROM notices n
                WHERE n.role = mine.role AND {_for_them(user, roles)} AND {which} AND {wide}
                {newest}
            ) AS wide
        ) AS n {newest}
    """


def _told(ids: str) -> str:
    """Return SQL for the notices with these ids, newest first."""
    return f"""
        SELECT n.id, n.order_id, n.seq, n.role, r.read_at, {snapshots.COLUMNS}
        FROM ({ids}) AS found
        JOIN notices n ON n.id = found.id
        {snapshots.told_of("n")}
        JOIN orders o ON o.id = n.order_id
        LEFT JOIN notice_reads r ON r.notice_id = n.id AND r.user_id = $1
        ORDER BY n.id DESC
    """


_ONE = f"""
    SELECT n.id FROM notices n WHERE n.id = $3
    AND (n.user_id = $1 OR (n.role = ANY ($2::text[]) AND {_for_them()}))
"""


async def page(
    connection: Connection, reader: InboxOwner, before: int | None, limit: int, *, unread: bool
) -> list[Notification]:
    """Return the inbox, newest first, from after `before`; all of it, or only what is unread."""
    rows = await connection.fetch(
        _told(inbox("n.id < $3", "$4", unread=unread)),
        reader.user_id,
        list(reader.roles),
        ABOVE_ALL if before is None else before,
        limit,
    )
    return [_notification(row) for row in rows]


async def get(connection: Connection, reader: InboxOwner, number: int) -> Notification | None:
    """Return one notice, by the primary key; None where there is none, or it is another's."""
    row = await connection.fetchrow(_told(_ONE), reader.user_id, list(reader.roles), number)
    return _notification(row) if row else None


async def unread(connection: Connection, reader: InboxOwner, most: int) -> int:
    """Return how many are unread; no more than `most` are counted."""
    count: int = await connection.fetchval(
        f"SELECT count(*) FROM ({inbox('true', '$3', unread=True)}) AS unread",
        reader.user_id,
        list(reader.roles),
        most,
    )
    return count


async def read(connection: Connection, reader: InboxOwner, number: int) -> None:
    """Mark one notice as read, by the primary key, unless it was before or is another's."""
    await connection.execute(
        f"INSERT INTO notice_reads (notice_id, user_id) SELECT id, $1 FROM ({_ONE}) AS found"
        " ON CONFLICT DO NOTHING",
        reader.user_id,
        list(reader.roles),
        number,
    )


async def read_up_to(connection: Connection, reader: InboxOwner, number: int) -> None:
    """Mark all up to this one as read that were not before."""
    await connection.execute(
        "INSERT INTO notice_reads (notice_id, user_id)"
        f" SELECT id, $1 FROM ({inbox('n.id <= $3', 'ALL', unread=True)}) AS found"
        " ON CONFLICT DO NOTHING",
        reader.user_id,
        list(reader.roles),
        number,
    )


def _notification(row: Record) -> Notification:
    return Notification(
        id=row["id"],
        order_id=row["order_id"],
        seq=row["seq"],
        read_at=row["read_at"],
        row=row,
    )
