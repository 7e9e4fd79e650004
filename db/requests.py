"""What was asked of orders: written before it is signalled, so that nothing is lost on the way."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from asyncpg import Record

from db.errors import Crowded, TooManyAttempts
from db.idempotency import Claim, Key, claim_of
from db.pool import Connection
from db.reading import reading
from domain.actions import Fields
from domain.cause import Cause
from domain.command import Refusal
from domain.generation import GENERATION
from domain.order import Actor
from domain.vocabulary import known_code

CROWDED = "RQ001"
"""What the database says when a caller has too many undecided requests at an order."""

TOO_MANY_ATTEMPTS = "RQ002"
"""What it says when a caller has tried too much on an order; its hint is the seconds to wait."""


@dataclass(frozen=True)
class Outcome:
    """How a request was decided: its entry in the order's journal, and why it was refused, if it
    was."""

    seq: int
    refusal: Refusal | None


@dataclass(frozen=True)
class Request:
    """A request as it was made, and its outcome once it has been decided. The actor is None where a
    signal by hand did not say who."""

    id: str
    action: str
    actor: Actor | None
    received_at: datetime
    outcome: Outcome | None


@dataclass(frozen=True)
class Pending:
    """A request that has not been decided, in the form in which a signal carries it."""

    order_id: UUID
    request_id: str
    action: str
    signal: dict[str, Any]
    received_at: datetime


async def write(
    connection: Connection,
    order_id: UUID,
    request_id: str,
    action: str,
    actor: Actor,
    fields: Fields,
    if_version: int | None,
    most_attempts: int = 0,
    cause: Cause | None = None,
) -> Pending:
    """Write a request down and return it with the instant that counts against deadlines. Its signal
    says who asks, and what decides; personal text stays here. The caller may try `most_attempts`
    on an order at once, which come back over an hour (0: without limit).

    Raises:
        Crowded: the caller has as many undecided requests at this order as one may have.
        TooManyAttempts: the caller has no attempt left.
    """
    by, said, signal = _written(actor, fields, if_version, cause)
    with not_too_many():
        received_at = await connection.fetchval(
            "SELECT write_limited_request($1, $2, $3, $4, $5, $6, $7)",
            order_id,
            request_id,
            action,
            by,
            said,
            signal,
            most_attempts,
        )
    return Pending(order_id, request_id, action, signal, received_at)


async def write_once(
    connection: Connection,
    key: Key,
    order_id: UUID,
    request_id: str,
    action: str,
    actor: Actor,
    fields: Fields,
    if_version: int | None,
    most_attempts: int = 0,
    cause: Cause | None = None,
) -> Pending | Claim:
    """Take a key and write a request down as `write` does, in one round trip; or return what the
    key led to before. Where another transaction holds it, wait for that one's end.

    Raises:
        Crowded, TooManyAttempts: as `write`; the key stays free.
        Spoiled: what the key led to cannot be read.
    """
    by, said, signal = _written(actor, fields, if_version, cause)
    with not_too_many():
        (row,) = await connection.fetch(
            "SELECT * FROM write_keyed_request($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            key.caller,
            key.key,
            key.fingerprint,
            order_id,
            request_id,
            action,
            by,
            said,
            signal,
            most_attempts,
        )
    if row["received_at"] is None:
        return claim_of(row)
    return Pending(order_id, request_id, action, signal, row["received_at"])


def _written(
    actor: Actor, fields: Fields, if_version: int | None, cause: Cause | None
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return who asks, what they say, and what of both travels to the workflow."""
    version = {} if if_version is None else {"if_version": if_version}
    by = actor.model_dump(mode="json")
    return by, as_written(fields), {**signal_of(fields, cause), **version, "actor": by}


def signal_of(fields: Fields, cause: Cause | None) -> dict[str, Any]:
    """Return what of a request travels to its workflow, without who asks."""
    came_of = {} if cause is None else {"cause": cause.model_dump(exclude_none=True)}
    return {**fields.on_the_wire(), **came_of, "generation": GENERATION}


def as_written(fields: Fields) -> dict[str, Any]:
    """Return what is said in a request as it is kept."""
    return fields.model_dump(mode="json", exclude_none=True)


