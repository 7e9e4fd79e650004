"""The workflow that tells of a step: how long it tries, how often, and when it stops."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from temporalio import activity
from temporalio.client import WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import CancelledError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.notifications import DeliveryReport, StepRef
from tests.app_under_test import eventually
from tests.temporal_server import local_server
from workflows.notifications import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    PATIENCE,
    NotificationWorkflow,
    in_words,
    workflow_id,
)
from workflows.options import SENDING_QUEUE
from workflows.start import NotificationStart

QUEUE = "telling"
WAITING = DeliveryReport(event="order.placed", pending=1, problems=("e-mail to the buyer: away",))
DONE = DeliveryReport(event="order.placed", delivered=1)
GIVEN_UP = DeliveryReport(event="order.placed", failed=1)

Handle = WorkflowHandle[NotificationWorkflow, DeliveryReport]


@dataclass
class Sending:
    """The activities under their real names: they answer as they are told, and keep when."""

    answer: Callable[[int], DeliveryReport] = lambda _: WAITING
    """By the number of the attempt, from 1."""

    attempts: list[datetime] = field(default_factory=list)
    given_up: list[datetime] = field(default_factory=list)
    failures: int = 0
    """How often an attempt dies first."""

    free: asyncio.Event = field(default_factory=asyncio.Event)
    meanwhile: Callable[[], Awaitable[None]] | None = None
    """What happens while the attempts are being given up."""

    @activity.defn(name="send_notifications")
    async def send(self, _step: StepRef) -> DeliveryReport:
        """An attempt, by the clock of the server."""
        if self.failures:
            self.failures -= 1
            raise RuntimeError("its worker died")
        self.attempts.append(activity.info().scheduled_time)
        number = len(self.attempts)
        await self.free.wait()
        return self.answer(number)

    @activity.defn(name="give_up_notifications")
    async def give_up(self, _step: StepRef) -> DeliveryReport:
        """The end of all attempts."""
        self.given_up.append(activity.info().scheduled_time)
        if self.meanwhile is not None:
            await self.meanwhile()
        return GIVEN_UP

    async def tried(self, times: int) -> None:
        """Waits for so many attempts, while the server's clock stands."""

        async def look() -> int:
            return len(self.attempts)

        await eventually(look, lambda found: found >= times)


@dataclass
class Stage:
    """A server that skips time, with a worker for both queues."""

    server: WorkflowEnvironment
    sending: Sending

    async def start(self) -> Handle:
        """A step to tell of."""
        order_id = str(uuid4())
        return await self.server.client.start_workflow(
            NotificationWorkflow.run,
            NotificationStart(order_id=order_id, seq=1),
            id=workflow_id(order_id, 1),
            task_queue=QUEUE,
        )

    async def pauses_of(self, handle: Handle) -> list[timedelta]:
        """How long it has waited for each next attempt, as it asked Temporal to, in all its runs.
        What lies between the attempts themselves is longer by what a busy machine takes."""
        found: list[timedelta] = []
        run_id = handle.first_execution_run_id
        while run_id:
            run = self.server.client.get_workflow_handle(handle.id, run_id=run_id)
            events = (await run.fetch_history()).events
            found += [
                one.timer_started_event_attributes.start_to_fire_timeout.ToTimedelta()
                for one in events
                if one.HasField("timer_started_event_attributes")
            ]
            after = events[-1].workflow_execution_continued_as_new_event_attributes
            run_id = after.new_execution_run_id
        return found


@asynccontextmanager
async def staged(server: WorkflowEnvironment) -> AsyncIterator[Stage]:
    """A stage on which nothing can be delivered."""
    sending = Sending()
    sending.free.set()
    client = server.client
    activities: list[Any] = [sending.send, sending.give_up]
    async with (
        Worker(client, task_queue=QUEUE, workflows=[NotificationWorkflow]),
        Worker(client, task_queue=SENDING_QUEUE, activities=activities),
    ):
        yield Stage(server, sending)


