"""Who is signed in to the pages: sessions, and the links that were spent on them.

Both are found by the fingerprint of a secret that only its holder has. Their instants are the
machine's: a clock that is moved for orders keeps nobody at their desk.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from asyncpg import Record

from db import clock, notifications, wallet_notices
from db.clock import Clock
from db.display_names import name_of
from db.pool import Connection
from domain.vocabulary import Role

MOST_SWEPT = 100
"""How many sessions that are over are removed by one that begins."""


@dataclass(frozen=True)
class Session:
    """Who holds a session, what they said of how they read, how many notices they have not
    read, when (UTC) they look by the clock of orders, and that, where it can be moved."""

    user_id: str
    roles: Sequence[str]
    ends_at: float
    """In seconds since 1970, UTC."""
    name: str | None
    language: str | None
    time_zone: str | None
    unread: int
    read_at: datetime
    clock: Clock | None


def fingerprint(secret: str) -> bytes:
    """Return by what a secret is found."""
    return hashlib.sha256(secret.encode()).digest()


async def begin(
    connection: Connection,
    secret: str,
    user_id: str,
    roles: Collection[str],
    idle: timedelta,
    longest: timedelta,
) -> float:
    """Begin a session, and sweep some that are over; return its end (seconds since 1970, UTC)."""
    await connection.execute(
        "DELETE FROM sessions WHERE fingerprint IN (SELECT fingerprint FROM sessions"
        " WHERE ends_at < now() OR idle_until < now() - interval '1 day' LIMIT $1)",
        MOST_SWEPT,
    )
    ends_at: float = await connection.fetchval(
        "INSERT INTO sessions (fingerprint, user_id, roles, idle_until, ends_at)"
        " VALUES ($1, $2, $3, now() + least($4::interval, $5::interval), now() + $5::interval)"
        " RETURNING extract(epoch FROM ends_at)::float8",
        fingerprint(secret),
        user_id,
        sorted(roles),
        idle,
        longest,
    )
    return ends_at


async def spend(connection: Connection, token: str, until: float) -> bool:
    """Note that a link's token was used; return False if it was before. `until` is its end, in
    seconds since 1970 (UTC)."""
    await connection.execute(
        "DELETE FROM spent_links WHERE fingerprint IN (SELECT fingerprint FROM spent_links"
        " WHERE until < now() - interval '1 hour' LIMIT $1)",
        MOST_SWEPT,
    )
    done = await connection.execute(
        "INSERT INTO spent_links (fingerprint, until) VALUES ($1, to_timestamp($2))"
        " ON CONFLICT DO NOTHING",
        fingerprint(token),
        until,
    )
    return bool(done.endswith(" 1"))


_INBOX = notifications.inbox("true", "$3", unread=True, user="found.user_id", roles="found.told_as")
_UNREAD = f"""
    SELECT count(*) FROM (SELECT FROM (
        ({_INBOX})
        UNION ALL ({wallet_notices.unread_ones("found.user_id", "$3")})
    ) AS unread LIMIT $3) AS counted
"""


async def read(
    connection: Connection,
    secret: str,
    idle: timedelta,
    most: int,
    told_as: Sequence[tuple[str, Role]],
) -> Session | None:
    """Return a session that goes on; from now on it may be idle for so long again. None where it
    has ended. No more than `most` unread notices are counted: those to its holder, and those for
    all whom a token tells to be something, told as the role beside it. One round trip: the session
    is written again only where half of its time has passed."""
    row = await connection.fetchrow(
        f"""
        WITH found AS (
            SELECT *, ARRAY(SELECT DISTINCT told.role FROM unnest($4::text[], $5::text[])
                            AS told (shown, role) WHERE told.shown = ANY (roles)) AS told_as
            FROM sessions
            WHERE fingerprint = $1 AND idle_until > now() AND ends_at > now()
        ), kept AS (
            UPDATE sessions s SET idle_until = least(now() + $2::interval, s.ends_at) FROM found
            WHERE s.fingerprint = found.fingerprint AND found.idle_until < now() + $2::interval / 2
            AND found.idle_until < found.ends_at
        )
        SELECT found.user_id, found.roles, extract(epoch FROM found.ends_at)::float8 AS ends_at,
               {name_of("found.user_id")} AS name, p.language, p.time_zone, ({_UNREAD}) AS unread,
               moved(clock_timestamp()) AS read_at, c.*
        FROM found LEFT JOIN people p ON p.user_id = found.user_id
        LEFT JOIN (SELECT {clock.COLUMNS} FROM test_clock) AS c ON true
        """,
        fingerprint(secret),
        idle,
        most,
        [shown for shown, _ in told_as],
        [role for _, role in told_as],
    )
    return _session(row) if row else None


def _session(row: Record) -> Session:
    people = ("user_id", "roles", "ends_at", "name", "language", "time_zone")
    names = (*people, "unread", "read_at")
    is_movable = row["moves"] is not None
    return Session(
        **{name: row[name] for name in names}, clock=clock.clock_in(row) if is_movable else None
    )


async def end(connection: Connection, secret: str) -> None:
    """End a session, if it has not ended."""
    await connection.execute("DELETE FROM sessions WHERE fingerprint = $1", fingerprint(secret))
