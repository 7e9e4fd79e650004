"""Payments of which their workflows still have something to do, and what is left undone around
them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from db.pool import Connection
from domain.payments import MAY_BE_GONE, PaymentRef, Way
from domain.vocabulary import FINAL_STATES


@dataclass(frozen=True)
class UnderWay:
    """A payment that has not ended, or of which its provider has said something that is not applied
    (`event`, its number). The workflow `is_told` of it, or it `is_old`: an API should have told it
    by now, again if it was told before."""

    payment: PaymentRef
    what: str
    event: int | None
    is_told: bool
    is_old: bool


@dataclass(frozen=True)
class Undone:
    """Something that an API has not done of itself for too long, and what it is about."""

    subject: str
    problem: str


@dataclass(frozen=True)
class AtAnother:
    """How many payments in and out, and how many disputes of payments, are under way at a provider
    that is not the one that is connected."""

    provider: str
    pay_ins: int
    payouts: int
    disputes: int


# A dispute of what was never paid waits for the word that it was.
_IS_EARLY = (
    "kind LIKE 'dispute\\_%' AND NOT EXISTS"
    " (SELECT FROM pay_ins p WHERE p.id = ours::uuid AND p.state = 'paid')"
)
_UNDER_WAY = f"""
    SELECT 'payment' AS way, id, 'is ' || state AS what, NULL::bigint AS event,
           started_at IS NOT NULL AS is_told, created_at AS since
    FROM pay_ins WHERE state = 'open'
    UNION ALL
    SELECT 'payout', id, 'is ' || state, NULL, told_at IS NOT NULL, created_at
    FROM payouts WHERE state IN ('requested', 'pending')
    UNION ALL
    SELECT CASE WHEN kind LIKE 'payout\\_%' THEN 'payout' ELSE 'payment' END, ours::uuid,
           format('has event %s of its provider (%s), which is not applied,', number, kind), number,
           told_at IS NOT NULL, received_at
    FROM provider_events WHERE outcome IS NULL AND NOT ({_IS_EARLY})
"""


async def payments(connection: Connection) -> list[PaymentRef]:
    """Return the payments of which something is still to be done."""
    rows = await connection.fetch(f"SELECT DISTINCT way, id FROM ({_UNDER_WAY}) AS u ORDER BY id")
    return [PaymentRef(Way(row["way"]), row["id"]) for row in rows]


async def of(connection: Connection, these: Sequence[PaymentRef]) -> list[UnderWay]:
    """Return what is still to be done of these payments, first of what their provider has said."""
    rows = await connection.fetch(
        "SELECT way, id, what, event, is_told, since < moved(now()) - $2::interval AS is_old"
        f" FROM ({_UNDER_WAY}) AS u WHERE id = ANY ($1::uuid[]) ORDER BY event, id",
        *([one.id for one in these], MAY_BE_GONE),
    )
    return [
        UnderWay(
            payment=PaymentRef(Way(row["way"]), row["id"]),
            what=row["what"],
            event=row["event"],
            is_told=row["is_told"],
            is_old=row["is_old"],
        )
        for row in rows
    ]


async def early_disputes(connection: Connection) -> list[UUID]:
    """Return the payments that were disputed a while ago, and of which their provider has not said
    that they were paid."""
    rows = await connection.fetch(
        "SELECT DISTINCT ours::uuid AS id FROM provider_events WHERE outcome IS NULL"
        f" AND received_at < moved(now()) - $1::interval AND {_IS_EARLY} ORDER BY id",
        MAY_BE_GONE,
    )
    return [row["id"] for row in rows]


async def undone(connection: Connection, waits: timedelta) -> list[Undone]:
    """Return the disputes that nobody has carried out for so long, and the orders that nobody has
    placed though their payment has come. What waits for its order to end does so."""
    rows = await connection.fetch(
        "SELECT 'chargeback ' || c.id AS subject,"
        " format('is %s, and nobody has carried that out', c.state) AS problem FROM chargebacks c"
        " WHERE c.carried IS DISTINCT FROM c.state"
        "  AND coalesce(c.ended_at, c.created_at) < moved(now()) - $1::interval"
        "  AND NOT EXISTS (SELECT FROM pay_ins p JOIN orders o ON o.id = p.order_id"
        "                  JOIN requests r ON r.order_id = o.id"
        "                   AND r.request_id = 'chargeback-' || c.id || '-payment_dispute_lost'"
        "                  WHERE p.id = c.pay_in_id AND o.state <> ALL ($2::text[]))"
        " UNION ALL"
        " SELECT 'payment ' || id, 'is paid, and its order is neither placed nor refused'"
        " FROM pay_ins WHERE state = 'paid' AND wish IS NOT NULL"
        "  AND ended_at < moved(now()) - $1::interval ORDER BY subject",
        *(waits, list(FINAL_STATES)),
    )
    return [Undone(**dict(row)) for row in rows]


async def at_others(connection: Connection, connected: str) -> list[AtAnother]:
    """Return what is under way at other providers than the one that is `connected`."""
    rows = await connection.fetch(
        "SELECT provider, count(*) FILTER (WHERE what = 'pay_in') AS pay_ins,"
        " count(*) FILTER (WHERE what = 'payout') AS payouts,"
        " count(*) FILTER (WHERE what = 'dispute') AS disputes FROM ("
        "  SELECT provider, 'pay_in' AS what FROM pay_ins WHERE state = 'open' UNION ALL"
        "  SELECT provider, 'pay_in' FROM pay_ins WHERE state = 'paid' AND wish IS NOT NULL"
        "  UNION ALL SELECT provider, 'payout' FROM payouts"
        "  WHERE state IN ('requested', 'pending') UNION ALL"
        "  SELECT provider, 'dispute' FROM chargebacks"
        "  WHERE state = 'opened' OR carried IS DISTINCT FROM state) AS under_way"
        " WHERE provider <> $1 GROUP BY provider ORDER BY provider",
        connected,
    )
    return [AtAnother(**dict(row)) for row in rows]
