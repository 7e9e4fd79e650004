"""Telling people of a step: every message that it wrote down goes out over its channel.

Sending is at least once: who is told twice gets the same message with the same id.
"""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from temporalio import activity

from activities import causes
from activities.attempts import insist, outcome_of
from activities.channel import Channel
from activities.heartbeat import heartbeat_while
from activities.outgoing import EMAIL, Outgoing, begin
from db import clock_of_messages, deliveries, letters, snapshots
from db.deliveries import Delivery
from db.letters import NO_LETTER
from db.pool import Connection, Pool, connection
from domain.base import Frozen
from domain.cause import SaidCause

SECONDS_EACH = 20.0
"""How long one message may take, so that a hanging receiver does not hold the others."""

MAIL_PAUSE = timedelta(minutes=5)
"""Between two mails of one order to the same person."""

AT_ONCE = 50
MAX_PROBLEMS = 10

SWITCHED_OFF = {
    "email": "no mail server is configured",
    "webhook": "webhooks are switched off",
}
"""Every channel, and what is said of its messages where this worker does not have it."""

log = structlog.get_logger()


class StepRef(Frozen):
    """A step of an order that people are told of."""

    order_id: str
    seq: int
    cause: SaidCause = None


class NextAttempt(Frozen):
    """When (UTC) what is still to be told of a step is tried next."""

    step: StepRef
    at: datetime


class DeliveryReport(Frozen):
    """A step's deliveries counted by status, and what stands in the way, without addresses."""

    event: str = ""
    delivered: int = 0
    failed: int = 0
    pending: int = 0
    waiting: int = 0
    """So many of those pending are mails that wait for nothing but their time, by which they are
    gathered; the first of them is due in `due_in` seconds."""
    due_in: float | None = None
    problems: tuple[str, ...] = ()


class NotificationActivities:
    """The activities of `NotificationWorkflow`, over channels that the worker owns."""

    def __init__(
        self,
        pool: Pool,
        channels: Mapping[str, Channel],
        seconds_each: float = SECONDS_EACH,
        mail_pause: timedelta = MAIL_PAUSE,
    ) -> None:
        self._pool = pool
        self._channels = channels
        self._seconds_each = seconds_each
        self._pause = mail_pause

    @activity.defn(name="send_notifications")
    async def send_notifications(self, step: StepRef) -> DeliveryReport:
        """Try everything once that is still pending and whose time has come, all of it at the same
        time."""
        causes.note(step.cause)
        order_id = UUID(step.order_id)
        async with connection(self._pool) as acquired:
            for channel in SWITCHED_OFF.keys() - self._channels.keys():
                why = SWITCHED_OFF[channel]
                await deliveries.switch_off(acquired, order_id, step.seq, channel, why)
            due = await begin(acquired, order_id, step.seq, self._channels.keys(), self._pause)
        # The connection is given back before anything is sent: a receiver may hang.
        async with heartbeat_while():
            await self._deliver(due)
        report = await self._report(step)
        _log(step, report)
        return report

    @activity.defn(name="give_up_notifications")
    async def give_up_notifications(self, step: StepRef) -> DeliveryReport:
        """Mark as failed what could not be delivered for days."""
        order_id = UUID(step.order_id)
        async with connection(self._pool) as acquired:
            # Kept as failed, from where an operator can have them sent again.
            await deliveries.give_up(acquired, order_id, step.seq)
        return await self._report(step)

    @activity.defn(name="note_next_attempt")
    async def note_next_attempt(self, next_attempt: NextAttempt) -> None:
        """Write down when this is tried next, for whoever moves the clock."""
        step = next_attempt.step
        async with connection(self._pool) as acquired:
            await clock_of_messages.note_next_attempt(
                acquired, UUID(step.order_id), step.seq, next_attempt.at
            )

    async def _deliver(self, due: Iterable[Outgoing]) -> None:
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(outgoing: Outgoing) -> None:
            async with gate:
                sending = self._channels[outgoing.channel].send(outgoing.message)
                status, error = await outcome_of(
                    outgoing.channel, sending, self._seconds_each, deliveries=outgoing.ids
                )

            async def note(acquired: Connection) -> None:
                await deliveries.tried(acquired, outgoing.ids, status, error)

            await insist(self._pool, note)

        async with asyncio.TaskGroup() as group:
            for outgoing in due:
                group.create_task(one(outgoing))

    async def _report(self, step: StepRef) -> DeliveryReport:
        order_id = UUID(step.order_id)
        async with connection(self._pool) as acquired:
            event = await snapshots.event_of(acquired, order_id, step.seq)
            found = await deliveries.of_step(acquired, order_id, step.seq)
            waiting = NO_LETTER
            if any((one.channel, one.status) == (EMAIL, "pending") for one in found):
                waiting = await letters.waiting(acquired, order_id, step.seq, self._pause)
        statuses = [one.status for one in found]
        problems = [f"{_name(one)}: {one.last_error}" for one in found if one.last_error]
        return DeliveryReport(
            event=event or "",
            delivered=statuses.count("delivered"),
            failed=statuses.count("failed"),
            pending=statuses.count("pending"),
            waiting=waiting.count,
            due_in=waiting.due_in,
            problems=tuple(problems[:MAX_PROBLEMS]),
        )


def _log(step: StepRef, report: DeliveryReport) -> None:
    counts = report.model_dump(include={"delivered", "failed", "pending", "waiting"})
    log.info("told", order_id=step.order_id, step=step.seq, of=report.event, **counts)


def _name(delivery: Delivery) -> str:
    """Name a recipient as operators may see it."""
    if delivery.endpoint_id is not None:
        return f"webhook {delivery.endpoint_id.hex[:8]}"
    return f"e-mail to the {delivery.role}"
