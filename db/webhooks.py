"""Endpoints of the marketplace that are told of orders, their secrets, and what became of each
message.

Secrets come in sealed (`db/sealing.py`), and leave in one place: opened by `target`, for what is
about to be signed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from asyncpg import Record

from db.deliveries import Status
from db.odd_values import AnyInstant
from db.pool import Connection, one_per_external_id
from db.sealing import Keyring
from domain.notices import ENDPOINT_TEST, MESSAGE


@dataclass(frozen=True)
class Endpoint:
    """An address of the marketplace and what is sent to it. `events` is None for all; until
    `previous_secret_until` messages are signed by the secret before, too."""

    id: UUID
    url: str
    events: Sequence[str] | None
    previous_secret_until: datetime | None
    disabled_at: datetime | None
    disabled_reason: str | None
    created_by: str
    created_at: datetime
    external_id: str | None
    metadata: Mapping[str, str]


@dataclass(frozen=True)
class Target:
    """An endpoint as sending needs it. The newest secret comes first."""

    url: str
    secrets: Sequence[str] = field(repr=False)
    disabled_at: datetime | None
    disabled_reason: str | None


@dataclass(frozen=True)
class Sent:
    """A message to an endpoint, and how far it is. That of a test is of no order's step."""

    id: int
    endpoint_id: UUID
    order_id: UUID | None
    seq: int | None
    event: str
    status: Status
    attempts: int
    last_attempt: datetime | None
    last_error: str | None
    delivered_at: datetime | None
    created_at: datetime


NO_METADATA: Mapping[str, str] = MappingProxyType({})

_ENDPOINT = (
    "id, url, events, disabled_at, disabled_reason, created_by, created_at, external_id, metadata,"
    " CASE WHEN previous_until > moved(now()) THEN previous_until END AS previous_secret_until"
)
_SENT = (
    "SELECT d.id, d.endpoint_id, d.order_id, d.seq,"
    f" CASE WHEN d.seq < 0 THEN '{MESSAGE}' ELSE e.event END AS event, d.status, d.attempts,"
    " d.last_attempt, d.last_error, d.delivered_at, d.created_at"
)
_EVENT = "LEFT JOIN events e ON e.order_id = d.order_id AND e.seq = d.seq"
_TEST = (
    "SELECT d.id, d.endpoint_id, NULL::uuid AS order_id, NULL::integer AS seq,"
    f" '{ENDPOINT_TEST}' AS event, d.status, d.attempts, d.last_attempt, d.last_error,"
    " d.delivered_at, d.created_at"
)
_IS_THERE = "deleted_at IS NULL"

DELETED = "the endpoint was deleted"
MOST_ENDED = 10_000
"""How many of its last messages end with an endpoint; what waits beyond, at its next attempt."""


async def add(
    connection: Connection,
    endpoint_id: UUID,
    url: str,
    events: Sequence[str] | None,
    secret: str,
    created_by: str,
    external_id: str | None = None,
    metadata: Mapping[str, str] = NO_METADATA,
) -> Endpoint:
    """Write a new endpoint with its sealed secret, told of every step from now on.

    Raises:
        ExternalIdTaken: another endpoint has this one's.
    """
    with one_per_external_id():
        rows = await connection.fetch(
            "INSERT INTO webhook_endpoints"
            " (id, url, events, secret, created_by, external_id, metadata)"
            f" VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING {_ENDPOINT}",
            endpoint_id,
            url,
            events,
            secret,
            created_by,
            external_id,
            dict(metadata),
        )
    return Endpoint(**dict(rows[0]))


async def get(connection: Connection, endpoint_id: UUID) -> Endpoint | None:
    """Return one endpoint, or None."""
    row = await connection.fetchrow(
        f"SELECT {_ENDPOINT} FROM webhook_endpoints WHERE id = $1 AND {_IS_THERE}", endpoint_id
    )
    return _endpoint(row)


async def ever(connection: Connection, endpoint_id: UUID) -> Endpoint | None:
    """Return one endpoint, also one that was deleted, which has no address any more; None where
    there never was one."""
    row = await connection.fetchrow(
        f"SELECT {_ENDPOINT} FROM webhook_endpoints WHERE id = $1", endpoint_id
    )
    return _endpoint(row)