@pytest.fixture
async def stage(time_skipping: WorkflowEnvironment) -> AsyncIterator[Stage]:
    """One where days take no time."""
    async with staged(time_skipping) as stage:
        yield stage


@pytest.fixture(scope="module")
async def slow_server() -> AsyncIterator[WorkflowEnvironment]:
    """A server of these tests' own: the app's worker takes the same queue."""
    async with await local_server() as server:
        yield server


@pytest.fixture
async def slow_stage(slow_server: WorkflowEnvironment) -> AsyncIterator[Stage]:
    """One where they take days."""
    async with staged(slow_server) as stage:
        yield stage


async def pauses(handle: Handle) -> bool:
    """Whether it waits for its next attempt."""
    events = (await handle.fetch_history()).events
    return events[-1].HasField("timer_started_event_attributes")


async def test_what_is_delivered_is_not_tried_again(stage: Stage) -> None:
    stage.sending.answer = lambda _: DONE
    assert await (await stage.start()).result() == DONE
    assert (len(stage.sending.attempts), stage.sending.given_up) == (1, [])


async def test_pauses_grow_for_three_days(stage: Stage) -> None:
    handle = await stage.start()
    assert await handle.result() == GIVEN_UP
    pauses = await stage.pauses_of(handle)
    assert pauses[:4] == [FIRST_PAUSE * factor for factor in (1, 2, 4, 8)]
    assert pauses[:-1] == sorted(pauses[:-1])
    assert max(pauses) == LONGEST_PAUSE == timedelta(hours=6)
    assert timedelta(days=3) == PATIENCE == sum(pauses, timedelta())
    assert len(stage.sending.attempts) == len(pauses) + 1
    assert stage.sending.attempts[-1] - stage.sending.attempts[0] >= PATIENCE
    assert len(stage.sending.given_up) == 1


async def test_away_for_two_days_and_back(stage: Stage) -> None:
    begin: list[datetime] = stage.sending.attempts

    def answer(_: int) -> DeliveryReport:
        return DONE if begin[-1] - begin[0] > timedelta(days=2) else WAITING

    stage.sending.answer = answer
    assert await (await stage.start()).result() == DONE
    assert begin[-1] - begin[0] < timedelta(days=2, hours=7)
    assert stage.sending.given_up == []


async def test_somebody_does_not_want_to_wait(stage: Stage) -> None:
    handle = await stage.start()
    await stage.server.sleep(timedelta(hours=10))
    before = len(stage.sending.attempts)
    asked_at = await stage.server.get_current_time()
    await handle.signal(NotificationWorkflow.try_now)
    await stage.sending.tried(before + 1)
    assert stage.sending.attempts[-1] - asked_at < timedelta(minutes=1)
    assert await handle.result() == GIVEN_UP
    pauses = await stage.pauses_of(handle)
    assert pauses[before : before + 3] == [FIRST_PAUSE * one for one in (1, 2, 4)]
    assert stage.sending.attempts[-1] - asked_at >= PATIENCE


@pytest.mark.parametrize("junk", [(), (None,), ({"a": [1]}, "b", 3)])
async def test_a_signal_may_say_anything(junk: tuple[Any, ...], stage: Stage) -> None:
    # It waits for five minutes: who is late with the signal finds it waiting all the same.
    stage.sending.answer = lambda attempt: GATHERED if attempt < 2 else DONE
    handle = await stage.start()
    await stage.sending.tried(1)
    await handle.signal("try_now", args=junk)
    assert await handle.result() == DONE
    assert len(stage.sending.attempts) == 2


async def test_what_is_added_during_an_attempt_is_told_too(stage: Stage) -> None:
    stage.sending.answer = lambda _: DONE
    stage.sending.free.clear()
    handle = await stage.start()
    await stage.sending.tried(1)
    await handle.signal(NotificationWorkflow.try_now)
    stage.sending.free.set()
    assert await handle.result() == DONE
    assert len(stage.sending.attempts) == 2


