"""A payment is waited for: what the provider says is done, each hour it is asked, and after a day
nobody waits any more.

The provider is a list of what it knows and when; the books are another.
"""

import asyncio
from datetime import timedelta
from uuid import uuid4

from temporalio import activity
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.pay_ins import PayInRef
from domain.payments import PayInState
from tests.app_under_test import eventually
from tests.workflows.stage import kind_of
from workflows.options import PAYMENTS_QUEUE
from workflows.pay_ins import PayInWorkflow, workflow_id
from workflows.start import PayInStart


class Recorded:
    """What was asked of the world, in its order, and what the books say meanwhile."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.state = PayInState.OPEN
        self.after = dict[str, PayInState]()
        self.is_looked_at = asyncio.Event()

    @activity.defn(name="settle_pay_in")
    async def settle(self, pay_in: PayInRef) -> PayInState:
        assert pay_in.id
        self.asked.append("settle")
        self.is_looked_at.set()
        return self.state

    @activity.defn(name="ask_for_pay_in")
    async def ask(self, pay_in: PayInRef) -> None:
        self._note("ask", pay_in)

    @activity.defn(name="end_pay_in")
    async def end(self, pay_in: PayInRef) -> None:
        self._note("end", pay_in)

    def _note(self, what: str, pay_in: PayInRef) -> None:
        assert pay_in.id
        self.asked.append(what)
        self.state = self.after.get(what, self.state)


async def begun(env: WorkflowEnvironment) -> WorkflowHandle[PayInWorkflow, PayInState | None]:
    """A payment that is waited for."""
    one = str(uuid4())
    return await env.client.start_workflow(
        PayInWorkflow.run, PayInStart(id=one), id=workflow_id(one), task_queue=PAYMENTS_QUEUE
    )


async def waits(handle: WorkflowHandle[PayInWorkflow, PayInState | None]) -> None:
    """Returns once nothing of a payment is under way: as `Stage.sleep` says, what is decided while
    time is let go on may be refused."""

    async def latest() -> str:
        return kind_of((await handle.fetch_history()).events[-1])

    await eventually(latest, lambda kind: kind == "TIMER_STARTED")


def waiting(env: WorkflowEnvironment, world: Recorded) -> Worker:
    """Who waits for it."""
    return Worker(
        env.client,
        task_queue=PAYMENTS_QUEUE,
        workflows=[PayInWorkflow],
        activities=[world.settle, world.ask, world.end],
    )


async def test_it_is_asked_about_each_hour_and_ended_after_a_day(
    time_skipping: WorkflowEnvironment,
) -> None:
    world = Recorded()
    world.after = {"end": PayInState.LAPSED}
    async with waiting(time_skipping, world):
        assert await (await begun(time_skipping)).result() is PayInState.LAPSED
    assert world.asked == ["settle", *["ask", "settle"] * 23, "end", "settle"]


async def test_what_the_provider_answers_ends_the_wait(time_skipping: WorkflowEnvironment) -> None:
    world = Recorded()
    world.after = {"ask": PayInState.PAID}
    async with waiting(time_skipping, world):
        assert await (await begun(time_skipping)).result() is PayInState.PAID
    assert world.asked == ["settle", "ask", "settle"]


async def test_whoever_is_told_looks_at_once(time_skipping: WorkflowEnvironment) -> None:
    world = Recorded()
    async with waiting(time_skipping, world):
        with time_skipping.auto_time_skipping_disabled():
            handle = await begun(time_skipping)
            await world.is_looked_at.wait()
            world.state = PayInState.PAID
            await handle.signal(PayInWorkflow.told)
            assert await handle.result() is PayInState.PAID
    assert world.asked == ["settle", "settle"]


async def test_what_is_told_in_between_puts_off_no_question(
    time_skipping: WorkflowEnvironment,
) -> None:
    world = Recorded()
    async with waiting(time_skipping, world):
        handle = await begun(time_skipping)
        for _ in range(3):
            await waits(handle)
            await time_skipping.sleep(timedelta(minutes=50))
            await handle.signal(PayInWorkflow.told)
        world.state = PayInState.PAID
        await handle.signal(PayInWorkflow.told)
        assert await handle.result() is PayInState.PAID
    assert world.asked.count("ask") == 2
