"""What the books say of a payment provider, to be held against what it says itself."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from db.odd_values import AnyInstant
from db.pool import Connection
from domain.ledger import OF_CHARGEBACKS, OF_PAYOUTS


@dataclass(frozen=True)
class Movement:
    """An amount in minor units that came in through a provider, or (below zero) went out, by the id
    of the payment, and when (UTC) that was booked here. Without an `amount` it is known here, and
    what the provider should have booked of it lately is not, but that none of it came back where it
    `is_out`."""

    id: UUID
    amount: int | None
    currency: str
    at: AnyInstant
    is_out: bool


@dataclass(frozen=True)
class Disputed:
    """What banks have taken back of a payment, in minor units, and have given back again; of one
    that is disputed since before `since`, and of which the provider need not have booked anything
    lately, `is_new` is not true."""

    id: UUID
    currency: str
    taken: int
    given_back: int
    is_new: bool


@dataclass(frozen=True)
class Owed:
    """What people have here in a currency, in minor units: what is in wallets and in escrow, less
    what they owe, what banks have taken and nobody has made good yet, and what came in by other
    hands than the provider's."""

    amount: int
    currency: str


_MOVEMENT = (
    "SELECT id, amount, currency, ended_at AS at, false AS is_out FROM pay_ins"
    " WHERE state = 'paid' AND provider = $1 AND "
)


# What is on its way has left the provider's account for us; what is back is there again.
_PAYOUT = """
    SELECT id, CASE WHEN called_at < $2 OR state = 'pending' AND reference IS NULL THEN NULL
                    WHEN state IN ('pending', 'paid') THEN -amount ELSE 0 END AS amount,
           currency, called_at AS at, state IN ('pending', 'paid') AS is_out
    FROM payouts WHERE called_at IS NOT NULL AND provider = $1 AND
"""


async def between(
    connection: Connection, provider: str, since: datetime, until: datetime
) -> list[Movement]:
    """Return what was booked of a provider's payments from one instant to before another."""
    rows = await connection.fetch(
        f"{_MOVEMENT} ended_at >= $2 AND ended_at < $3 UNION ALL {_PAYOUT} called_at >= $2"
        " AND called_at < $3 AND reference IS NOT NULL AND state IN ('pending', 'paid')"
        " ORDER BY at, id",
        *(provider, since, until),
    )
    return [Movement(**dict(row)) for row in rows]


async def of(
    connection: Connection, provider: str, ids: Collection[UUID], since: datetime
) -> list[Movement]:
    """Return what was booked of these payments of a provider, whenever that was; of payouts that
    were begun before an instant (UTC), only that they are known, and whether they are back."""
    rows = await connection.fetch(
        f"{_MOVEMENT} id = ANY ($3::uuid[]) UNION ALL {_PAYOUT} id = ANY ($3::uuid[])",
        *(provider, since, list(ids)),
    )
    return [Movement(**dict(row)) for row in rows]


async def disputed(
    connection: Connection, provider: str, ids: Collection[UUID], since: datetime, until: datetime
) -> list[Disputed]:
    """Return what was disputed of these payments of a provider, and of those whose dispute was
    written down from one instant (UTC) to before another."""
    rows = await connection.fetch(
        "SELECT pay_in_id AS id, currency,"
        " coalesce(sum(amount) FILTER (WHERE state <> 'won'), 0)::bigint AS taken,"
        " coalesce(sum(amount) FILTER (WHERE state = 'won'), 0)::bigint AS given_back,"
        " bool_or(created_at >= $3 AND created_at < $4 AND state <> 'won') AS is_new"
        " FROM chargebacks WHERE provider = $1"
        " AND (pay_in_id = ANY ($2::uuid[]) OR created_at >= $3 AND created_at < $4)"
        " GROUP BY pay_in_id, currency ORDER BY pay_in_id",
        *(provider, list(ids), since, until),
    )
    return [Disputed(**dict(row)) for row in rows]


async def owed(connection: Connection, provider: str) -> list[Owed]:
    """Return what the provider must hold so that everybody has what is theirs, by currency."""
    rows = await connection.fetch(
        "SELECT currency, sum(amount)::bigint AS amount FROM ("
        "  SELECT currency::text, amount FROM ledger.sums"
        "  WHERE kind IN ('wallet', 'escrow', 'receivable')"
        "  UNION ALL SELECT currency::text, -amount FROM chargebacks"
        "  WHERE provider = $1 AND state <> 'won' AND carried IS DISTINCT FROM 'lost'"
        "  UNION ALL"
        "  SELECT x.currency::text, CASE a.kind WHEN 'world' THEN -x.amount ELSE x.amount END"
        "  FROM ledger.outside o JOIN ledger.transfer x ON x.tx_id = o.tx_id"
        "  JOIN ledger.account a ON a.id = x.debit_id"
        "  WHERE o.made_by IS DISTINCT FROM $1 AND o.kind <> ALL ($2)) AS held"
        " GROUP BY currency ORDER BY currency",
        *(provider, [*OF_PAYOUTS, *OF_CHARGEBACKS]),
    )
    return [Owed(**dict(row)) for row in rows]
