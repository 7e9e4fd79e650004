"""What is left undone around payments: disputes that nobody carries out, orders that nobody places,
and the word that what is disputed was paid."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from db.payments_under_way import IS_EARLY
from db.pool import Connection
from domain.payments import MAY_BE_GONE
from domain.vocabulary import FINAL_STATES


@dataclass(frozen=True)
class Undone:
    """Something that an API has not done of itself for too long, and what it is about."""

    subject: str
    problem: str


async def undone(connection: Connection, waits: timedelta) -> list[Undone]:
    """Return the disputes that nobody has carried out for so long, and the orders that nobody has
    placed though their payment has come. What waits for its order to decide does so."""
    rows = await connection.fetch(
        "SELECT 'chargeback ' || c.id AS subject,"
        " format('is %s, and nobody has carried that out', c.state) AS problem FROM chargebacks c"
        " WHERE c.carried IS DISTINCT FROM c.state"
        "  AND coalesce(c.ended_at, c.created_at) < moved(now()) - $1::interval"
        "  AND NOT EXISTS (SELECT FROM pay_ins p JOIN orders o ON o.id = p.order_id"
        "                  JOIN requests r ON r.order_id = o.id"
        "                   AND r.request_id IN ('chargeback-' || c.id || '-payment_disputed',"
        "                                        'chargeback-' || c.id || '-payment_dispute_lost')"
        "                  WHERE p.id = c.pay_in_id AND r.outcome IS NULL"
        "                   AND o.state <> ALL ($2::text[]))"
        " UNION ALL"
        " SELECT 'payment ' || id, 'is paid, and its order is neither placed nor refused'"
        " FROM pay_ins WHERE state = 'paid' AND wish IS NOT NULL"
        "  AND ended_at < moved(now()) - $1::interval ORDER BY subject",
        *(waits, list(FINAL_STATES)),
    )
    return [Undone(**dict(row)) for row in rows]


async def early_disputes(connection: Connection) -> list[UUID]:
    """Return the payments that were disputed a while ago, and of which their provider has not said
    that they were paid."""
    rows = await connection.fetch(
        "SELECT DISTINCT ours::uuid AS id FROM provider_events WHERE outcome IS NULL"
        f" AND received_at < moved(now()) - $1::interval AND {IS_EARLY} ORDER BY id",
        MAY_BE_GONE,
    )
    return [row["id"] for row in rows]
