"""Nobody is left without an answer: what arrives while an order ends is refused in its journal."""

from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from domain.vocabulary import Code, State
from tests.domain.examples import DAY, OPERATOR, delivered, runs_out
from tests.workflows.gate import Gate, client_through
from tests.workflows.stage import COMPLETE, DELIVER, Case, Stage, failures, of_kind

FLAGS = pytest.mark.parametrize(
    "single_batch", [False, True], ids=["signals first", "single batch"]
)


@pytest.fixture(autouse=True)
def patient_here() -> None:
    """What is under way for long where it was decided is left to any worker, as ever."""


async def ending(stage: Stage) -> Case:
    """A delivered order that is being completed: the activity that pays is under way."""
    stage.steps.open.clear()
    case = await stage.order(delivered())
    await case.by_hand(*COMPLETE)
    await stage.database.until(lambda: stage.steps.attempts["credit_wallet"] >= 1)
    return case


async def ended(case: Case, told: list[str]) -> None:
    """Asserts that the seller was paid once and that everybody was answered."""
    assert State.COMPLETED == (await case.handle.result()).kind
    assert told == case.told
    assert {Code.ACTION_NOT_ALLOWED, Code.INVALID_REQUEST} >= {e.code for e in case.journal[1:]}
    assert (0, 1600) == (case.buyer_got, case.seller_got)
    assert [] == failures(await case.history())


@FLAGS
async def test_signals_during_the_last_activity_are_answered(
    single_batch: bool, unmanned: Stage
) -> None:
    async with unmanned.working(single_batch=single_batch):
        case = await ending(unmanned)
        await case.by_hand("cancel", OPERATOR)
        await case.by_hand(*DELIVER, message="m")
        await case.by_hand("explode", OPERATOR)
        await case.happened("WORKFLOW_EXECUTION_SIGNALED", times=4)
        unmanned.steps.open.set()
        await ended(case, ["complete", "!cancel", "!deliver", "!explode"])


async def test_a_signal_during_an_answer_to_a_signal_is_answered(stage: Stage) -> None:
    case = await ending(stage)
    await case.by_hand("cancel", OPERATOR)
    stage.steps.open.set()
    await case.entries(2)
    await ended(case, ["complete", "!cancel"])


@FLAGS
async def test_a_signal_that_comes_with_the_end_of_the_last_activity_is_answered(
    single_batch: bool, unmanned: Stage
) -> None:
    """The order hears of both in one workflow task, since no worker took the first of them."""
    unmanned.steps.fails_here = True
    async with AsyncExitStack() as hands:
        async with unmanned.working(single_batch=single_batch, no_remote_activities=True):
            case = await unmanned.order(delivered())
            await case.by_hand(*COMPLETE)
            await case.happened("ACTIVITY_TASK_SCHEDULED")
        await hands.enter_async_context(unmanned.working(workflows=[]))
        await case.happened("ACTIVITY_TASK_COMPLETED")
        await case.by_hand("cancel", OPERATOR)
        await hands.enter_async_context(
            unmanned.working(single_batch=single_batch, no_remote_activities=True)
        )
        await ended(case, ["complete", "!cancel"])


@FLAGS
async def test_a_signal_while_the_end_is_being_reported_is_answered(
    single_batch: bool, unmanned: Stage
) -> None:
    gate = Gate(b'{"kind":"completed"')
    client = client_through(gate, unmanned.client)
    async with unmanned.working(client=client, single_batch=single_batch), gate:
        case = await unmanned.order(delivered(), task_timeout=timedelta(minutes=1))
        await case.by_hand(*COMPLETE)
        await gate.reached.wait()
        await case.by_hand("cancel", OPERATOR)
        gate.open.set()
        await ended(case, ["complete", "!cancel"])
    assert 1 == len(of_kind(await case.history(), "WORKFLOW_TASK_FAILED"))


async def test_a_signal_during_the_last_step_of_a_deadline_is_answered(skipping: Stage) -> None:
    skipping.steps.open.clear()
    case = await skipping.order(delivered(), DAY)
    due = runs_out(case.order)
    assert due is not None
    await skipping.sleep(DAY)
    await skipping.database.until(lambda: skipping.steps.attempts["credit_wallet"] >= 1)
    await case.asks(*COMPLETE, received_at=await skipping.now())
    await case.asks(*DELIVER, received_at=await skipping.now(), message="m")
    skipping.steps.open.set()
    assert State.COMPLETED == (await case.handle.result()).kind
    assert ["complete", "!complete", "!deliver"] == case.told
    assert Code.DEADLINE_PASSED == case.journal[1].code
