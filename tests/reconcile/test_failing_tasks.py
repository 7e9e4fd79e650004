"""A workflow that no worker can carry on reads no signal either: a person terminates it, and a
repair starts it from the order in the database."""

from datetime import timedelta

import pytest

from reconcile import workflow_status
from reconcile.comparison import Mismatch
from reconcile.repair import plan
from reconcile.workflow_status import TRIES
from tests.app_under_test import AppUnderTest, eventually
from tests.reconcile.conftest import OrderUnderRepair, under_repair
from workflows.order import TASK_QUEUE


async def tries(order: OrderUnderRepair) -> int:
    """For which time its task is being tried."""
    raw = (await order.handle.describe()).raw_description
    return raw.pending_workflow_task.attempt


async def tried(order: OrderUnderRepair, times: int) -> None:
    """Waits until its task is being tried for this time."""
    await eventually(lambda: tries(order), lambda number: number >= times)


async def is_left_to_people(order: OrderUnderRepair) -> None:
    """Asserts that check names it, and that a repair says what to do and leaves it alone."""
    found = await plan(order.app.pool, order.app.temporal, patience=0)
    assert (found.repairable, found.books, found.held_back) == ([], [], [])
    (one,) = found.by_hand
    assert one.finding.subject == f"order {order.id}"
    assert one.finding.problem.endswith("and its workflow's task fails")
    assert one.advice.startswith("terminate it and repair again")


async def test_one_that_was_started_by_hand_without_an_order(
    app: AppUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = await under_repair(app, "delivered")
    await order.handle.terminate("by mistake")
    await app.temporal.start_workflow(
        "OrderWorkflow", {}, id=order.handle.id, task_queue=TASK_QUEUE
    )
    await tried(order, TRIES)
    with monkeypatch.context() as patch:
        patch.setattr(workflow_status, "ANSWERS_WITHIN", timedelta(seconds=1))  # it never does
        (found,) = await order.ailments()
    if await tries(order) == TRIES:  # it has not come to the next meanwhile
        assert found.mismatch is not Mismatch.FAILING  # the worker may only have died with it
    await tried(order, TRIES + 1)
    await is_left_to_people(order)
    await order.handle.terminate("it was started by hand")
    await order.repaired()
    await order.ends_paid()


async def test_one_whose_activity_was_completed_by_hand_with_junk(app: AppUnderTest) -> None:
    order = await under_repair(app, "delivered")
    async with order.under_way("complete", order.in_play.buyer):
        # Tried where it was decided, it is no activity of its own yet.
        described = await eventually(
            order.handle.describe, lambda found: bool(found.raw_description.pending_activities)
        )
        (pending,) = described.raw_description.pending_activities
        await app.temporal.get_async_activity_handle(
            workflow_id=order.handle.id,
            run_id=described.run_id,
            activity_id=pending.activity_id,
        ).complete({})
    await tried(order, TRIES + 1)
    await is_left_to_people(order)
    await order.handle.terminate("it was given junk")
    await order.repaired()
    await order.settles("completed")
    await order.ends_paid()
