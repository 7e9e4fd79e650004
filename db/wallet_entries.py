"""What came into and left wallets, newest first: what left an account and what came in, merged."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from db.pool import Connection
from db.wallets import Balance
from domain.ledger import AccountKind


@dataclass(frozen=True)
class WalletEntry:
    """What came into (above zero) or left (below zero) a wallet, and what it then held, in minor
    units."""

    tx_id: int
    leg: int
    at: datetime
    kind: str
    order_id: UUID | None
    amount: int
    currency: str
    balance_after: int
    reference: str | None
    reason: str | None
    order_title: str | None


SKEW = "interval '2 days'"
"""By how much the instant of a posting may be another than its number says: before it was stamped
as it is numbered, it was that of its transaction's beginning; and a clock may have been set."""

_NONE_YET, NEWEST = 0, (2**63 - 1, 2**15 - 1)
"""Below and above every number of a posting, and of its legs."""


def _number_at(instant: str) -> tuple[str, str]:
    """Return SQL for two numbers: all postings from this instant on are above the first, all before
    it below the second."""
    found = "(SELECT id FROM ledger.tx WHERE created_at {0} ORDER BY created_at {1} LIMIT 1)"
    before = found.format(f"< {instant}::timestamptz - {SKEW}", "DESC")
    after = found.format(f">= {instant}::timestamptz + {SKEW}", "")
    return f"coalesce({before}, {_NONE_YET})", f"coalesce({after}, {NEWEST[0]})"


def _moved(which: str, limit: str) -> str:
    """Return SQL for the newest movements `x` of an account `a` of which this is true, with their
    postings `t`: what left it, and what came in, each along an index of its own."""

    def side(sign: str, name: str) -> str:
        return f"""
            (SELECT x.tx_id, x.leg, {sign}x.amount AS amount, x.{name}_after AS balance_after
             FROM ledger.transfer x JOIN ledger.tx t ON t.id = x.tx_id
             WHERE x.{name}_id = a.id AND {which}
             ORDER BY x.tx_id DESC, x.leg DESC LIMIT {limit})"""

    return f"{side('-', 'debit')} UNION ALL {side('', 'credit')}"


BALANCES_AT = f"""
    SELECT a.currency, last.balance_after AS amount FROM ledger.account a
    CROSS JOIN LATERAL (
        SELECT * FROM ({_moved(f"x.tx_id < {_number_at('$3')[1]} AND t.created_at < $3", "1")})
        AS e ORDER BY tx_id DESC, leg DESC LIMIT 1) AS last
    WHERE a.owner = $1 AND a.kind = $2 ORDER BY a.currency
"""


async def balances_at(connection: Connection, user_id: str, at: datetime) -> list[Balance]:
    """Return what a user's wallets held just before an instant (UTC), one a currency that had moved
    by then."""
    rows = await connection.fetch(BALANCES_AT, user_id, AccountKind.WALLET, at)
    return [Balance(**dict(row)) for row in rows]


def _entries(which: str) -> str:
    return f"""
        WITH way AS MATERIALIZED (
            SELECT e.*, a.currency FROM ledger.account a
            CROSS JOIN LATERAL ({_moved(f"(x.tx_id, x.leg) < ($3, $4::smallint) {which}", "$5")}) e
            WHERE a.owner = $1 AND a.kind = $2
            ORDER BY e.tx_id DESC, e.leg DESC LIMIT $5
        )
        SELECT way.tx_id, way.leg, t.created_at AS at, t.kind, t.order_id, way.amount, way.currency,
               way.balance_after, o.reference, o.reason,
               (SELECT ordered.title FROM orders ordered WHERE ordered.id = t.order_id)
                   AS order_title
        FROM way JOIN ledger.tx t ON t.id = way.tx_id
        LEFT JOIN ledger.outside o ON o.tx_id = way.tx_id
        ORDER BY way.tx_id DESC, way.leg DESC
    """


ENTRIES = _entries("")
ENTRIES_WITHIN = _entries(
    f"AND x.tx_id > {_number_at('$6')[0]} AND x.tx_id < {_number_at('$7')[1]}"
    " AND t.created_at >= $6 AND t.created_at < $7"
)


async def entries(
    connection: Connection,
    user_id: str,
    before: tuple[int, int] | None,
    limit: int,
    *,
    within: tuple[datetime, datetime] | None = None,
) -> list[WalletEntry]:
    """Return what came into and left a user's wallets, newest first, after `before` (tx, leg); all
    of it, or what was `within` two instants (UTC), the second of which is out already."""
    place = before or NEWEST
    rows = await connection.fetch(
        ENTRIES_WITHIN if within else ENTRIES,
        *(user_id, AccountKind.WALLET, *place, limit),
        *(within or ()),
    )
    return [WalletEntry(**dict(row)) for row in rows]