async def held(connection: Connection, endpoint_id: UUID) -> Endpoint | None:
    """Return one endpoint that nobody else changes until the transaction ends, or None."""
    row = await connection.fetchrow(
        f"SELECT {_ENDPOINT} FROM webhook_endpoints WHERE id = $1 AND {_IS_THERE}"
        " FOR NO KEY UPDATE",
        endpoint_id,
    )
    return _endpoint(row)


async def page(
    connection: Connection,
    before: tuple[AnyInstant, UUID] | None,
    limit: int,
    external_id: str | None = None,
) -> list[Endpoint]:
    """Return endpoints, newest first, from after `before`."""
    rows = await connection.fetch(
        f"SELECT {_ENDPOINT} FROM webhook_endpoints"
        f" WHERE {_IS_THERE} AND ($1::timestamptz IS NULL OR (created_at, id) < ($1, $2::uuid))"
        " AND ($4::text IS NULL OR external_id = $4)"
        " ORDER BY created_at DESC, id DESC LIMIT $3",
        before[0] if before else None,
        before[1] if before else None,
        limit,
        external_id,
    )
    return [Endpoint(**dict(row)) for row in rows]


async def put(
    connection: Connection,
    endpoint_id: UUID,
    url: str,
    events: Sequence[str] | None,
    external_id: str | None = None,
    metadata: Mapping[str, str] = NO_METADATA,
) -> Endpoint | None:
    """Give an endpoint another address, other events and what the marketplace notes on it; return
    None where there is none.

    Raises:
        ExternalIdTaken: another endpoint has the new one.
    """
    changes = "url = $2, events = $3, external_id = $4, metadata = $5"
    with one_per_external_id():
        return await _change(
            connection, endpoint_id, changes, url, events, external_id, dict(metadata)
        )


async def rotate(connection: Connection, endpoint_id: UUID, secret: str) -> Endpoint | None:
    """Give an endpoint a new secret, sealed; the one that it had signs along for a day."""
    return await _change(
        connection,
        endpoint_id,
        "previous_secret = secret, previous_until = moved(now()) + interval '24 hours',"
        " secret = $2",
        secret,
    )


async def disable(connection: Connection, endpoint_id: UUID, reason: str) -> Endpoint | None:
    """Tell an endpoint nothing any more; of one that is disabled the first reason stays."""
    return await _change(
        connection,
        endpoint_id,
        "disabled_at = coalesce(disabled_at, moved(now())),"
        " disabled_reason = coalesce(disabled_reason, $2)",
        reason,
    )


async def enable(connection: Connection, endpoint_id: UUID) -> Endpoint | None:
    """Tell an endpoint of every step again, from now on."""
    return await _change(connection, endpoint_id, "disabled_at = NULL, disabled_reason = NULL")


async def gone(connection: Connection, endpoint_id: UUID, url: str, reason: str) -> None:
    """Disable an endpoint that said itself that it is gone, unless it has moved meanwhile."""
    await connection.execute(
        "UPDATE webhook_endpoints SET disabled_at = moved(now()), disabled_reason = $3"
        # The address that answered may not be the endpoint's any more.
        " WHERE id = $1 AND url = $2 AND disabled_at IS NULL",
        endpoint_id,
        url,
        reason,
    )


async def target(connection: Connection, endpoint_id: UUID, keyring: Keyring) -> Target | None:
    """Return where to send, and what to sign with now; None where there is no such endpoint.

    Raises:
        Unsealable: none of the keys opens its secret.
    """
    row = await connection.fetchrow(
        "SELECT url, disabled_at, disabled_reason, secret,"
        " CASE WHEN previous_until > moved(now()) THEN previous_secret END AS previous"
        f" FROM webhook_endpoints WHERE id = $1 AND {_IS_THERE}",
        endpoint_id,
    )
    if row is None:
        return None
    kept = [one for one in (row["secret"], row["previous"]) if one is not None]
    secrets = [keyring.open(one, endpoint_id) for one in kept]
    return Target(row["url"], secrets, row["disabled_at"], row["disabled_reason"])


