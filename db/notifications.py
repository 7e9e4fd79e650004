"""The in-app inbox: what somebody is told, and what of it they have read.

A notice is somebody's by their id, or for everybody in a role: then for those who have it and are
no party to the order. Who has two of the roles that a step tells of it is told once. Each kind is
found newest first along an index of its own (`notices_of_user`, `notices_of_role`), and what has
been read by the primary key of `notice_reads`.
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

LATEST = 300
"""Notices of a kind that are looked at on every page, whoever has read how many thousand."""


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


def _unread(user: str = "$1") -> str:
    # Each condition is a look-up by key, one notice at a time: written as joins, they would tempt
    # the planner to collect and sort whole inboxes.
    return f"""
        (SELECT r.notice_id FROM notice_reads r WHERE r.notice_id = n.id AND r.user_id = {user})
        IS NULL
    """


def _for_them(user: str = "$1", roles: str = "$2::text[]") -> str:
    return f"""
        n.user_id IS NULL
        AND (SELECT {user} NOT IN (o.buyer_id, o.seller_id) FROM orders o WHERE o.id = n.order_id)
        AND n.role = (SELECT max(same.role) FROM notices same
                      WHERE same.order_id = n.order_id AND same.seq = n.seq
                      AND same.user_id IS NULL AND same.role = ANY ({roles}))
    """


def _inbox(which: str, most: str) -> str:
    """Return SQL for the ids of at most `most` notices `n` of user $1 in roles $2, newest first."""
    newest = f"ORDER BY n.id DESC LIMIT {most}"
    return f"""
        SELECT id FROM (
            (SELECT n.id FROM notices n WHERE n.user_id = $1 AND {which} {newest})
            UNION ALL
            SELECT wide.id FROM unnest($2::text[]) AS mine (role) CROSS JOIN LATERAL (
                SELECT n.id FROM notices n
                WHERE n.role = mine.role AND {_for_them()} AND {which} {newest}
            ) AS wide
        ) AS n {newest}
    """


def unread_lately(user: str, roles: str, most: str) -> str:
    """Return SQL for the ids of what a user in roles has not read of the latest `LATEST` notices
    that they have of each kind; no more than `most` of a kind."""
    latest = f"SELECT * FROM notices WHERE {{}} ORDER BY id DESC LIMIT {LATEST}"
    return f"""
        (SELECT n.id FROM ({latest.format(f"user_id = {user}")}) AS n
         WHERE {_unread(user)} LIMIT {most})
        UNION ALL
        (SELECT wide.id FROM unnest({roles}) AS mine (role) CROSS JOIN LATERAL (
            SELECT n.id FROM ({latest.format("user_id IS NULL AND role = mine.role")}) AS n
            WHERE {_unread(user)} AND {_for_them(user, roles)} LIMIT {most}
        ) AS wide)
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
    which = f"n.id < $3 AND {_unread()}" if unread else "n.id < $3"
    rows = await connection.fetch(
        _told(_inbox(which, "$4")),
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
        f"SELECT count(*) FROM ({_inbox(_unread(), '$3')}) AS unread",
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
        f" SELECT id, $1 FROM ({_inbox(f'n.id <= $3 AND {_unread()}', 'ALL')}) AS found"
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
