"""Mails by which people confirm that an address is theirs. Who asks for them is bounded, so that
nobody has somebody else's address mailed again and again. All instants are the database's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from uuid import UUID, uuid4

from db import people
from db.pool import Connection

MOST_A_DAY = 5
"""Confirmations that one person may ask for within 24 hours, and that go to one inbox in that time:
what is asked for beyond that waits for its turn, in the order of asking."""

HOLDS = timedelta(days=3)
"""For how long the link of a mail confirms, from when it is handed to the mail server; and for how
long a mail server that does not take it is tried."""

_TAG = "+"


@dataclass(frozen=True)
class Confirmation:
    """A mail that was asked for. Its link confirms until `expires_at` (UTC), once, and only while
    the person keeps the address."""

    id: UUID
    user_id: str
    email: str
    language: str
    expires_at: datetime
    has_expired: bool
    is_used: bool
    is_void: bool


_CONFIRMATION = (
    "SELECT c.id, c.user_id, c.email, coalesce(p.language, 'en') AS language,"
    " coalesce(c.expires_at, c.asked_at) AS expires_at,"
    " coalesce(c.expires_at, c.asked_at) <= moved(now()) AS has_expired,"
    " c.confirmed_at IS NOT NULL AS is_used,"
    " c.void_at IS NOT NULL OR p.email IS DISTINCT FROM c.email AS is_void"
)


async def ask(connection: Connection, user_id: str, email: str) -> int | None:
    """Have a confirmation mailed to a person's address: at once, or as soon as its inbox may be
    mailed again where others have had it mailed so often today. Return None, or in how many seconds
    another one may be asked for where this person has asked too often: then nothing is mailed."""
    inbox = inbox_of(email)
    # One at a time, and always in this order: of two at once each would count without the other.
    for whose in (f"confirmations of {user_id}", f"confirmations to {inbox}"):
        await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", whose)
    # By the clock from here on, not by now(): who began before the one ahead would take what that
    # one has just asked for, for one that still waits for its turn.
    if await _waits_already(connection, user_id, email):
        return None
    wait = await _wait(connection, user_id)
    if wait is None:
        await _plan(connection, user_id, email, inbox)
    return wait


async def _waits_already(connection: Connection, user_id: str, email: str) -> bool:
    """Return whether one is planned: another would only take the turn of somebody else."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM confirmations WHERE user_id = $1 AND email = $2"
        " AND asked_at > (SELECT moved(clock_timestamp())) AND void_at IS NULL)",
        user_id,
        email,
    )
    return found


async def _wait(connection: Connection, user_id: str) -> int | None:
    seconds: float | None = await connection.fetchval(
        "SELECT extract(epoch FROM asked_at + interval '1 day' - moved(clock_timestamp()))::float8"
        " FROM confirmations WHERE user_id = $1 ORDER BY asked_at DESC OFFSET $2 LIMIT 1",
        user_id,
        MOST_A_DAY - 1,
    )
    return None if seconds is None or seconds <= 0 else ceil(seconds)


async def _plan(connection: Connection, user_id: str, email: str, inbox: str) -> None:
    # Never refused for what strangers asked: whose inbox it is could be kept from it for ever.
    await connection.execute(
        "WITH turn AS (SELECT greatest(moved(clock_timestamp()), ("
        " SELECT asked_at + interval '1 day' FROM confirmations"
        # What became void before it was sent has left its turn to others.
        " WHERE inbox = $4 AND (void_at IS NULL OR attempts > 0)"
        " ORDER BY asked_at DESC OFFSET $5 LIMIT 1)) AS at)"
        " INSERT INTO confirmations (id, user_id, email, inbox, asked_at, next_attempt)"
        " SELECT $1, $2, $3, $4, at, at FROM turn",
        uuid4(),
        user_id,
        email,
        inbox,
        MOST_A_DAY - 1,
    )


def inbox_of(address: str) -> str:
    """Return where an address leads, for counting: most servers take capitals and what stands
    behind a + for the same inbox."""
    local_part, _, domain = address.lower().rpartition("@")
    return f"{local_part.partition(_TAG)[0] or local_part}@{domain}"


async def begin(connection: Connection, most: int) -> Sequence[Confirmation]:
    """Take in hand up to `most` mails that are due, and count the attempt; another one follows
    after minutes that double up to an hour, unless it was `sent` or has `failed` for good. As many
    are given up that have been tried for as long as they hold."""
    rows = await connection.fetch(
        # They would be met at each look, before those that are due.
        "WITH given_up AS ("
        " UPDATE confirmations SET next_attempt = NULL"
        " WHERE id = ANY (ARRAY(SELECT id FROM confirmations WHERE next_attempt <= moved(now())"
        "  AND asked_at <= moved(now()) - $2::interval ORDER BY next_attempt LIMIT $1"
        "  FOR UPDATE SKIP LOCKED))"
        "), begun AS ("
        # Counted before it is made: an attempt whose worker dies was one.
        " UPDATE confirmations SET attempts = attempts + 1,"
        "  expires_at = moved(now()) + $2::interval,"
        "  next_attempt = moved(now()) + least(interval '1 hour',"
        "   interval '1 minute' * power(2, least(attempts, 10)))"
        " WHERE id = ANY (ARRAY(SELECT id FROM confirmations WHERE next_attempt <= moved(now())"
        "  AND asked_at > moved(now()) - $2::interval ORDER BY next_attempt LIMIT $1"
        "  FOR UPDATE SKIP LOCKED)) RETURNING *"
        f") {_CONFIRMATION} FROM begun c LEFT JOIN people p USING (user_id)",
        most,
        HOLDS,
    )
    return [Confirmation(**dict(row)) for row in rows]


async def sent(connection: Connection, confirmation_id: UUID) -> None:
    """Note that the mail server has taken a mail."""
    await connection.execute(
        "UPDATE confirmations SET sent_at = moved(now()), next_attempt = NULL, last_error = NULL"
        " WHERE id = $1",
        confirmation_id,
    )


async def failed(connection: Connection, confirmation_id: UUID, why: str, for_good: bool) -> None:
    """Note why a mail has not been taken, and whether that is `for_good`."""
    await connection.execute(
        "UPDATE confirmations SET last_error = $2,"
        " next_attempt = CASE WHEN $3 THEN NULL ELSE next_attempt END WHERE id = $1",
        confirmation_id,
        why,
        for_good,
    )


async def get(connection: Connection, confirmation_id: UUID) -> Confirmation | None:
    """Return what was asked for under an id, or None."""
    row = await connection.fetchrow(
        f"{_CONFIRMATION} FROM confirmations c LEFT JOIN people p USING (user_id) WHERE c.id = $1",
        confirmation_id,
    )
    return Confirmation(**dict(row)) if row else None


async def use(connection: Connection, confirmation_id: UUID) -> Confirmation | None:
    """Confirm the address of a link that still confirms; return it as it was before, or None where
    there is none. All in one transaction."""
    async with connection.transaction():
        # The person first: whoever changes the address meanwhile has this row, too.
        await connection.execute(
            "SELECT FROM people WHERE user_id = (SELECT user_id FROM confirmations WHERE id = $1)"
            " FOR UPDATE",
            confirmation_id,
        )
        found = await get(connection, confirmation_id)
        if found is not None and not (found.is_used or found.is_void or found.has_expired):
            await people.confirm(connection, found.user_id, found.email)
            await connection.execute(
                "UPDATE confirmations SET confirmed_at = moved(now()), next_attempt = NULL"
                " WHERE id = $1",
                confirmation_id,
            )
        return found
