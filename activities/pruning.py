"""The nightly removal of what has been kept for long enough."""

import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog
from temporalio import activity

from activities.heartbeat import heartbeat_while
from db import accounts, pruning
from db.pool import Connection, Pool, connection
from domain.base import Frozen

AT_ONCE = 500
"""Rows of a table that go in one transaction: a fraction of a second, in which nobody waits."""

KEEP = timedelta(days=400)
"""How long requests and deliveries of ended orders are kept, and what was to be ordered with a
payment that came to nothing, unless settings say otherwise."""

BUDGET = timedelta(hours=1)
"""What has not been removed after that long is left to the next night."""

log = structlog.get_logger()


class Pruned(Frozen):
    """How much one night removed, and whether that was all that there was."""

    keys: int = 0
    requests: int = 0
    deliveries: int = 0
    attempts: int = 0
    confirmations: int = 0
    unpaid_orders: int = 0
    is_all: bool = True


Piece = Callable[[Connection], Awaitable[Pruned | None]]
"""Removes a little in one transaction; None where there is nothing left."""


class PruningActivities:
    """The activity of `PruningWorkflow`."""

    def __init__(self, pool: Pool, keep: timedelta = KEEP, budget: timedelta = BUDGET) -> None:
        self._pool = pool
        self._keep = keep
        self._budget = budget

    @activity.defn(name="prune")
    async def prune(self) -> Pruned:
        """Remove, piece by piece, what has been kept for long enough, until the night's budget is
        used up. What is removed is committed: whoever takes over after a fall goes on from there.

        Raises:
            Unavailable: the database does not answer.
        """
        until = time.monotonic() + self._budget.total_seconds()
        total = Pruned()
        async with heartbeat_while():
            # Keys first: one that is still there leads to its request.
            for piece in (
                self._expired_keys,
                self._ended_orders,
                self._attempts,
                self._confirmations,
                self._movements,
                self._endpoint_tests,
                self._unpaid_orders,
            ):
                total = await self._all_of(piece, total, until)
        log.info("pruned", **total.model_dump())
        return total

    async def _all_of(self, piece: Piece, total: Pruned, until: float) -> Pruned:
        while total.is_all:
            if time.monotonic() >= until:
                return total.model_copy(update={"is_all": False})
            async with connection(self._pool) as acquired:
                removed = await piece(acquired)
            if removed is None:
                break
            total = _sum(total, removed)
        return total

    async def _expired_keys(self, acquired: Connection) -> Pruned | None:
        keys = await pruning.expired_keys(acquired, AT_ONCE)
        return Pruned(keys=keys) if keys else None

    async def _attempts(self, acquired: Connection) -> Pruned | None:
        attempts = await pruning.used_up_attempts(acquired, AT_ONCE)
        return Pruned(attempts=attempts) if attempts else None

    async def _confirmations(self, acquired: Connection) -> Pruned | None:
        confirmations = await pruning.old_confirmations(acquired, AT_ONCE)
        return Pruned(confirmations=confirmations) if confirmations else None

    async def _movements(self, acquired: Connection) -> Pruned | None:
        # What is summed goes out of what is left to be summed.
        return Pruned() if await accounts.sum_up(acquired) else None

    async def _endpoint_tests(self, acquired: Connection) -> Pruned | None:
        tests = await pruning.old_endpoint_tests(acquired, self._keep, AT_ONCE)
        return Pruned(deliveries=tests) if tests else None

    async def _unpaid_orders(self, acquired: Connection) -> Pruned | None:
        orders = await pruning.unpaid_orders(acquired, self._keep, AT_ONCE)
        return Pruned(unpaid_orders=orders) if orders else None

    async def _ended_orders(self, acquired: Connection) -> Pruned | None:
        gone = await pruning.ended_orders(acquired, self._keep, AT_ONCE)
        if not gone.orders:
            return None
        return Pruned(requests=gone.requests, deliveries=gone.deliveries)


def _sum(one: Pruned, other: Pruned) -> Pruned:
    return Pruned(
        keys=one.keys + other.keys,
        requests=one.requests + other.requests,
        deliveries=one.deliveries + other.deliveries,
        attempts=one.attempts + other.attempts,
        confirmations=one.confirmations + other.confirmations,
        unpaid_orders=one.unpaid_orders + other.unpaid_orders,
    )
