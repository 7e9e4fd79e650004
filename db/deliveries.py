"""What leaves the product, and what became of each attempt."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from asyncpg import Record

from db.giving_up import giving_up
from db.pool import Connection
from domain.cause import Cause, cause_of
from domain.vocabulary import Role

Status = Literal["pending", "delivered", "failed"]


@dataclass(frozen=True)
class UnstartedDeliveries:
    """A step of an order with deliveries that nobody has set about yet, and how often each has been
    asked for again."""

    order_id: UUID
    seq: int
    ids: Sequence[int]
    asked: Sequence[int]
    cause: Cause | None
    """What they came of, where that is known."""


@dataclass(frozen=True)
class Delivery:
    """One message to one recipient: a user by e-mail, or an endpoint of the marketplace."""

    id: int
    channel: str
    user_id: str | None
    role: Role | None
    endpoint_id: UUID | None
    status: Status
    last_error: str | None


_DELIVERY = "SELECT d.id, d.channel, d.user_id, n.role, d.endpoint_id, d.status, d.last_error"
_NOTICE = "LEFT JOIN notices n ON n.id = d.notice_id"


async def not_started(
    connection: Connection, limit: int, but: Sequence[int] = ()
) -> list[UnstartedDeliveries]:
    """Return steps with deliveries to be started, oldest first, of at most `limit` deliveries, and
    of none of these."""
    rows = await connection.fetch(
        "SELECT order_id, seq, array_agg(id) AS ids, array_agg(asked_again) AS asked,"
        " (array_agg(cause))[1] AS cause FROM ("
        " SELECT id, order_id, seq, created_at, asked_again, cause FROM deliveries"
        " WHERE started_at IS NULL AND id <> ALL ($2::bigint[]) ORDER BY created_at LIMIT $1) due"
        " GROUP BY order_id, seq ORDER BY min(created_at)",
        *(limit, but),
    )
    return [UnstartedDeliveries(**{**row, "cause": cause_of(row["cause"])}) for row in rows]


async def mark_started(connection: Connection, steps: Iterable[UnstartedDeliveries]) -> None:
    """Note that a workflow has these deliveries in hand; not of one that was asked for again since
    it was looked at, for the workflow may have ended before."""
    looked_at = [seen for one in steps for seen in zip(one.ids, one.asked, strict=True)]
    await connection.execute(
        "UPDATE deliveries one SET started_at = moved(now())"
        " FROM unnest($1::bigint[], $2::integer[]) AS seen (id, asked)"
        " WHERE one.id = seen.id AND one.asked_again = seen.asked",
        [number for number, _ in looked_at],
        [asked for _, asked in looked_at],
    )


async def begin_anew(connection: Connection, order_id: UUID) -> None:
    """Have somebody set about what is pending on an order, whoever had it in hand before."""
    await connection.execute(
        "UPDATE deliveries SET started_at = NULL, asked_again = asked_again + 1"
        " WHERE order_id = $1 AND status = 'pending'",
        order_id,
    )


async def begin(
    connection: Connection, order_id: UUID, seq: int, channels: Collection[str]
) -> list[Delivery]:
    """Count one more attempt at a step's pending deliveries over these channels; return them."""
    rows = await connection.fetch(
        # Counted before it is made: an attempt whose worker dies was one.
        "WITH begun AS (UPDATE deliveries SET attempts = attempts + 1, last_attempt = moved(now())"
        " WHERE order_id = $1 AND seq = $2 AND status = 'pending' AND channel = ANY ($3::text[])"
        f" RETURNING *) {_DELIVERY} FROM begun d {_NOTICE}",
        order_id,
        seq,
        sorted(channels),
    )
    return [_delivery(row) for row in rows]


async def of_step(connection: Connection, order_id: UUID, seq: int) -> list[Delivery]:
    """Return every delivery of a step as it stands."""
    rows = await connection.fetch(
        f"{_DELIVERY} FROM deliveries d {_NOTICE} WHERE d.order_id = $1 AND d.seq = $2"
        " ORDER BY d.id",
        order_id,
        seq,
    )
    return [_delivery(row) for row in rows]


async def tried(
    connection: Connection, ids: Collection[int], status: Status, error: str | None
) -> None:
    """Note how an attempt at what left together ended: for good, unless an earlier end was less
    good."""
    await connection.execute(
        "UPDATE deliveries SET status = $2, last_error = $3, in_hand_until = NULL,"
        " delivered_at = CASE WHEN $2 = 'delivered' THEN moved(now()) ELSE delivered_at END"
        " WHERE id = ANY ($1::bigint[]) AND (status = 'pending' OR $2 = 'delivered')",
        list(ids),
        status,
        error,
    )


async def switch_off(
    connection: Connection, order_id: UUID, seq: int, channel: str, why: str
) -> None:
    """Fail the pending deliveries of a step over a channel, untried."""
    await connection.execute(
        "UPDATE deliveries SET status = 'failed', last_error = $4"
        " WHERE order_id = $1 AND seq = $2 AND channel = $3 AND status = 'pending'",
        order_id,
        seq,
        channel,
        why,
    )


async def give_up(connection: Connection, order_id: UUID, seq: int) -> None:
    """Fail what of a step is still pending and was not asked for again since it was tried."""
    await connection.execute(giving_up("deliveries", "order_id = $1 AND seq = $2"), order_id, seq)


def _delivery(row: Record) -> Delivery:
    values = dict(row)
    role = values.pop("role")
    return Delivery(**values, role=Role(role) if role else None)
