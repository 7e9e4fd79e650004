"""Restorations: the database went back to what a backup had. No number is given after one that may
have been given before it."""

from dataclasses import dataclass
from datetime import datetime

from db.feed import FeedEntry, entry_at
from db.pool import Connection


@dataclass(frozen=True)
class Restoration:
    """The latest restoration: the instant (UTC) at which it was noted, the number beyond which all
    others begin since, and the last entry of the feed that came through it; None where nothing had
    happened."""

    at: datetime
    base: int
    last: FeedEntry | None


async def note(connection: Connection, *, anyway: bool) -> int | None:
    """Note, as the schema's owner, that the database was restored: where it can be told by where it
    stands, or `anyway`. Return the number of the restoration; None where there was none."""
    number: int | None = await connection.fetchval("SELECT note_restoration($1)", anyway)
    return number


async def latest(connection: Connection) -> Restoration | None:
    """Return the latest restoration; None where there never was one."""
    row = await connection.fetchrow(
        "SELECT at, base, feed_number FROM restorations ORDER BY number DESC LIMIT 1"
    )
    if row is None:
        return None
    return Restoration(row["at"], row["base"], await entry_at(connection, row["feed_number"]))
