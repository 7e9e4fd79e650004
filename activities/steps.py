"""The steps of an order. Runs that began before generation 1 have them named for what money does.

Each is one database transaction, and is safe to repeat: a step that is written already is reported,
not written again.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities import causes
from activities.pacing import Pace
from db import orders
from db.pool import Pool, connection
from db.steps import NewerDatabase, record
from domain.step import Changed, Recorded, Step, Stored, ToRecord

UNTIL_UPGRADED = timedelta(seconds=10)
"""Pause of a worker that is older than its database; any worker may take the next attempt."""

log = structlog.get_logger()


CarriedOut = Callable[[str, timedelta], None]
"""Is told what a deadline brought, and how late that was written by this machine's clock."""


def to_nobody(_effect: str, _lag: timedelta) -> None:
    """Say it to nobody."""


class StepActivities:
    """The activities of `OrderWorkflow`, over a pool that the worker owns."""

    def __init__(
        self, pool: Pool, carried_out: CarriedOut = to_nobody, pace: Pace | None = None
    ) -> None:
        self._pool = pool
        self._carried_out = carried_out
        self._pace = pace or Pace()

    @activity.defn(name="hold_in_escrow")
    async def hold_in_escrow(self, step: ToRecord) -> Recorded:
        """Write a step that moves money from the buyer's wallet into the order's escrow."""
        return await self._record(step)

    @activity.defn(name="credit_wallet")
    async def credit_wallet(self, step: ToRecord) -> Recorded:
        """Write a step that moves the escrow to the seller's wallet, less the commission."""
        return await self._record(step)

    @activity.defn(name="refund_buyer")
    async def refund_buyer(self, step: ToRecord) -> Recorded:
        """Write a step that moves all of the escrow back to the buyer's wallet."""
        return await self._record(step)

    @activity.defn(name="split_escrow")
    async def split_escrow(self, step: ToRecord) -> Recorded:
        """Write a step that moves the escrow to both sides."""
        return await self._record(step)

    @activity.defn(name="record_step")
    async def record_step(self, step: ToRecord) -> Recorded | Changed:
        """Write a step or a refusal. In runs that began before generation 1, a step that moves no
        money."""
        recorded = await self._record(step)
        return recorded if step.before is None else recorded.since(step.before)

    @activity.defn(name="record_refusal")
    async def record_refusal(self, step: ToRecord) -> Recorded:
        """Write an attempt that was refused into the order's journal."""
        return await self._record(step)

    @activity.defn(name="read_order")
    async def read_order(self, order_id: str) -> Stored:
        """Read the order and its undecided requests, for a workflow that may have fallen behind."""
        async with connection(self._pool) as acquired:
            return await orders.stored(acquired, UUID(order_id))

    async def _record(self, step: ToRecord) -> Recorded:
        await self._take_turn(step)
        told = step.model_copy(update={"cause": causes.of_the_trace()})
        try:
            async with connection(self._pool) as acquired:
                recorded = await record(acquired, told)
        except NewerDatabase as newer:
            raise ApplicationError(str(newer), next_retry_delay=UNTIL_UPGRADED) from newer
        _log(step, recorded)
        if step.deadline_at is not None and recorded.status == "recorded":
            self._carried_out(step.entry.action, _since(step.deadline_at))
        return recorded

    async def _take_turn(self, step: ToRecord) -> None:
        """Have a deadline among many let people go first, before it holds a connection."""
        if step.deadline_at is None:
            self._pace.somebody_acts()
        else:
            await asyncio.sleep(self._pace.seconds_until_turn(_since(step.deadline_at)))


def _since(instant: datetime) -> timedelta:
    """Return how long ago, by this machine's clock."""
    return datetime.now(UTC) - instant


def _log(step: ToRecord, recorded: Recorded) -> None:
    """Say of a step what became of it, in words that are no person's own."""
    verdict = step.verdict
    log.info(
        "step",
        order_id=step.order_id,
        action=step.entry.action,
        order_request=step.entry.request_id,
        status=recorded.status,
        **({"request_id": recorded.call} if recorded.call else {}),
        comes_to=verdict.event if isinstance(verdict, Step) else verdict.code,
    )
