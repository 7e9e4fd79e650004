"""What a database has at an instant, read past the product: to compare two of them."""

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from tests.contract import FINAL


@dataclass(frozen=True)
class Books:
    """Orders by their states, the steps of their journals and their messages, transfers, and what
    wallets hold (cents); `inside` is all that is in wallets, escrow and commission together."""

    orders: dict[UUID, str]
    steps: frozenset[tuple[UUID, int]]
    messages: frozenset[tuple[UUID, int]]
    transfers: frozenset[UUID]
    wallets: Counter[str]
    inside: int

    @property
    def open(self) -> list[UUID]:
        """The orders that have not ended."""
        return [order_id for order_id, state in self.orders.items() if state not in FINAL]


async def read(database_url: str) -> Books:
    """What the database has now."""
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return await _read(connection)
    finally:
        await connection.close()


async def _read(connection: "asyncpg.Connection[asyncpg.Record]") -> Books:
    orders = await connection.fetch("SELECT id, state FROM orders")
    steps = await connection.fetch("SELECT order_id, seq FROM events WHERE accepted")
    messages = await connection.fetch("SELECT order_id, number FROM messages")
    transfers = await connection.fetch("SELECT id FROM ledger.outside")
    wallets = await connection.fetch(
        "SELECT a.owner, b.balance FROM ledger.account a"
        " JOIN ledger.balance b ON b.account_id = a.id WHERE a.kind = 'wallet'"
    )
    inside = await connection.fetchval(
        "SELECT sum(x.amount * ((d.kind = 'world')::int - (c.kind = 'world')::int))"
        " FROM ledger.transfer x JOIN ledger.account d ON d.id = x.debit_id"
        " JOIN ledger.account c ON c.id = x.credit_id"
    )
    return Books(
        orders={row["id"]: row["state"] for row in orders},
        steps=frozenset((row["order_id"], row["seq"]) for row in steps),
        messages=frozenset((row["order_id"], row["number"]) for row in messages),
        transfers=frozenset(row["id"] for row in transfers),
        wallets=Counter({row["owner"]: row["balance"] for row in wallets}),
        inside=int(inside or 0),
    )
