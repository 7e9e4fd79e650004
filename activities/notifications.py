"""Telling people of a step: every message that it wrote down goes out over its channel.

Sending is at least once: who is told twice gets the same message with the same id.
"""

import asyncio
import re
from collections.abc import Iterable, Mapping
from uuid import UUID

from temporalio import activity

from activities.channel import Channel, Message, NotDelivered, Undeliverable
from activities.heartbeat import heartbeat_while
from db import deliveries, snapshots
from db.deliveries import Delivery, Status
from db.errors import Unavailable
from db.pool import Pool, connection
from db.snapshots import StepSnapshot
from domain.base import Frozen

SECONDS_EACH = 20.0
"""How long one message may take, so that a hanging receiver does not hold the others."""

AT_ONCE = 50
PAUSE_SECONDS = 0.5
MAX_PROBLEMS = 10
LONGEST_ERROR = 200

SWITCHED_OFF = {
    "email": "no mail server is configured",
    "webhook": "webhooks are switched off",
}
"""Every channel, and what is said of its messages where this worker does not have it."""


class StepRef(Frozen):
    """A step of an order that people are told of."""

    order_id: str
    seq: int


class DeliveryReport(Frozen):
    """A step's deliveries counted by status, and what stands in the way, without addresses."""

    event: str = ""
    delivered: int = 0
    failed: int = 0
    pending: int = 0
    problems: tuple[str, ...] = ()


class NotificationActivities:
    """The activities of `NotificationWorkflow`, over channels that the worker owns."""

    def __init__(
        self, pool: Pool, channels: Mapping[str, Channel], seconds_each: float = SECONDS_EACH
    ) -> None:
        self._pool = pool
        self._channels = channels
        self._seconds_each = seconds_each

    @activity.defn(name="send_notifications")
    async def send_notifications(self, step: StepRef) -> DeliveryReport:
        """Try everything that is still pending once, all at the same time."""
        order_id = UUID(step.order_id)
        async with connection(self._pool) as acquired:
            for channel in SWITCHED_OFF.keys() - self._channels.keys():
                why = SWITCHED_OFF[channel]
                await deliveries.switch_off(acquired, order_id, step.seq, channel, why)
            due = await deliveries.begin(acquired, order_id, step.seq, self._channels.keys())
            moment = await snapshots.get(acquired, order_id, step.seq)
        # The connection is given back before anything is sent: a receiver may hang.
        if moment is not None:
            async with heartbeat_while():
                await self._deliver(due, step, moment)
        return await self._report(step, moment)

    @activity.defn(name="give_up_notifications")
    async def give_up_notifications(self, step: StepRef) -> DeliveryReport:
        """Mark as failed what could not be delivered for days."""
        order_id = UUID(step.order_id)
        async with connection(self._pool) as acquired:
            # Kept as failed, from where an operator can have them sent again.
            await deliveries.give_up(acquired, order_id, step.seq)
            moment = await snapshots.get(acquired, order_id, step.seq)
        return await self._report(step, moment)

    async def _deliver(self, due: Iterable[Delivery], step: StepRef, moment: StepSnapshot) -> None:
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(delivery: Delivery) -> None:
            async with gate:
                status, error = await self._try(delivery, _message(delivery, step, moment))
                await self._note(delivery, status, error)

        async with asyncio.TaskGroup() as group:
            for delivery in due:
                group.create_task(one(delivery))

    async def _try(self, delivery: Delivery, message: Message) -> tuple[Status, str | None]:
        try:
            async with asyncio.timeout(self._seconds_each):
                await self._channels[delivery.channel].send(message)
        except Undeliverable as error:
            return "failed", _plain(error)
        except NotDelivered as error:
            return "pending", _plain(error)
        except TimeoutError:
            return "pending", f"no answer within {self._seconds_each:g} s"
        except Unavailable:
            return "pending", "the database did not answer"
        except Exception as error:
            # One message that cannot be written must not keep the others from leaving.
            activity.logger.exception("a channel failed", extra={"delivery": delivery.id})
            return "pending", f"an error of our own ({type(error).__name__})"
        return "delivered", None

    async def _note(self, delivery: Delivery, status: Status, error: str | None) -> None:
        """Insist on noting an attempt: what was sent and is not noted would be sent again."""
        while True:
            try:
                async with connection(self._pool) as acquired:
                    # After it was sent: a worker that dies in between has it sent again.
                    await deliveries.tried(acquired, delivery.id, status, error)
            except Unavailable:
                await asyncio.sleep(PAUSE_SECONDS)
            else:
                return

    async def _report(self, step: StepRef, moment: StepSnapshot | None) -> DeliveryReport:
        async with connection(self._pool) as acquired:
            found = await deliveries.of_step(acquired, UUID(step.order_id), step.seq)
        statuses = [one.status for one in found]
        problems = [f"{_name(one)}: {one.last_error}" for one in found if one.last_error]
        return DeliveryReport(
            event=moment.event if moment else "",
            delivered=statuses.count("delivered"),
            failed=statuses.count("failed"),
            pending=statuses.count("pending"),
            problems=tuple(problems[:MAX_PROBLEMS]),
        )


def _message(delivery: Delivery, step: StepRef, moment: StepSnapshot) -> Message:
    return Message(
        delivery_id=delivery.id,
        order_id=UUID(step.order_id),
        seq=step.seq,
        event=moment.event,
        at=moment.at,
        order=moment.order,
        words=moment.words,
        user_id=delivery.user_id,
        role=delivery.role,
        endpoint_id=delivery.endpoint_id,
    )


def _name(delivery: Delivery) -> str:
    """Name a recipient as operators may see it."""
    if delivery.endpoint_id is not None:
        return f"webhook {delivery.endpoint_id.hex[:8]}"
    return f"e-mail to the {delivery.role}"


def _plain(error: Exception) -> str:
    """Write an error on one line and without addresses, which mail servers' words often hold."""
    line = " ".join(str(error).split())
    return re.sub(r"[^\s<>]+@[^\s<>]+", "…", line)[:LONGEST_ERROR]
