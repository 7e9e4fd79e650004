"""Payments of which their workflows still have something to do."""

from collections.abc import Sequence
from dataclasses import dataclass

from db.pool import Connection
from domain.payments import MAY_BE_GONE, PaymentRef, Way


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


IS_EARLY = (
    "kind LIKE 'dispute\\_%' AND NOT EXISTS"
    " (SELECT FROM pay_ins p WHERE p.id = ours::uuid AND p.state = 'paid')"
)
"""Of what a provider has said: a dispute of what was never paid waits for the word that it was."""

IS_BEHIND = (
    "kind IN ('dispute_opened', 'dispute_lost') AND EXISTS"
    " (SELECT FROM chargebacks c WHERE c.pay_in_id = ours::uuid AND c.state = 'opened'"
    "  AND c.reference IS DISTINCT FROM provider_events.reference)"
)
"""The same: another dispute of a payment waits for the end of the one that is open."""

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
    FROM provider_events WHERE outcome IS NULL AND NOT ({IS_EARLY})
      AND NOT (kind = 'dispute_opened' AND {IS_BEHIND})
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
