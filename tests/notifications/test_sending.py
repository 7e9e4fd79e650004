"""One attempt at the mails of a step, and another one: as the activities make them."""

import asyncio
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from temporalio.testing import ActivityEnvironment

from activities.channel import Channel, Message
from activities.notifications import DeliveryReport, NotificationActivities, StepRef
from db import deliveries
from tests.app_under_test import PATIENCE_SECONDS
from tests.notifications.conftest import Town
from tests.notifications.steps import Written

AWAY = "the mail server could not be reached"


async def attempt(
    town: Town,
    step: Written,
    channel: Channel | None = None,
    seconds: float = PATIENCE_SECONDS,
) -> DeliveryReport:
    """One attempt at all that a step wrote down."""
    channels = {"email": channel or town.channel()}
    activities = NotificationActivities(town.pool, channels, seconds)
    told: DeliveryReport = await ActivityEnvironment().run(
        activities.send_notifications, StepRef(order_id=step.order.id, seq=step.seq)
    )
    return told


async def both(town: Town, event: str = "order.revision_refused", **changes: Any) -> Written:
    """A step that both parties are told by e-mail."""
    for who in ("ana", "ben"):
        await town.says(who)
    return await town.write(event, **changes)


def to(town: Town) -> list[str]:
    """Who got mails."""
    return sorted(mail.to[0] for mail in town.office.mails)


BOTH = ["ana@example.org", "ben@example.org"]


async def test_each_gets_it_once(town: Town) -> None:
    step = await both(town)
    told = await attempt(town, step)
    assert told == DeliveryReport(event="order.revision_refused", delivered=2)
    assert to(town) == BOTH
    assert await attempt(town, step) == told
    assert to(town) == BOTH


async def test_a_step_written_again_is_mailed_once(town: Town) -> None:
    step = await both(town, times=3)
    assert (await attempt(town, step)).delivered == 2
    assert to(town) == BOTH


async def test_a_server_that_is_away_and_comes_back(town: Town) -> None:
    step = await both(town)
    await town.office.close()
    told = await attempt(town, step)
    assert (told.pending, told.delivered) == (2, 0)
    assert sorted(told.problems) == [
        f"e-mail to the {role}: {AWAY}" for role in ("buyer", "seller")
    ]
    await town.office.open()
    assert await attempt(town, step) == DeliveryReport(event="order.revision_refused", delivered=2)
    assert to(town) == BOTH


async def test_one_who_is_refused_does_not_hold_the_other(town: Town) -> None:
    step = await both(town)
    town.office.unknown = {"ana@example.org"}
    told = await attempt(town, step)
    assert (told.failed, told.delivered, told.pending) == (1, 1, 0)
    (problem,) = told.problems
    assert problem == "e-mail to the buyer: the mail server refused the recipient: 550 5.1.1"
    town.office.unknown.clear()
    assert (await attempt(town, step)).failed == 1
    assert to(town) == ["ben@example.org"]


async def test_who_switched_mails_off_meanwhile(town: Town) -> None:
    step = await both(town)
    await town.says("ana", by_email=False)
    told = await attempt(town, step)
    assert (told.failed, told.delivered) == (1, 1)
    assert told.problems == ("e-mail to the buyer: mails have been switched off",)
    assert to(town) == ["ben@example.org"]


@dataclass
class Queue:
    """A channel that lets one through only when all others have been."""

    last: str
    others: int
    seen: list[str] = field(default_factory=list)
    done: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, message: Message) -> None:
        """Takes a message."""
        if message.user_id == self.last:
            await self.done.wait()
        self.seen.append(str(message.user_id))
        if len(self.seen) == self.others:
            self.done.set()


@pytest.mark.parametrize("last", ["ana", "ben", "mona", "the-mediator"])
async def test_one_stuck_receiver_does_not_hold_the_others(last: str, town: Town) -> None:
    for who in ("mona", "the-mediator"):
        await town.says(who, roles=("mediator",))
    step = await both(town, "order.dispute_opened")
    queue = Queue(last, 3)
    assert (await attempt(town, step, queue)).delivered == 4
    assert queue.seen[-1] == last


async def test_who_hangs_is_tried_again_later(town: Town) -> None:
    step = await both(town)
    told = await attempt(town, step, Queue("ana", 99), 0.3)
    assert (told.delivered, told.pending) == (1, 1)
    assert told.problems == ("e-mail to the buyer: no answer within 0.3 s",)
    assert (await attempt(town, step)).delivered == 2
    assert to(town) == ["ana@example.org"]


async def test_giving_up_keeps_the_reason(town: Town) -> None:
    step = await both(town)
    await town.office.close()
    await attempt(town, step)
    activities = NotificationActivities(town.pool, {"email": town.channel()})
    told = await ActivityEnvironment().run(
        activities.give_up_notifications, StepRef(order_id=step.order.id, seq=step.seq)
    )
    assert (told.failed, told.pending) == (2, 0)
    assert f"e-mail to the buyer: given up: {AWAY}" in told.problems
    async with town.pool.acquire() as connection:
        found = await deliveries.of_step(connection, UUID(step.order.id), step.seq)
    assert {one.status for one in found} == {"failed"}


async def test_no_mail_server(town: Town) -> None:
    step = await both(town)
    activities = NotificationActivities(town.pool, {})
    told = await ActivityEnvironment().run(
        activities.send_notifications, StepRef(order_id=step.order.id, seq=step.seq)
    )
    assert told.failed == 2
    assert set(told.problems) == {
        f"e-mail to the {role}: no mail server is configured" for role in ("buyer", "seller")
    }
