"""E-mails of one order to one person, gathered: what happens soon after one was sent waits, and
leaves together.

A letter is what one mail tells, oldest first. Once it has been tried, nothing is added to it: a
mail server that took it and could not say so gets the same mail again, with the same id. All
instants are the database's.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from asyncpg import Record

from db.pool import Connection
from domain.vocabulary import Role

MOST_IN_ONE = 100
"""How many events one mail tells; what is beyond waits for the next."""

IN_HAND = timedelta(seconds=60)
"""How long an attempt may be under way: beyond, whoever made it has died."""

LOOK_AGAIN = timedelta(seconds=5)
"""When to look again for what another attempt has in hand."""


@dataclass(frozen=True)
class Enclosure:
    """What one event has to tell somebody: its delivery, its step, and in what capacity they are
    told."""

    id: int
    seq: int
    role: Role | None


@dataclass(frozen=True)
class Letter:
    """What one mail to a person tells, oldest first."""

    user_id: str
    enclosures: tuple[Enclosure, ...]


@dataclass(frozen=True)
class Waiting:
    """How many mails of a step wait for nothing but their time, and in how many seconds the first
    of them is due; None where none does."""

    count: int
    due_in: float | None


NO_LETTER = Waiting(0, None)

# What is to be mailed of a step, and how the letters of the same order to the same people stand.
# Without a pause between mails every event is a letter of its own, and looks at no other.
_MINE = """
    mine AS (
        SELECT id, user_id FROM deliveries
        WHERE order_id = $1 AND seq = $2 AND channel = 'email' AND status = 'pending'
    ), standing AS (
        SELECT m.id, m.user_id,
               coalesce(bool_or(d.status = 'pending' AND d.in_hand_until > moved(now())), false)
                   AS is_in_hand,
               min(d.letter) FILTER (WHERE d.status = 'pending') AS open,
               max(greatest(d.last_attempt, d.delivered_at)) FILTER (WHERE d.status <> 'pending')
                   + $3::interval AS free_at
        FROM mine m JOIN deliveries d ON d.order_id = $1 AND d.channel = 'email'
         AND d.user_id = m.user_id AND ($3::interval > interval '0' OR d.id = m.id)
        GROUP BY m.id, m.user_id
    )
"""


async def begin(connection: Connection, order_id: UUID, seq: int, pause: timedelta) -> list[Letter]:
    """Take in hand the letters by which a step's people can be told now: each is one that was tried
    before, or all that has come since the last one, which is `pause` ago. Count the attempt."""
    async with connection.transaction():
        # One at a time: two attempts at once would each send what the other one sends.
        await connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('letters of ' || $1, 0))", str(order_id)
        )
        rows = await connection.fetch(
            f"WITH {_MINE}, chosen AS ("
            " SELECT part.id,"
            "  coalesce(s.open, min(part.id) OVER (PARTITION BY s.user_id)) AS letter"
            " FROM standing s CROSS JOIN LATERAL ("
            "  SELECT d.id FROM deliveries d WHERE d.order_id = $1 AND d.channel = 'email'"
            "   AND d.user_id = s.user_id AND d.status = 'pending'"
            "   AND ($3::interval > interval '0' OR d.id = s.id)"
            "   AND d.letter IS NOT DISTINCT FROM s.open"
            # First what was never tried: what was and is in no letter cannot be read, and would
            # keep what comes behind it from each.
            "   ORDER BY d.last_attempt NULLS FIRST, d.id LIMIT $4) part"
            " WHERE NOT s.is_in_hand"
            "  AND (s.open IS NOT NULL OR s.free_at IS NULL OR s.free_at <= moved(now()))"
            "), begun AS ("
            # Counted before it is made: an attempt whose worker dies was one.
            " UPDATE deliveries d SET attempts = attempts + 1, last_attempt = moved(now()),"
            "  letter = c.letter, in_hand_until = moved(now()) + $5::interval"
            " FROM chosen c WHERE d.id = c.id AND d.status = 'pending'"
            " RETURNING d.id, d.user_id, d.seq, d.notice_id"
            ") SELECT b.id, b.user_id, b.seq, n.role FROM begun b"
            " LEFT JOIN notices n ON n.id = b.notice_id ORDER BY b.user_id, b.id",
            order_id,
            seq,
            pause,
            MOST_IN_ONE,
            IN_HAND,
        )
    return _letters(rows)


async def waiting(connection: Connection, order_id: UUID, seq: int, pause: timedelta) -> Waiting:
    """Return what of a step waits for its time: for the pause after a mail, or for an attempt that
    is under way."""
    rows = await connection.fetch(
        f"WITH {_MINE} SELECT count(*) AS count, extract(epoch FROM min("
        "  CASE WHEN is_in_hand THEN $4::interval ELSE free_at - moved(now()) END))::float8"
        "  AS due_in"
        " FROM standing WHERE is_in_hand OR (open IS NULL AND free_at > moved(now()))",
        order_id,
        seq,
        pause,
        LOOK_AGAIN,
    )
    return Waiting(**dict(rows[0]))


async def take_out(connection: Connection, delivery_id: int) -> None:
    """Take out of its letter what cannot be told, so that it keeps nothing else from leaving."""
    await connection.execute(
        "UPDATE deliveries SET letter = NULL, in_hand_until = NULL, last_error = $2 WHERE id = $1",
        delivery_id,
        "what it tells of cannot be read",
    )


def _letters(rows: list[Record]) -> list[Letter]:
    enclosed: dict[str, list[Enclosure]] = {}
    for row in rows:
        role = Role(row["role"]) if row["role"] else None
        enclosure = Enclosure(row["id"], row["seq"], role)
        enclosed.setdefault(row["user_id"], []).append(enclosure)
    return [Letter(user_id, tuple(parts)) for user_id, parts in enclosed.items()]
