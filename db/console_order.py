"""What operators see of one order beside what its parties do: requests that wait, and who was told
of it how."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from db.deliveries import Status
from db.pool import Connection
from db.requests import Request, request_of

MOST = 60


@dataclass(frozen=True)
class ToldNotice:
    """A notice in an inbox: of somebody, or of everybody in a role."""

    seq: int
    role: str
    user_id: str | None
    event: str
    created_at: datetime


@dataclass(frozen=True)
class ToldDelivery:
    """A mail or a webhook's message about an order, and how far it is."""

    id: int
    seq: int
    channel: str
    user_id: str | None
    endpoint_id: UUID | None
    status: Status
    attempts: int
    last_error: str | None
    next_attempt: datetime | None
    created_at: datetime


async def waiting(connection: Connection, order_id: UUID) -> list[Request]:
    """Return up to `MOST` requests that nobody has decided.

    Raises:
        Spoiled: what is kept of one cannot be read.
    """
    rows = await connection.fetch(
        "SELECT r.request_id, r.action, r.actor_id, r.actor_role, r.received_at, r.outcome"
        " FROM undecided u JOIN requests r USING (order_id, request_id)"
        " WHERE u.order_id = $1 ORDER BY u.request_id LIMIT $2",
        order_id,
        MOST,
    )
    return [request_of(order_id, row) for row in rows]


async def notices(connection: Connection, order_id: UUID) -> Sequence[ToldNotice]:
    """Return the last `MOST` notices of an order's steps, then those of its messages."""
    rows = await connection.fetch(
        "SELECT seq, role, user_id, event, created_at FROM notices WHERE order_id = $1"
        " ORDER BY seq DESC, role DESC, user_id DESC LIMIT $2",
        order_id,
        MOST,
    )
    return [ToldNotice(**dict(row)) for row in rows]


async def deliveries(connection: Connection, order_id: UUID) -> Sequence[ToldDelivery]:
    """Return the last `MOST` mails and webhooks of an order."""
    rows = await connection.fetch(
        "SELECT id, seq, channel, user_id, endpoint_id, status, attempts, last_error,"
        " next_attempt, created_at FROM deliveries WHERE order_id = $1"
        " ORDER BY seq DESC, channel DESC, user_id DESC, endpoint_id DESC LIMIT $2",
        order_id,
        MOST,
    )
    return [ToldDelivery(**dict(row)) for row in rows]