async def deliveries(
    connection: Connection,
    endpoint_id: UUID,
    status: Status | None,
    before: int | None,
    limit: int,
) -> list[Sent]:
    """Return an endpoint's messages, newest first, from after `before`."""
    given = [endpoint_id, *([status] if status else [])]
    number, most = f"${len(given) + 1}::bigint", f"${len(given) + 2}"
    both = f"WHERE d.endpoint_id = $1 AND d.id < {number}"
    newest = f"ORDER BY d.id DESC LIMIT {most}"
    # A status as part of a range: told that it is equal to something, the planner may take a rare
    # one for a common one, and read everything that lies between.
    of_status = (
        f"WHERE (d.endpoint_id, d.status, d.id) < ($1, $2, {number})"
        " AND (d.endpoint_id, d.status, d.id) > ($1, $2, 0) AND d.endpoint_id IS NOT NULL"
        f" ORDER BY d.endpoint_id DESC, d.status DESC, d.id DESC LIMIT {most}"
    )
    sent = (
        f"{_SENT} FROM (SELECT * FROM deliveries d {of_status if status else f'{both} {newest}'})"
    )
    tested = f"{_TEST} FROM endpoint_tests d {both}{' AND d.status = $2' if status else ''}"
    rows = await connection.fetch(
        f"({sent} AS d {_EVENT}) UNION ALL ({tested} {newest}) ORDER BY id DESC LIMIT {most}",
        *given,
        2**63 - 1 if before is None else before,
        limit,
    )
    return [Sent(**dict(row)) for row in rows]


async def delivery(connection: Connection, delivery_id: int) -> Sent | None:
    """Return one message to an endpoint, or None."""
    of_endpoint = f"JOIN webhook_endpoints w ON w.id = d.endpoint_id AND w.{_IS_THERE}"
    row = await connection.fetchrow(
        f"{_SENT} FROM deliveries d {of_endpoint} {_EVENT} WHERE d.id = $1"
        f" UNION ALL {_TEST} FROM endpoint_tests d {of_endpoint} WHERE d.id = $1",
        delivery_id,
    )
    return Sent(**dict(row)) if row else None


async def redeliver(connection: Connection, delivery_id: int) -> Sent | None:
    """Have a message sent again, whatever became of it: pending and not started, as when the step
    wrote it. None where its endpoint is disabled, or there is no such message."""
    shown = {
        "deliveries": f"{_SENT} FROM again d {_EVENT}",
        "endpoint_tests": f"{_TEST} FROM again d",
    }
    for table, sent in shown.items():
        row = await connection.fetchrow(
            f"WITH again AS (UPDATE {table} one"
            " SET status = 'pending', started_at = NULL, last_error = NULL,"
            " asked_again = asked_again + 1"
            " FROM webhook_endpoints w WHERE one.id = $1 AND w.id = one.endpoint_id"
            f" AND w.disabled_at IS NULL RETURNING one.*) {sent}",
            delivery_id,
        )
        if row is not None:
            return Sent(**dict(row))
    return None


async def delete(connection: Connection, endpoint_id: UUID) -> bool:
    """Forget an endpoint with its address and secrets, and fail what waits to be sent to it; return
    whether it was there. An attempt that is under way may still arrive."""
    gone = await _change(
        connection,
        endpoint_id,
        "deleted_at = moved(now()), disabled_at = coalesce(disabled_at, moved(now())),"
        " disabled_reason = $2, url = '', secret = '', previous_secret = NULL,"
        " previous_until = NULL, external_id = NULL, metadata = '{}'",
        "deleted",
    )
    if gone is None:
        return False
    for table in ("deliveries", "endpoint_tests"):
        await connection.execute(
            # Locked in the order of their numbers, so that no two wait for each other.
            f"WITH due AS (SELECT id FROM {table} WHERE status = 'pending' AND id IN"
            f"  (SELECT id FROM {table} WHERE endpoint_id = $1 ORDER BY id DESC LIMIT $3)"
            "  ORDER BY id FOR UPDATE)"
            f" UPDATE {table} SET status = 'failed', last_error = $2"
            " WHERE id IN (SELECT id FROM due)",
            endpoint_id,
            DELETED,
            MOST_ENDED,
        )
    return True


async def _change(
    connection: Connection, endpoint_id: UUID, changes: str, *values: object
) -> Endpoint | None:
    row = await connection.fetchrow(
        f"UPDATE webhook_endpoints SET {changes} WHERE id = $1 AND {_IS_THERE}"
        f" RETURNING {_ENDPOINT}",
        endpoint_id,
        *values,
    )
    return _endpoint(row)


def _endpoint(row: Record | None) -> Endpoint | None:
    return Endpoint(**dict(row)) if row else None