@contextmanager
def not_too_many() -> Iterator[None]:
    """Run a statement that writes a request down.

    Raises:
        Crowded: the caller has as many undecided requests at this order as one may have.
        TooManyAttempts: the caller has no attempt left.
    """
    try:
        yield
    except asyncpg.PostgresError as error:
        if error.sqlstate == CROWDED:
            raise Crowded from error
        if error.sqlstate == TOO_MANY_ATTEMPTS:
            raise TooManyAttempts(int(error.hint or 1)) from error
        raise


async def get(connection: Connection, order_id: UUID, request_id: str) -> Request | None:
    """Return a request; None where there is none of this id.

    Raises:
        Spoiled: what is kept of it cannot be read.
    """
    row = await connection.fetchrow(
        "SELECT request_id, action, actor_id, actor_role, received_at, outcome"
        " FROM requests WHERE order_id = $1 AND request_id = $2",
        order_id,
        request_id,
    )
    if row is None:
        return None
    return request_of(order_id, row)


async def said_in(connection: Connection, order_id: UUID, request_id: str) -> dict[str, Any]:
    """Return the fields of a request as they were written; none where there is no such request.

    Raises:
        Spoiled: what is kept of it cannot be read.
    """
    with reading(f"a request of order {order_id}"):
        kept = await connection.fetchval(
            "SELECT fields FROM requests WHERE order_id = $1 AND request_id = $2",
            order_id,
            request_id,
        )
        return dict(kept or {})


def request_of(order_id: UUID, row: Record) -> Request:
    """Return a request of an order from its row.

    Raises:
        Spoiled: what is kept of it cannot be read.
    """
    with reading(f"a request of order {order_id}"):
        return _request(row)


def _request(row: Record) -> Request:
    role, outcome = row["actor_role"], row["outcome"]
    return Request(
        id=row["request_id"],
        action=row["action"],
        actor=Actor(id=row["actor_id"], role=role) if role else None,
        received_at=row["received_at"],
        outcome=outcome_of(outcome) if outcome is not None else None,
    )


def outcome_of(kept: Mapping[str, Any]) -> Outcome:
    """Return an outcome from the document that `record_step` keeps. Those of earlier releases name
    no field; those of newer ones may have a code that this one does not know."""
    if kept["accepted"]:
        return Outcome(kept["seq"], None)
    code, detail = known_code(kept["code"]), kept["detail"]
    refusal = Refusal(code=code, detail=detail, field=kept.get("field"))
    return Outcome(kept["seq"], refusal)


async def claim_due(connection: Connection, limit: int) -> list[Pending]:
    """Return undecided requests whose signal is due (again), the oldest first. Each is given to one
    caller; should that one die, it is due again some seconds later."""
    # The relays of several processes pass over each other's requests, and wait for none. Where one
    # has just been let go, the lock reads it anew, and not the queue: both are asked.
    rows = await connection.fetch(
        "UPDATE requests r SET next_signal = now() + interval '5 seconds'"
        " FROM (SELECT q.order_id, q.request_id"
        "       FROM undecided u JOIN requests q USING (order_id, request_id)"
        "       WHERE u.next_signal <= now() AND q.next_signal <= now() AND q.outcome IS NULL"
        "       ORDER BY u.next_signal LIMIT $1 FOR UPDATE OF q SKIP LOCKED) due"
        " WHERE r.order_id = due.order_id AND r.request_id = due.request_id"
        " RETURNING r.order_id, r.request_id, r.action, r.signal, r.received_at",
        limit,
    )
    # RETURNING promises no order.
    return sorted((Pending(**dict(row)) for row in rows), key=lambda one: one.received_at)


async def due_now(connection: Connection, order_id: UUID) -> None:
    """Have what is undecided on an order signalled at once, whatever pause it is in."""
    await connection.execute(
        "UPDATE requests SET next_signal = now() WHERE order_id = $1 AND outcome IS NULL", order_id
    )


async def mark_signalled(connection: Connection, request: Pending) -> None:
    """Note a signal that Temporal took. Should no decision follow (its store was lost, say), it is
    sent again after a pause that doubles up to an hour."""
    await connection.execute(
        "UPDATE requests SET signals = signals + 1, next_signal = now()"
        "  + least(interval '10 seconds' * power(2, least(signals, 9)), interval '1 hour')"
        " WHERE order_id = $1 AND request_id = $2",
        request.order_id,
        request.request_id,
    )
