"""`catch_up`: the workflow reads its order from the database, and goes on from there."""

from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowExecutionStatus
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError

from domain.order import Order
from domain.vocabulary import Action, State
from tests.app_under_test import eventually
from tests.domain.examples import BUYER, SELLER, delivered, in_progress, pending
from tests.operators import reset_to
from tests.workflows.stage import (
    ACCEPT,
    COMPLETE,
    DELIVER,
    Case,
    Stage,
    made_id,
    of_kind,
    written_here,
)
from workflows import attributes, options
from workflows.order import LONGEST_HISTORY, OrderWorkflow
from workflows.start import OrderStart


async def stands_at(case: Case, version: int) -> Order:
    """The order as the workflow sees it, once it is at this version."""

    async def look() -> Order:
        found: Order = await case.handle.query("order", result_type=Order)
        return found

    return await eventually(look, lambda order: order.version == version)


def moved_on(case: Case) -> Order:
    """The order in the database, changed by somebody else."""
    moved = in_progress(id=case.id, version=8, deadline=None)
    case.database.rows[case.id].order = moved
    return moved


async def test_an_order_that_fell_behind_catches_up(stage: Stage) -> None:
    case = await stage.order()
    moved = moved_on(case)
    await case.handle.signal("catch_up")
    assert moved == await stands_at(case, 8)
    await case.rests()
    assert "in_progress" == (await case.found_by())["OrderState"]
    assert [] == case.told


async def test_an_order_that_is_up_to_date_stays_as_it_is(stage: Stage) -> None:
    case = await stage.order()
    before = case.order
    await case.handle.signal("catch_up")
    await case.happened("MARKER_RECORDED")
    assert before == await stands_at(case, before.version)
    assert [] == case.told
    await case.is_well()


async def test_an_order_that_has_ended_in_the_database_ends(stage: Stage) -> None:
    case = await stage.order(delivered())
    other = await stage.order(delivered())
    await other.does(*COMPLETE)
    case.database.rows[case.id].order = other.order.model_copy(update={"id": case.id})
    await case.handle.signal("catch_up")
    assert other.order.outcome == await case.handle.result()
    assert [] == case.told


async def test_what_nobody_has_decided_comes_along(unmanned: Stage) -> None:
    case = await unmanned.order()
    now = await unmanned.now()
    later, _ = case.writes(*DELIVER, received_at=now, message="m")
    case.writes(*ACCEPT, received_at=now - timedelta(seconds=1))
    await case.handle.signal("catch_up")
    async with unmanned.working():
        assert (await case.answer_to(later)).accepted
    assert ["accept", "deliver"] == case.told


async def test_a_request_that_was_signalled_too_is_decided_once(unmanned: Stage) -> None:
    case = await unmanned.order()
    await case.asks(*ACCEPT, received_at=await unmanned.now())
    await case.handle.signal("catch_up")
    async with unmanned.working():
        await case.by_hand("deliver", SELLER, message="m")
        await case.entries(2)
    assert ["accept", "deliver"] == case.told
    assert ["recorded", "recorded"] == case.database.statuses


@pytest.mark.parametrize("message", [None, {"actor": "eve"}, [1, 2], "x" * 1_000, b"\xff"])
async def test_it_takes_whatever_it_is_sent(message: Any, stage: Stage) -> None:
    case = await stage.order()
    moved_on(case)
    await case.handle.signal("catch_up", message)
    await stands_at(case, 8)
    await case.is_well()


async def test_a_database_that_is_away_is_waited_for(stage: Stage) -> None:
    case = await stage.order()
    moved_on(case)
    stage.steps.fails_before.extend([ApplicationError("away"), ApplicationError("away")])
    await case.handle.signal("catch_up")
    await stands_at(case, 8)


async def test_a_cancellation_that_comes_meanwhile_is_taken_up_afterwards(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(options, "HERE", timedelta(seconds=2))
    case = await stage.order(delivered())
    stage.steps.open.clear()
    await case.handle.signal("catch_up")
    await stage.database.until(lambda: stage.steps.attempts["read_order"] >= 1)
    await case.handle.cancel()
    await case.happened("ACTIVITY_TASK_CANCEL_REQUESTED")
    stage.steps.open.set()
    assert State.CANCELLED == (await case.handle.result()).kind
    assert ["cancel"] == case.told


async def test_many_wishes_to_catch_up_are_one(unmanned: Stage) -> None:
    # A task that is not done in time is done anew, and reads anew.
    case = await unmanned.order(task_timeout=timedelta(minutes=1))
    for _ in range(20):
        await case.handle.signal("catch_up")
    async with unmanned.working():
        await case.by_hand(*ACCEPT)
        await case.entries(1)
    assert 1 == unmanned.steps.attempts["read_order"]


async def test_it_is_not_lost_where_the_order_goes_on_in_a_fresh_run(unmanned: Stage) -> None:
    case = await unmanned.order()
    for _ in range(LONGEST_HISTORY):
        await case.handle.signal("catch_up")
    moved_on(case)
    async with unmanned.working():
        await stands_at(case, 8)
        first = case.run(case.handle.first_execution_run_id)
        await first.happened("WORKFLOW_EXECUTION_CONTINUED_AS_NEW")
    assert 1 == len(written_here(await first.history()))


async def started_anew(stage: Stage, case: Case) -> Case:
    """The order with another workflow under its id, begun from the database."""
    handle = await stage.client.start_workflow(
        OrderWorkflow.run,
        OrderStart(order=case.order),
        id=case.handle.id,
        task_queue=stage.queue,
        search_attributes=attributes.of(case.order),
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        start_signal="catch_up",
    )
    return Case(stage, handle, case.id)


async def test_a_signal_by_hand_after_a_new_start_is_not_taken_for_an_older_one(
    stage: Stage,
) -> None:
    case = await stage.order(pending())
    await case.by_hand("complete", BUYER)
    await case.entries(1)
    await case.handle.terminate("by mistake")
    anew = await started_anew(stage, case)
    await anew.by_hand(*ACCEPT)
    await anew.entries(2)
    assert ["!complete", "accept"] == anew.told
    assert [made_id(case, 1), made_id(anew, 1)] == [one.request_id for one in anew.journal]
    assert made_id(case, 1) != made_id(anew, 1)


async def test_a_signal_by_hand_has_the_same_id_after_a_reset(stage: Stage) -> None:
    case = await stage.order(pending())
    await case.by_hand(*ACCEPT)
    await case.entries(1)
    await case.rests()
    await reset(case)
    await case.run(None).by_hand("deliver", SELLER, message="m")
    await case.entries(2)
    assert ["accept", "deliver"] == case.told
    assert [made_id(case, 1), made_id(case, 2)] == [one.request_id for one in case.journal]


async def reset(case: Case) -> None:
    """What *Reset* to the first workflow task does in the Web UI."""
    (first, *_) = of_kind(await case.history(), "WORKFLOW_TASK_COMPLETED")
    await reset_to(case.stage.client, case.handle.id, first.event_id)
    assert WorkflowExecutionStatus.RUNNING == await case.run(None).status()


async def test_requests_are_asked_for_in_the_order_in_which_they_came(unmanned: Stage) -> None:
    """A signal that came first does not overtake what was received before it."""
    case = await unmanned.order(in_progress())
    now = await unmanned.now()
    case.writes(Action.DELIVER, SELLER, received_at=now - timedelta(seconds=9), message="m")
    await case.asks(*COMPLETE, received_at=now)
    await case.handle.signal("catch_up")
    async with unmanned.working():
        assert State.COMPLETED == (await case.handle.result()).kind
    assert ["deliver", "complete"] == case.told
