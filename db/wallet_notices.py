"""What somebody is told of their wallet: notices in the inbox beside those of orders, numbered with
them, each for one person."""

from dataclasses import dataclass
from datetime import datetime

from db.pool import Connection


@dataclass(frozen=True)
class WalletNotice:
    """That a transfer was taken back, a payout did not arrive, or something owed was kept, as its
    `kind` says, which changed a wallet by `amount` minor units to `balance`. Or that a payment, of
    the order with this title if of one, is `disputed`: for which so much of a wallet is kept back,
    that this was won, or that its reader makes so much of it good since it was lost, of which their
    wallet has `paid` so much at once. And when its reader read it."""

    id: int
    at: datetime
    kind: str | None
    disputed: str | None
    amount: int
    currency: str
    balance: int | None
    paid: int
    reason: str | None
    order_title: str | None
    read_at: datetime | None


_NOTICE = """
    SELECT n.id, coalesce(t.created_at, CASE n.told WHEN 'opened' THEN c.created_at
                                        ELSE c.ended_at END) AS at,
           o.kind, n.told AS disputed, coalesce(n.amount, e.amount) AS amount,
           coalesce(e.currency, c.currency) AS currency, e.balance, n.read_at,
           CASE WHEN n.told = 'lost' THEN coalesce(-e.amount, 0) ELSE 0 END AS paid,
           coalesce(o.reason, p.reason) AS reason, w.title AS order_title
    FROM wallet_notices n LEFT JOIN ledger.tx t ON t.id = n.tx_id
    LEFT JOIN ledger.outside o ON o.tx_id = n.tx_id
    LEFT JOIN LATERAL (
        SELECT e.amount, a.currency, e.balance_after AS balance
        FROM ledger.entry e JOIN ledger.account a ON a.id = e.account_id AND a.kind = 'wallet'
        WHERE e.tx_id = n.tx_id) AS e ON true
    LEFT JOIN payouts p ON p.return_id = o.id
    LEFT JOIN chargebacks c ON c.id = n.chargeback_id
    LEFT JOIN pay_ins i ON i.id = c.pay_in_id LEFT JOIN orders w ON w.id = i.order_id
    WHERE n.user_id = $1
"""


def unread_ones(user: str, most: str) -> str:
    """Return SQL for the ids of at most `most` notices that a user has not read."""
    return f"SELECT id FROM wallet_notices WHERE user_id = {user} AND read_at IS NULL LIMIT {most}"


async def page(
    connection: Connection, user_id: str, before: int, limit: int, *, unread: bool
) -> list[WalletNotice]:
    """Return somebody's notices, newest first, from below `before`; all, or only what is unread."""
    which = "AND n.read_at IS NULL" if unread else ""
    rows = await connection.fetch(
        f"{_NOTICE} AND n.id < $2 {which} ORDER BY n.id DESC LIMIT $3", user_id, before, limit
    )
    return [WalletNotice(**dict(row)) for row in rows]


async def get(connection: Connection, user_id: str, number: int) -> WalletNotice | None:
    """Return one notice; None where there is none, or it is another's."""
    row = await connection.fetchrow(f"{_NOTICE} AND n.id = $2", user_id, number)
    return WalletNotice(**dict(row)) if row else None


async def unread(connection: Connection, user_id: str, most: int) -> int:
    """Return how many are unread; no more than `most` are counted."""
    count: int = await connection.fetchval(
        f"SELECT count(*) FROM ({unread_ones('$1', '$2')}) AS unread",
        user_id,
        most,
    )
    return count


async def read(connection: Connection, user_id: str, number: int, *, and_before: bool) -> None:
    """Mark a notice as read, or all up to it, unless that was done before."""
    await connection.execute(
        "UPDATE wallet_notices SET read_at = moved(now()) WHERE user_id = $1 AND read_at IS NULL"
        f" AND id {'<=' if and_before else '='} $2",
        user_id,
        number,
    )
