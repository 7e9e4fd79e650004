"""Since when a payment's provider does not say what becomes of it, and why."""

from db.clock_of_payments import TABLES
from db.pool import Connection
from domain.payments import PaymentRef, Way


async def note(connection: Connection, payment: PaymentRef, why: str | None) -> None:
    """Note why the provider does not say what becomes of a payment, and since now unless it was
    silent before; without a reason, that it says it. Of a payment in that is paid nobody asks any
    more: whoever asked before that and heard nothing is too late."""
    await connection.execute(
        f"UPDATE {TABLES[payment.way]} SET silent_because = $2::text,"
        " silent_since = CASE WHEN $2::text IS NOT NULL"
        "  THEN coalesce(silent_since, moved(clock_timestamp())) END"
        " WHERE id = $1 AND silent_because IS DISTINCT FROM $2::text"
        " AND NOT ($3 AND $2::text IS NOT NULL AND state = 'paid')",
        *(payment.id, why, payment.way is Way.IN),
    )
