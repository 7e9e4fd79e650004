"""Payments that are under way at a provider that is not connected."""

from dataclasses import dataclass

from db.pool import Connection


@dataclass(frozen=True)
class AtAnother:
    """How many payments in and out, and how many disputes of payments, are under way at a provider
    that is not the one that is connected."""

    provider: str
    pay_ins: int
    payouts: int
    disputes: int


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
