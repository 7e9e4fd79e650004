"""The first answer to a keyed request, kept per caller."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from db.pool import Connection
from db.reading import reading


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
    connection: Connection,
    caller: str,
    key: str,
    fingerprint: bytes,
    order_id: UUID | None = None,
    request_id: str | None = None,
) -> Claim | None:
    """Take the key for the work of the surrounding transaction; return None when it was free.

    Where another transaction holds it, wait for that one's end and return what it left.

    Raises:
        Spoiled: what it left cannot be read.
    """
    while not await _taken(connection, caller, key, fingerprint, order_id, request_id):
        # A statement of its own, so that it sees what was committed while the insert waited.
        row = await connection.fetchrow(
            "SELECT fingerprint, order_id, request_id, answer FROM idempotency_keys"
            " WHERE caller = $1 AND key = $2",
            caller,
            key,
        )
        if row is not None:  # or else it expired between the two statements, and is free
            with reading("the answer that is kept under this key"):
                return Claim(**{**dict(row), "answer": _kept(row["answer"])})
    return None


async def _taken(connection: Connection, caller: str, key: str, *values: object) -> bool:
    # Of two requests at once under one key the second waits here for the first one's commit.
    taken = await connection.execute(
        "INSERT INTO idempotency_keys (caller, key, fingerprint, order_id, request_id)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (caller, key) DO NOTHING",
        caller,
        key,
        *values,
    )
    return taken == "INSERT 0 1"


async def keep(connection: Connection, caller: str, key: str, answer: KeptAnswer) -> KeptAnswer:
    """Keep the answer unless one was kept before, and return the one that counts. Where the key has
    expired meanwhile nothing is kept, and it is this one."""
    first = await connection.fetchval(
        "UPDATE idempotency_keys SET answer = coalesce(answer, $3)"
        " WHERE caller = $1 AND key = $2 RETURNING answer",
        caller,
        key,
        answer,
    )
    return answer if first is None else KeptAnswer(**first)


def _kept(answer: dict[str, Any] | None) -> KeptAnswer | None:
    return KeptAnswer(**answer) if answer is not None else None