async def test_what_is_asked_for_while_it_gives_up_is_told_too(stage: Stage) -> None:
    """A redelivery at that moment would stay pending: what has begun no relay looks for."""
    handle = await stage.start()

    async def redelivered() -> None:
        stage.sending.answer = lambda _: DONE
        await handle.signal(NotificationWorkflow.try_now)

    stage.sending.meanwhile = redelivered
    assert await handle.result() == DONE
    assert len(stage.sending.given_up) == 1


async def test_a_worker_that_dies(stage: Stage) -> None:
    stage.sending.failures = 8
    stage.sending.answer = lambda _: DONE
    assert await (await stage.start()).result() == DONE
    assert len(stage.sending.attempts) == 1


@pytest.mark.parametrize("when", ["during a pause", "during an attempt"])
async def test_a_cancellation_leaves_nothing_pending(when: str, slow_stage: Stage) -> None:
    stage = slow_stage
    if when == "during an attempt":
        stage.sending.free.clear()
    handle = await stage.start()
    await stage.sending.tried(1)
    if when == "during a pause":
        await eventually(lambda: pauses(handle), bool)
    await handle.cancel()
    with pytest.raises(WorkflowFailureError) as e:
        await handle.result()
    stage.sending.free.set()
    assert isinstance(e.value.cause, CancelledError)
    assert len(stage.sending.given_up) == 1


async def test_each_step_is_told_beside_the_others(stage: Stage) -> None:
    stage.sending.free.clear()
    stage.sending.answer = lambda _: DONE
    handles = await asyncio.gather(*(stage.start() for _ in range(5)))
    await stage.sending.tried(5)
    stage.sending.free.set()
    with stage.server.auto_time_skipping_disabled():
        assert [await handle.result() for handle in handles] == [DONE] * 5


GATHERED = DeliveryReport(event="order.placed", pending=2, waiting=2, due_in=299.5)


async def test_what_is_gathered_waits_for_its_time_alone(stage: Stage) -> None:
    stage.sending.answer = lambda attempt: GATHERED if attempt < 3 else DONE
    handle = await stage.start()
    assert await handle.result() == DONE
    assert await stage.pauses_of(handle) == [timedelta(seconds=299.5)] * 2
    assert stage.sending.given_up == []


async def test_a_wait_costs_no_patience(stage: Stage) -> None:
    """What then fails is tried as often as if it had not waited."""
    stage.sending.answer = lambda attempt: GATHERED if attempt < 900 else WAITING
    handle = await stage.start()
    assert await handle.result() == GIVEN_UP
    pauses = (await stage.pauses_of(handle))[899:]
    assert pauses[:3] == [FIRST_PAUSE * one for one in (1, 2, 4)]
    assert sum(pauses, timedelta()) == PATIENCE


async def test_what_fails_beside_it_is_tried_in_its_own_time(stage: Stage) -> None:
    beside = GATHERED.model_copy(update={"waiting": 1})
    stage.sending.answer = lambda attempt: beside if attempt < 9 else DONE
    handle = await stage.start()
    assert await handle.result() == DONE
    seconds = [one.total_seconds() for one in await stage.pauses_of(handle)]
    assert seconds == [5, 10, 20, 40, 80, 160, 299.5, 299.5]


@pytest.mark.parametrize("due_in", [0.0, -1.0, 1e-9])
async def test_what_is_due_already_is_not_waited_for(due_in: float, stage: Stage) -> None:
    due = GATHERED.model_copy(update={"due_in": due_in})
    stage.sending.answer = lambda attempt: due if attempt < 2 else DONE
    assert await (await stage.start()).result() == DONE


def test_how_far_it_is_in_words() -> None:
    waiting = DeliveryReport(event="order.placed", delivered=1, pending=1, waiting=1)
    assert in_words(waiting) == "**order.placed**: 1 of 2 delivered, 1 gathered for the next mail"
    told = DeliveryReport(
        event="order.placed", delivered=2, failed=1, pending=1, problems=("a: b", "c: d")
    )
    assert in_words(told) == "**order.placed**: 2 of 4 delivered, 1 failed; a: b; c: d"
