"""*Request Cancellation* in Temporal's Web UI: an operator's `cancel` like any other, done once,
and the workflow comes to its normal end."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import pytest
from temporalio.client import WorkflowExecutionStatus
from temporalio.exceptions import ApplicationError

from domain.order import Actor, Order
from domain.vocabulary import OPEN_STATES, Code, Role, State
from tests.app_under_test import in_seconds
from tests.domain.examples import (
    BUYER,
    SELLER,
    delivered,
    disputed,
    in_progress,
    pending,
    revision_refused,
    revision_requested,
)
from tests.workflows.stage import COMPLETE, Case, Stage, failures, of_kind
from workflows import options

FLAGS = pytest.mark.parametrize(
    "single_batch", [False, True], ids=["signals first", "single batch"]
)
TEMPORAL = Actor(id="temporal", role=Role.OPERATOR)


@pytest.fixture(autouse=True)
def patient_here() -> None:
    """What is under way for long where it was decided is left to any worker, as ever."""


async def ends_cancelled(case: Case) -> None:
    """Asserts that the operator's cancellation is what ended the order, and gave it back once."""
    outcome = await case.handle.result()
    assert (State.CANCELLED, Role.OPERATOR, "cancel") == (outcome.kind, outcome.by, outcome.cause)
    assert (2000, 0) == (case.buyer_got, case.seller_got)
    assert ("cancel", TEMPORAL) == (case.journal[-1].action, case.journal[-1].actor)
    await ends_normally(case)


async def ends_normally(case: Case) -> None:
    """Asserts that Temporal has the workflow as completed, and that no task of it failed."""
    await case.handle.result()
    assert WorkflowExecutionStatus.COMPLETED == await case.status()
    assert [] == failures(await case.history())


@asynccontextmanager
async def under_way(stage: Stage, activity: str) -> AsyncIterator[None]:
    """While the block lasts, an activity of this type that has begun does not come to writing."""
    tries = stage.steps.attempts[activity]
    stage.steps.open.clear()
    try:
        yield
    finally:
        await stage.database.until(lambda: stage.steps.attempts[activity] > tries)
        stage.steps.open.set()


async def waiting(stage: Stage, order: Order | None = None) -> Case:
    """An order whose first workflow task is done: it waits for somebody."""
    case = await stage.order(order)
    await case.rests()
    return case


OPEN = [
    pending(),
    in_progress(),
    delivered(),
    revision_requested(),
    revision_refused(),
    disputed(),
    disputed("mona"),
]


def test_every_open_state_is_looked_at() -> None:
    assert set(OPEN_STATES) == {order.state for order in OPEN}


@pytest.mark.parametrize("order", OPEN, ids=lambda order: order.state)
async def test_a_waiting_order_is_cancelled(order: Order, stage: Stage) -> None:
    case = await waiting(stage, order)
    await case.handle.cancel()
    await ends_cancelled(case)
    assert ["cancel"] == case.told


async def test_two_cancellations_are_one(stage: Stage) -> None:
    case = await waiting(stage)
    async with under_way(stage, "refund_buyer"):
        await case.handle.cancel()
        await case.handle.cancel()
    await ends_cancelled(case)
    assert ["cancel"] == case.told


@FLAGS
async def test_a_cancellation_before_the_first_workflow_task(
    single_batch: bool, unmanned: Stage
) -> None:
    case = await unmanned.order()
    await case.handle.cancel()
    async with unmanned.working(single_batch=single_batch):
        await ends_cancelled(case)
    assert ["cancel"] == case.told


async def test_a_step_that_is_under_way_is_finished_first(stage: Stage) -> None:
    case = await waiting(stage)
    async with under_way(stage, "record_step"):
        await case.by_hand("accept", SELLER)
        await stage.database.until(lambda: stage.steps.attempts["record_step"] >= 1)
        await case.handle.cancel()
        await case.happened("ACTIVITY_TASK_CANCEL_REQUESTED")
    await ends_cancelled(case)
    assert ["accept", "cancel"] == case.told


