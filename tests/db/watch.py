"""A superuser's eyes on what the market leaves in the database."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.ledger import COMMISSION
from domain.order import Order
from domain.step import Recorded, Step, ToRecord
from tests.db.market import Json, Owner


@dataclass(frozen=True)
class Watch:
    """What a test looks at besides the market itself."""

    owner: Owner

    async def rows(self, table: str, order: Order) -> list[Json]:
        """An order's rows in a table, oldest first."""
        key = "id" if table == "orders" else "order_id"
        rows = await self.owner.fetch(
            f"SELECT * FROM {table} t WHERE {key} = $1 ORDER BY t", UUID(order.id)
        )
        return [dict(row) for row in rows]

    async def last_event(self, order: Order) -> Json:
        """The newest line of an order's journal."""
        rows = await self.rows("events", order)
        return rows[-1]

    async def escrow(self, order: Order) -> tuple[int, bool]:
        """What an order's escrow holds, in cents, and whether it is closed."""
        row = await self.owner.fetchrow(
            "SELECT balance, closed FROM ledger.balance JOIN ledger.account ON id = account_id"
            " WHERE kind = 'escrow' AND owner = $1",
            order.id,
        )
        assert row is not None
        return row["balance"], row["closed"]

    async def commission(self) -> int:
        """What the platform has earned, in cents."""
        earned: int = await self.owner.fetchval(
            "SELECT coalesce(sum(amount), 0)::bigint FROM ledger.entry"
            " JOIN ledger.account ON id = account_id WHERE kind = $1",
            COMMISSION.kind,
        )
        return earned


def deadline_of(order: Order) -> datetime:
    """The instant at which an order's deadline passes."""
    assert order.deadline is not None
    return order.deadline.at


def told(recorded: Recorded) -> Json:
    """The outcome of a request."""
    assert recorded.outcome is not None
    return recorded.outcome


def order_after(record: ToRecord) -> Order:
    """The order that a step leads to."""
    assert isinstance(record.verdict, Step)
    return record.verdict.order
