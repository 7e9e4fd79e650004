"""Which payments are looked at by themselves, and when, on a stack whose clock can be moved."""

from dataclasses import dataclass
from datetime import datetime

from db.pool import Connection
from domain.payments import PaymentRef, Way

UNDER_WAY = (
    "(SELECT 'payment' AS way, id, next_look, created_at FROM pay_ins WHERE state = 'open'"
    " UNION ALL SELECT 'payout', id, next_look, created_at FROM payouts"
    " WHERE state IN ('requested', 'pending')) under_way"
)
"""SQL for when each payment that has not ended is looked at next; NULL where nobody sees to it
yet."""

NEXT_STOP = (
    "(SELECT min(next_look) FROM pay_ins"
    " WHERE state = 'open' AND next_look > moved(clock_timestamp()))"
)
"""SQL for the next instant at which a payment has to be looked at: one that comes in ends after a
day. One that goes out is under way for as long as its bank takes, or a second person: it is looked
at where the clock stops for something else, and where it arrives."""

TABLES = {Way.IN: "pay_ins", Way.OUT: "payouts"}
"""Where the payments of each way are kept."""


@dataclass(frozen=True)
class DuePayment:
    """A payment that is looked at at `at` (UTC)."""

    payment: PaymentRef
    at: datetime


async def due(connection: Connection, until: datetime) -> list[DuePayment]:
    """Return the payments that are looked at up to `until` (UTC), the first due first; one that
    nobody sees to yet, or any more, since it was asked for."""
    rows = await connection.fetch(
        f"SELECT way, id, coalesce(next_look, created_at) AS at FROM {UNDER_WAY}"
        " WHERE next_look IS NULL OR next_look <= $1 ORDER BY 3, 2",
        until,
    )
    return [DuePayment(PaymentRef(Way(row["way"]), row["id"]), row["at"]) for row in rows]


async def under_way(connection: Connection) -> list[PaymentRef]:
    """Return the payments that have not ended."""
    rows = await connection.fetch(f"SELECT way, id FROM {UNDER_WAY} ORDER BY id")
    return [PaymentRef(Way(row["way"]), row["id"]) for row in rows]


async def note_next_look(connection: Connection, payment: PaymentRef, instant: datetime) -> None:
    """Note when (UTC) a payment is looked at next."""
    await connection.execute(
        f"UPDATE {TABLES[payment.way]} SET next_look = $2 WHERE id = $1", payment.id, instant
    )