async def test_money_that_is_on_its_way_arrives_and_the_cancellation_is_refused(
    stage: Stage,
) -> None:
    case = await waiting(stage, delivered())
    async with under_way(stage, "credit_wallet"):
        await case.by_hand("complete", BUYER)
        await stage.database.until(lambda: stage.steps.attempts["credit_wallet"] >= 1)
        await case.handle.cancel()
        await case.happened("ACTIVITY_TASK_CANCEL_REQUESTED")
    assert State.COMPLETED == (await case.handle.result()).kind
    assert ["complete", "!cancel"] == case.told
    assert (Code.ACTION_NOT_ALLOWED, TEMPORAL) == (case.journal[1].code, case.journal[1].actor)
    assert (0, 1600) == (case.buyer_got, case.seller_got)
    await ends_normally(case)


@pytest.mark.parametrize("is_written", [False, True], ids=["not written", "written"])
async def test_money_that_moves_here_is_not_hidden_by_a_cancellation(
    is_written: bool, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes while the worker itself does the step: the database is asked what became of that."""
    monkeypatch.setattr(options, "HERE", timedelta(minutes=1))
    halt = stage.steps.answers if is_written else stage.steps.open

    async def attempt(seconds: int) -> None:
        """With a workflow's task of this length, for which its worker asks for more in time."""
        tries = stage.steps.attempts["credit_wallet"]
        case = await stage.order(delivered(), task_timeout=timedelta(seconds=seconds))
        halt.clear()
        await case.by_hand("complete", BUYER)
        await stage.database.until(lambda: len(case.journal) == is_written)
        await case.handle.cancel()
        await stage.database.until(lambda: stage.steps.attempts["credit_wallet"] >= tries + 2)
        halt.set()
        assert State.COMPLETED == (await case.handle.result()).kind
        assert [] == of_kind(await case.history(), "WORKFLOW_TASK_TIMED_OUT")
        assert ["complete", "!cancel"] == case.told
        assert (0, 1600) == (case.buyer_got, case.seller_got)
        await ends_normally(case)

    await in_seconds(attempt)


async def test_a_refusal_that_is_under_way_is_written_too(stage: Stage) -> None:
    case = await waiting(stage)
    async with under_way(stage, "record_refusal"):
        await case.by_hand(*COMPLETE)
        await stage.database.until(lambda: stage.steps.attempts["record_refusal"] >= 1)
        await case.handle.cancel()
        await case.happened("ACTIVITY_TASK_CANCEL_REQUESTED")
    await ends_cancelled(case)
    assert ["!complete", "cancel"] == case.told


async def test_a_step_that_is_tried_again_is_finished_first(stage: Stage) -> None:
    stage.steps.fails_before.extend([ConnectionError("the database is away")] * 2)
    case = await waiting(stage)
    await case.by_hand("accept", SELLER)
    await stage.database.until(lambda: stage.steps.attempts["record_step"] >= 1)
    await case.handle.cancel()
    await ends_cancelled(case)
    assert ["accept", "cancel"] == case.told


async def test_money_whose_arrival_was_not_reported_does_not_move_again(stage: Stage) -> None:
    stage.steps.fails_after.extend([ConnectionError("the answer is lost")] * 2)
    case = await waiting(stage, delivered())
    await case.by_hand("complete", BUYER)
    await stage.database.until(lambda: stage.steps.attempts["credit_wallet"] >= 1)
    await case.handle.cancel()
    assert State.COMPLETED == (await case.handle.result()).kind
    assert ["complete", "!cancel"] == case.told
    assert (0, 1600) == (case.buyer_got, case.seller_got)
    await ends_normally(case)


async def test_a_cancellation_and_somebodys_cancel_give_the_money_back_once(stage: Stage) -> None:
    case = await waiting(stage)
    async with under_way(stage, "refund_buyer"):
        await case.by_hand("cancel", BUYER)
        await stage.database.until(lambda: stage.steps.attempts["refund_buyer"] >= 1)
        await case.handle.cancel()
        await case.happened("ACTIVITY_TASK_CANCEL_REQUESTED")
    outcome = await case.handle.result()
    assert (State.CANCELLED, Role.BUYER) == (outcome.kind, outcome.by)
    assert ["cancel", "!cancel"] == case.told
    assert 2000 == case.buyer_got
    await ends_normally(case)


async def test_what_waits_is_answered_before_a_cancelled_order_ends(stage: Stage) -> None:
    case = await waiting(stage)
    async with under_way(stage, "refund_buyer"):
        await case.handle.cancel()
        await stage.database.until(lambda: stage.steps.attempts["refund_buyer"] >= 1)
        await case.by_hand("accept", SELLER)
        await case.happened("WORKFLOW_EXECUTION_SIGNALED")
    await ends_normally(case)
    assert ["cancel", "!accept"] == case.told


@FLAGS
async def test_a_cancellation_that_arrives_together_with_the_end_of_a_step(
    single_batch: bool, unmanned: Stage
) -> None:
    """The worker dies in a step; another finishes it; the cancellation comes before a worker is
    back: the order hears of both in one workflow task."""
    unmanned.steps.fails_here = True
    async with AsyncExitStack() as hands:
        async with unmanned.working(single_batch=single_batch, no_remote_activities=True):
            case = await waiting(unmanned, delivered())
            await case.by_hand("complete", BUYER)
            await case.happened("ACTIVITY_TASK_SCHEDULED")
        await hands.enter_async_context(unmanned.working(workflows=[]))
        await case.happened("ACTIVITY_TASK_COMPLETED")
        await case.handle.cancel()
        await hands.enter_async_context(
            unmanned.working(single_batch=single_batch, no_remote_activities=True)
        )
        assert State.COMPLETED == (await case.handle.result()).kind
    assert ["complete", "!cancel"] == case.told
    assert (0, 1600) == (case.buyer_got, case.seller_got)
    await ends_normally(case)


@FLAGS
async def test_a_cancellation_that_arrives_together_with_a_signal(
    single_batch: bool, unmanned: Stage
) -> None:
    async with unmanned.working(single_batch=single_batch):
        case = await waiting(unmanned)
    await case.by_hand("accept", SELLER)
    await case.handle.cancel()
    async with unmanned.working(single_batch=single_batch):
        await ends_cancelled(case)
    assert ["accept", "cancel"] == case.told


@FLAGS
async def test_a_cancellation_that_arrives_together_with_a_fired_timer(
    single_batch: bool, unmanned: Stage
) -> None:
    async with unmanned.working(single_batch=single_batch):
        case = await unmanned.order(left=timedelta(seconds=1))
        await case.happened("TIMER_STARTED")
    await case.happened("TIMER_FIRED")
    await case.handle.cancel()
    async with unmanned.working(single_batch=single_batch):
        outcome = await case.handle.result()
    assert State.CANCELLED == outcome.kind
    assert 2000 == case.buyer_got
    await ends_normally(case)


async def test_a_cancellation_while_a_failed_step_is_waited_over(stage: Stage) -> None:
    """As after `temporal activity fail`, which no retry policy outlives."""
    stage.steps.fails_here = True
    stage.steps.fails_before.append(ApplicationError("failed by hand", non_retryable=True))
    case = await waiting(stage, delivered())
    await case.by_hand("complete", BUYER)
    await case.happened("ACTIVITY_TASK_FAILED")
    await case.happened("TIMER_STARTED", times=2)
    await case.handle.cancel()
    assert State.COMPLETED == (await case.handle.result()).kind
    assert ["complete", "!cancel"] == case.told
    await ends_normally(case)


async def test_the_first_cancellation_is_the_only_event_of_its_kind(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(options, "HERE", timedelta(minutes=1))
    case = await waiting(stage)
    await case.handle.cancel()
    await case.handle.result()
    assert 1 == len(of_kind(await case.history(), "WORKFLOW_EXECUTION_CANCEL_REQUESTED"))
    assert 1 == stage.steps.attempts["refund_buyer"]
