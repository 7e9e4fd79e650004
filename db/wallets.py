"""Wallets: balances, entries, and money that comes from and goes to the payment provider."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from db.errors import AnotherContent
from db.odd_values import AnyInstant
from db.pool import Connection, no_overdraft
from domain.ledger import Account, AccountKind, PostingKind
from domain.vocabulary import OPEN_STATES

NEWEST_ORDERS = 10_000
"""Of so many orders a side it is looked up whether they run."""

OTHER_CONTENT = "LG001"
"""What the ledger says when a key was used for something else."""


@dataclass(frozen=True)
class Balance:
    """What a wallet holds in one currency, in minor units."""

    amount: int
    currency: str


@dataclass(frozen=True)
class Uncleared:
    """What was earned in one currency and cannot be paid out yet, in minor units, and from when on
    all of it can."""

    amount: int
    until: AnyInstant


@dataclass(frozen=True)
class HeldForOrder:
    """What is in escrow for an order that runs, in minor units, and the commission that the seller
    will leave on it; on which side its reader is."""

    is_bought: bool
    currency: str
    amount: int
    commission_bps: int


@dataclass(frozen=True)
class Transfer:
    """An amount in minor units that went from one account to another."""

    tx_id: int
    leg: int
    at: datetime
    kind: str
    debit_kind: str
    debit_owner: str
    credit_kind: str
    credit_owner: str
    amount: int
    currency: str


@dataclass(frozen=True)
class Moved:
    """An amount in minor units that came in from outside or went out to it at an instant (UTC), by
    the number of its posting: of a user's wallet, or without one of the platform's commission."""

    number: int
    id: UUID
    kind: str
    user_id: str | None
    amount: int
    currency: str
    at: datetime
    reference: str | None
    reverses: UUID | None
    reason: str | None


async def move(
    connection: Connection,
    key: str,
    kind: PostingKind,
    user_id: str | None,
    amount: int,
    currency: str,
    reference: str | None = None,
    by: str | None = None,
) -> UUID:
    """Write a top-up or a payout of `amount` minor units, once a key; of nobody's wallet, a payout
    of the platform's commission. Return its id.

    Raises:
        InsufficientFunds: the wallet holds too little, or less was earned.
        AnotherContent: the key has moved something else before.
    """
    try:
        with no_overdraft():
            moved: UUID = await connection.fetchval(
                "SELECT ledger.carry($1, $2, $3, $4, $5, $6, $7)",
                *(key, kind, user_id, currency, amount, reference, by),
            )
    except asyncpg.PostgresError as error:
        if error.sqlstate == OTHER_CONTENT:
            raise AnotherContent from error
        raise
    return moved


async def balance(connection: Connection, account: Account, currency: str) -> int:
    """Return what the account holds, in minor units, by an indexed look-up; 0 where it is none."""
    held: int | None = await connection.fetchval(
        "SELECT b.balance FROM ledger.account a JOIN ledger.balance b ON b.account_id = a.id"
        " WHERE a.owner = $1 AND a.kind = $2 AND a.currency = $3",
        account.owner,
        account.kind,
        currency,
    )
    return held or 0


async def balances(connection: Connection, user_id: str) -> list[Balance]:
    """Return a user's balances, one a currency."""
    rows = await connection.fetch(
        "SELECT b.balance AS amount, a.currency FROM ledger.account a"
        " JOIN ledger.balance b ON b.account_id = a.id"
        " WHERE a.owner = $1 AND a.kind = $2 ORDER BY a.currency",
        user_id,
        AccountKind.WALLET,
    )
    return [Balance(**dict(row)) for row in rows]


CLEARING = """
    SELECT currency, sum(amount)::bigint AS amount, max(clears_at) AS until FROM uncleared
    WHERE user_id = $1 AND clears_at > moved(now()) GROUP BY currency ORDER BY currency
"""


async def clearing(connection: Connection, user_id: str) -> dict[str, Uncleared]:
    """Return what a user has earned and cannot have paid out yet, by currency; they may have spent
    it on orders since."""
    rows = await connection.fetch(CLEARING, user_id)
    return {row["currency"]: Uncleared(row["amount"], row["until"]) for row in rows}


_RUNNING = """
    SELECT way.order_id, {0} AS is_bought FROM unnest($3::text[]) AS one (state)
    CROSS JOIN LATERAL (SELECT s.order_id FROM sought_orders s
                        WHERE s.{1} = $1 AND s.state = one.state
                        ORDER BY s.created_at DESC, s.order_id DESC LIMIT $2) AS way
"""
HELD = f"""
    SELECT mine.is_bought, a.currency, b.balance AS amount,
           CASE WHEN jsonb_path_exists(o.doc, '$.policy.commission_bps ? (@ >= 0 && @ <= 10000)')
                THEN (o.doc->'policy'->>'commission_bps')::numeric::int ELSE 0 END AS commission_bps
    FROM ({_RUNNING.format("true", "buyer_id")} UNION ALL {_RUNNING.format("false", "seller_id")})
         AS mine
    JOIN orders o ON o.id = mine.order_id
    JOIN ledger.account a ON a.owner = o.id::text AND a.kind = $4
    JOIN ledger.balance b ON b.account_id = a.id WHERE b.balance > 0
"""


async def held_for_orders(connection: Connection, user_id: str) -> list[HeldForOrder]:
    """Return what is in escrow for a user's running orders, of the newest `NEWEST_ORDERS` in each
    state on each side."""
    open_states = list(OPEN_STATES)
    rows = await connection.fetch(HELD, user_id, NEWEST_ORDERS, open_states, AccountKind.ESCROW)
    return [HeldForOrder(**dict(row)) for row in rows]


async def moved(connection: Connection, numbers: Sequence[int]) -> list[Moved]:
    """Return those of these postings that moved something between the books and outside."""
    rows = await connection.fetch(
        "SELECT o.tx_id AS number, o.id, o.kind, o.user_id, x.amount, x.currency,"
        " t.created_at AS at, o.reference, r.id AS reverses, o.reason"
        " FROM ledger.outside o JOIN ledger.tx t ON t.id = o.tx_id"
        " JOIN ledger.transfer x ON x.tx_id = o.tx_id AND x.leg = 1"
        " LEFT JOIN ledger.outside r ON r.tx_id = o.reverses"
        " WHERE o.tx_id = ANY ($1::bigint[])",
        list(numbers),
    )
    return [Moved(**dict(row)) for row in rows]


async def of_order(connection: Connection, order_id: UUID) -> list[Transfer]:
    """Return every transfer of an order's money, oldest first."""
    rows = await connection.fetch(
        "SELECT t.id AS tx_id, x.leg, t.created_at AS at, t.kind, x.amount, x.currency,"
        " d.kind AS debit_kind, d.owner AS debit_owner,"
        " c.kind AS credit_kind, c.owner AS credit_owner"
        " FROM ledger.tx t JOIN ledger.transfer x ON x.tx_id = t.id"
        " JOIN ledger.account d ON d.id = x.debit_id JOIN ledger.account c ON c.id = x.credit_id"
        " WHERE t.order_id = $1 ORDER BY t.id, x.leg",
        order_id,
    )
    return [Transfer(**dict(row)) for row in rows]
