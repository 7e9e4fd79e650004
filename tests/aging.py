"""Time that has passed, by hand: rows are given an age that they do not have."""

from datetime import timedelta
from uuid import UUID

from db import watermark
from db.pool import Connection


async def ended(owner: Connection, order_id: str, days: int) -> None:
    """An order that has ended did so many days ago, with all that belongs to it."""
    ago = timedelta(days=days)
    await owner.execute("ALTER TABLE orders DISABLE TRIGGER guard_order")
    await owner.execute(
        "UPDATE orders SET updated_at = updated_at - $2::interval WHERE id = $1",
        UUID(order_id),
        ago,
    )
    await owner.execute("ALTER TABLE orders ENABLE ALWAYS TRIGGER guard_order")
    await owner.execute(
        "UPDATE requests SET received_at = received_at - $2::interval WHERE order_id = $1",
        UUID(order_id),
        ago,
    )


async def keys(owner: Connection, key: str, days: int) -> None:
    """Keys with this name came so many days ago."""
    await owner.execute(
        "UPDATE idempotency_keys SET created_at = created_at - $2::interval WHERE key = $1",
        key,
        timedelta(days=days),
    )


async def proved(connection: Connection) -> None:
    """A night has looked at every order, and found each in order."""
    left = await watermark.unproved(connection)
    await watermark.note_orders(connection, left.orders)
    await watermark.note_accounts(connection, left.accounts)
