"""What the nightly proof has found in order, so that it is not proved again unless it changed.

An order is noted once it has ended, an account as it stands; with each the version of its row,
which PostgreSQL gives anew to whatever writes to it, a hand included.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from db.pool import Connection, at_length

PATIENCE_SECONDS = 300


@dataclass(frozen=True)
class Unproved:
    """The orders and the accounts that nobody has proved as they are now, by their ids, each with
    its row's version. Orders that run come first."""

    orders: Mapping[UUID, int]
    accounts: Mapping[int, int]


async def unproved(connection: Connection) -> Unproved:
    """Return what is left to be proved: what runs, what has changed, and of what has ended also
    orders with a request or a message that waits."""
    async with at_length(connection, PATIENCE_SECONDS):
        orders = await connection.fetch(
            "SELECT o.id, o.xmin AS version FROM orders o"
            " LEFT JOIN proved_orders p ON p.order_id = o.id"
            " WHERE p.row_version IS DISTINCT FROM o.xmin"
            " OR o.id IN (SELECT order_id FROM undecided)"
            " OR o.id IN (SELECT order_id FROM deliveries WHERE status = 'pending')"
            " ORDER BY o.state IN ('completed', 'cancelled', 'settled'), o.created_at",
            timeout=PATIENCE_SECONDS,
        )
        accounts = await connection.fetch(
            "SELECT b.account_id, b.xmin AS version FROM ledger.balance b"
            " LEFT JOIN proved_accounts p ON p.account_id = b.account_id"
            " WHERE p.row_version IS DISTINCT FROM b.xmin",
            timeout=PATIENCE_SECONDS,
        )
    return Unproved(
        {row["id"]: row["version"] for row in orders},
        {row["account_id"]: row["version"] for row in accounts},
    )


async def note_orders(connection: Connection, proved: Mapping[UUID, int]) -> None:
    """Note the ended ones of these orders as proved, as they were in these versions. What is new
    since it was last proved is pruned in its turn."""
    async with at_length(connection, PATIENCE_SECONDS):
        await connection.execute(
            "INSERT INTO proved_orders (order_id, row_version, ended_at)"
            " SELECT o.id, o.xmin, o.updated_at"
            " FROM unnest($1::uuid[], $2::xid[]) AS p (id, version)"
            " JOIN orders o ON o.id = p.id AND o.xmin = p.version"
            " WHERE o.state IN ('completed', 'cancelled', 'settled')"
            " AND NOT EXISTS (SELECT FROM requests r WHERE r.order_id = o.id AND r.outcome IS NULL)"
            " ON CONFLICT (order_id) DO UPDATE SET row_version = excluded.row_version,"
            " ended_at = excluded.ended_at, proved_at = clock_timestamp(), pruned_at = NULL",
            list(proved),
            list(proved.values()),
            timeout=PATIENCE_SECONDS,
        )


async def note_accounts(connection: Connection, proved: Mapping[int, int]) -> None:
    """Note these accounts as proved, as they were in these versions."""
    async with at_length(connection, PATIENCE_SECONDS):
        await connection.execute(
            "INSERT INTO proved_accounts (account_id, row_version)"
            " SELECT * FROM unnest($1::bigint[], $2::xid[])"
            " ON CONFLICT (account_id) DO UPDATE SET row_version = excluded.row_version,"
            " proved_at = clock_timestamp()",
            list(proved),
            list(proved.values()),
            timeout=PATIENCE_SECONDS,
        )
