"""The first answer to a keyed request, kept per caller."""

from dataclasses import dataclass
from uuid import UUID

from asyncpg import Record

from db.pool import Connection
from db.reading import reading


@dataclass(frozen=True)
class Key:
    """A caller's idempotency key, and a fingerprint of all that they ask for under it."""

    caller: str
    key: str
    fingerprint: bytes


@dataclass(frozen=True)
class KeptAnswer:
    """An answer as it is kept: `body` is JSON text."""

    status: int
    body: str
    headers: dict[str, str]
    media_type: str


@dataclass(frozen=True)
class Claim:
    """An earlier use of a key: the fingerprint that it came with first, and the first answer."""

    fingerprint: bytes
    order_id: UUID | None
    request_id: str | None
    answer: KeptAnswer | None


async def claim(
    connection: Connection, key: Key, order_id: UUID | None = None, request_id: str | None = None
) -> Claim | None:
    """Take the key for the work of the surrounding transaction; return None when it was free.

    Where another transaction holds it, wait for that one's end and return what it left.

    Raises:
        Spoiled: what it left cannot be read.
    """
    while not await _taken(connection, key, order_id, request_id):
        # A statement of its own, so that it sees what was committed while the insert waited.
        found = await earlier(connection, key)
        if found is not None:  # or else it expired between the two statements, and is free
            return found
    return None


async def earlier(connection: Connection, key: Key) -> Claim | None:
    """Return what a key was used for before; None where it is free.

    Raises:
        Spoiled: what is kept under it cannot be read.
    """
    row = await connection.fetchrow(
        "SELECT fingerprint, order_id, request_id, answer FROM idempotency_keys"
        " WHERE caller = $1 AND key = $2",
        key.caller,
        key.key,
    )
    return claim_of(row) if row is not None else None


def claim_of(row: Record) -> Claim:
    """Return an earlier use of a key from its row.

    Raises:
        Spoiled: what is kept under it cannot be read.
    """
    with reading("the answer that is kept under this key"):
        kept = row["answer"]
        answer = KeptAnswer(**kept) if kept is not None else None
        return Claim(row["fingerprint"], row["order_id"], row["request_id"], answer)


async def _taken(connection: Connection, key: Key, *leads_to: object) -> bool:
    # Of two requests at once under one key the second waits here for the first one's commit.
    taken = await connection.execute(
        "INSERT INTO idempotency_keys (caller, key, fingerprint, order_id, request_id)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (caller, key) DO NOTHING",
        key.caller,
        key.key,
        key.fingerprint,
        *leads_to,
    )
    return taken == "INSERT 0 1"


async def keep(connection: Connection, key: Key, answer: KeptAnswer) -> KeptAnswer:
    """Keep the answer unless one was kept before, and return the one that counts. Where the key has
    expired meanwhile nothing is kept, and it is this one: also where another request has taken the
    key since.

    Raises:
        Spoiled: one was kept before, and cannot be read.
    """
    kept = await connection.execute(
        "UPDATE idempotency_keys SET answer = $3"
        " WHERE caller = $1 AND key = $2 AND answer IS NULL AND fingerprint = $4",
        key.caller,
        key.key,
        answer,
        key.fingerprint,
    )
    if kept == "UPDATE 1":
        return answer
    first = await earlier(connection, key)
    if first is None or first.answer is None or first.fingerprint != key.fingerprint:
        return answer
    return first.answer
