"""A payout is seen to: carried on at once when something is told of it, and each hour by itself;
each day once it is paid, as long as it may come back.

The provider and the books are one list of states, of which each look takes the next.
"""

import asyncio
from datetime import timedelta
from uuid import uuid4

from temporalio import activity
from temporalio.client import WorkflowHandle
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.payouts import PayoutRef
from domain.payments import PayoutState
from workflows.options import PAYMENTS_QUEUE
from workflows.payouts import PayoutWorkflow, workflow_id
from workflows.start import PayoutStart

Handle = WorkflowHandle[PayoutWorkflow, PayoutState | None]


class Recorded:
    """How often it was looked at, and what is found then; `None` in the list: nobody says."""

    def __init__(self, *states: PayoutState | None) -> None:
        self.states = list(states)
        self.looks = 0
        self.is_looked_at = asyncio.Event()

    @activity.defn(name="carry_payout")
    async def carry(self, payout: PayoutRef) -> PayoutState:
        assert payout.id
        self.looks += 1
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        self.is_looked_at.set()
        if state is None:
            raise ApplicationError("it does not say", non_retryable=True)
        return state


async def begun(env: WorkflowEnvironment) -> Handle:
    """A payout that somebody sees to."""
    one = str(uuid4())
    return await env.client.start_workflow(
        PayoutWorkflow.run, PayoutStart(id=one), id=workflow_id(one), task_queue=PAYMENTS_QUEUE
    )


def seeing_to(env: WorkflowEnvironment, world: Recorded) -> Worker:
    """Who sees to it."""
    return Worker(
        env.client,
        task_queue=PAYMENTS_QUEUE,
        workflows=[PayoutWorkflow],
        activities=[world.carry],
    )


async def test_it_is_asked_about_each_hour_until_it_has_ended(
    time_skipping: WorkflowEnvironment,
) -> None:
    waits, goes = PayoutState.REQUESTED, PayoutState.PENDING
    world = Recorded(waits, waits, goes, goes, PayoutState.FAILED)
    async with seeing_to(time_skipping, world):
        began = await time_skipping.get_current_time()
        assert await (await begun(time_skipping)).result() is PayoutState.FAILED
        took = await time_skipping.get_current_time() - began
    assert world.looks == 5
    assert 4 <= took.total_seconds() / 3600 < 5


async def test_what_was_paid_is_looked_at_each_day_for_as_long_as_it_may_come_back(
    time_skipping: WorkflowEnvironment,
) -> None:
    world = Recorded(PayoutState.PENDING, PayoutState.PAID)
    async with seeing_to(time_skipping, world):
        began = await time_skipping.get_current_time()
        assert await (await begun(time_skipping)).result() is PayoutState.PAID
        took = await time_skipping.get_current_time() - began
    assert world.looks == 12
    assert timedelta(days=10, hours=1) <= took < timedelta(days=10, hours=2)


async def test_what_comes_back_unheard_is_found(time_skipping: WorkflowEnvironment) -> None:
    paid = PayoutState.PAID
    world = Recorded(PayoutState.PENDING, paid, paid, None, PayoutState.RETURNED)
    async with seeing_to(time_skipping, world):
        assert await (await begun(time_skipping)).result() is PayoutState.RETURNED
    assert world.looks == 5


async def test_a_provider_that_does_not_answer_is_asked_again_an_hour_later(
    time_skipping: WorkflowEnvironment,
) -> None:
    world = Recorded(PayoutState.PENDING, None, None, PayoutState.FAILED)
    async with seeing_to(time_skipping, world):
        assert await (await begun(time_skipping)).result() is PayoutState.FAILED
    assert world.looks == 4


async def test_whoever_is_told_looks_at_once(time_skipping: WorkflowEnvironment) -> None:
    world = Recorded(PayoutState.PENDING)
    async with seeing_to(time_skipping, world):
        with time_skipping.auto_time_skipping_disabled():
            handle = await begun(time_skipping)
            await world.is_looked_at.wait()
            world.states = [PayoutState.FAILED]
            await handle.signal(PayoutWorkflow.told)
            assert await handle.result() is PayoutState.FAILED
    assert world.looks == 2


async def test_there_is_nothing_to_see_to_where_there_is_none(
    time_skipping: WorkflowEnvironment,
) -> None:
    class Empty(Recorded):
        @activity.defn(name="carry_payout")
        async def carry(self, payout: PayoutRef) -> None:  # type: ignore[override]
            assert payout.id

    async with seeing_to(time_skipping, Empty(None)):
        assert await (await begun(time_skipping)).result() is None
