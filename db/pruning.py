"""Removing what has been kept for long enough. What that is, the database's functions decide."""

from dataclasses import dataclass
from datetime import timedelta

from db.pool import Connection


@dataclass(frozen=True)
class Removed:
    """What one piece of the pruning removed, of so many orders."""

    orders: int
    requests: int
    deliveries: int


async def expired_keys(connection: Connection, most: int) -> int:
    """Remove up to `most` idempotency keys that have expired; return how many they were."""
    removed: int = await connection.fetchval("SELECT prune_idempotency_keys($1)", most)
    return removed


async def used_up_attempts(connection: Connection, most: int) -> int:
    """Remove up to `most` counts of attempts that bound nobody any more; return how many."""
    removed: int = await connection.fetchval("SELECT prune_attempts($1)", most)
    return removed


async def old_confirmations(connection: Connection, most: int) -> int:
    """Remove up to `most` mails of 30 days ago by which addresses could be confirmed; return how
    many they were."""
    removed: int = await connection.fetchval("SELECT prune_confirmations($1)", most)
    return removed


async def old_endpoint_tests(connection: Connection, keep: timedelta, most: int) -> int:
    """Remove up to `most` tests of endpoints of more than `keep` ago; return how many they were."""
    removed: int = await connection.fetchval("SELECT prune_endpoint_tests($1, $2)", keep, most)
    return removed


async def unpaid_orders(connection: Connection, keep: timedelta, most: int) -> int:
    """Remove up to `most` orders that were to be placed with payments which failed or lapsed more
    than `keep` ago; return how many they were."""
    removed: int = await connection.fetchval("SELECT prune_pay_ins($1, $2)", keep, most)
    return removed


async def ended_orders(connection: Connection, keep: timedelta, most: int) -> Removed:
    """Remove up to `most` requests and as many deliveries of orders that ended more than `keep`
    ago. Where that were no orders, there is nothing left to remove."""
    removed = await connection.fetchval("SELECT prune_ended_orders($1, $2)", keep, most)
    return Removed(**removed)
