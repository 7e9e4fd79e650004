"""*Terminate*, in every state, between steps and during one: check names the order, and a repair
brings it back with all of its money."""

from datetime import timedelta

import pytest

from db import audit, operator_journal
from db.operator_journal import WantedDeeds
from db.pool import connection
from reconcile.comparison import Mismatch
from reconcile.repair import Remedy, plan
from tests.app_under_test import PATIENCE_SECONDS, AppUnderTest
from tests.reconcile.conftest import OPERATOR_NAME, REST, under_repair
from workflows import options

REASON = "by mistake"


@pytest.mark.parametrize("state", REST)
async def test_an_order_is_named_brought_back_and_paid(app: AppUnderTest, state: str) -> None:
    order = await under_repair(app, state)
    await order.handle.terminate(REASON)
    (found,) = await order.ailments()
    assert f"is {state} and its workflow is terminated" == found.problem
    assert f"order {order.id}" == found.subject
    await order.repaired()
    await order.ends_paid()


async def test_a_preview_changes_nothing(app: AppUnderTest) -> None:
    order = await under_repair(app, "delivered")
    await order.handle.terminate(REASON)
    run = (await order.handle.describe()).run_id
    before = await order.in_play.now()
    for _ in range(2):
        seen = await plan(app.pool, app.temporal, patience=0)
        assert [(order.id, Mismatch.GONE)] == [
            (one.order_id, one.mismatch) for one in seen.repairable
        ]
    assert before == await order.in_play.now()
    assert run == (await order.handle.describe()).run_id
    assert await order.journal() == []
    await order.repaired()


async def test_a_repair_is_in_the_journal_of_those_who_operate(app: AppUnderTest) -> None:
    order = await under_repair(app, "in_progress")
    await order.handle.terminate(REASON)
    await order.repaired()
    async with connection(app.pool) as acquired:
        wanted = WantedDeeds(subject_id=str(order.id))
        (done,) = await operator_journal.page(acquired, wanted, None, 10)
    assert (done.by_id, done.roles, done.deed) == (OPERATOR_NAME, [], "repair")
    assert (done.reason, done.accepted, done.refusal) == (Remedy.START, True, None)


async def test_a_second_repair_has_nothing_to_do(app: AppUnderTest) -> None:
    order = await under_repair(app, "in_progress")
    await order.handle.terminate(REASON)
    await order.repaired()
    assert (await plan(app.pool, app.temporal, patience=PATIENCE_SECONDS)).is_empty
    await order.ends_paid()


async def test_what_was_asked_for_meanwhile_is_carried_out(app: AppUnderTest) -> None:
    order = await under_repair(app, "delivered")
    await order.handle.terminate(REASON)
    async with app.with_settings(action_wait=0.1) as impatient:
        answer = await impatient.act(order.in_play.order, "complete", order.in_play.buyer)
    assert answer.status_code == 202
    await order.repaired()
    await order.settles("completed")
    await order.ends_paid()


async def test_money_that_was_on_its_way_arrives_once(
    app: AppUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The transaction is under way, and Temporal has nobody left who waits for it."""
    # Given up after this time, it would be tried again by nobody.
    monkeypatch.setattr(options, "HERE", timedelta(minutes=1))
    order = await under_repair(app, "delivered")
    async with order.under_way("complete", order.in_play.buyer):
        await order.handle.terminate(REASON)
    await order.settles("completed")
    assert [one.problem for one in await order.ailments()] == [
        "is completed and its workflow is terminated"
    ]
    await order.repaired()
    await order.ends_paid()


async def test_money_that_was_asked_for_and_not_moved_moves_after_the_repair(
    app: AppUnderTest,
) -> None:
    order = await under_repair(app, "delivered")
    async with app.worker_away(), app.with_settings(action_wait=0.1) as impatient:
        await impatient.act(order.in_play.order, "complete", order.in_play.buyer)
        await order.handle.terminate(REASON)
    assert await order.wallets() == (8_000, 0)
    await order.repaired()
    await order.settles("completed")
    await order.ends_paid()


async def test_a_step_of_the_old_workflow_that_comes_late_does_not_confuse_the_new_one(
    app: AppUnderTest,
) -> None:
    order = await under_repair(app, "in_progress")
    async with order.under_way("deliver", order.in_play.seller, {"message": "Here."}):
        await order.handle.terminate(REASON)
        await order.repaired()
    await order.settles("delivered")
    await order.rests()
    if await order.ailments(patience=10):
        await order.repaired()
    await order.ends_paid()


async def test_an_order_is_brought_back_more_than_once(app: AppUnderTest) -> None:
    order = await under_repair(app, "pending")
    for _ in range(3):
        await order.handle.terminate(REASON)
        await order.repaired()
    assert len(await order.journal()) == 3
    await order.ends_paid()


async def test_a_signal_by_hand_counts_after_each_new_start(app: AppUnderTest) -> None:
    order = await under_repair(app, "pending")
    seller = {"actor": {"id": order.in_play.seller.id, "role": "seller"}}
    await order.handle.signal("complete", seller)
    await order.attempts(1)
    await order.handle.terminate(REASON)
    await order.repaired()
    await order.handle.signal("accept", seller)
    await order.settles("in_progress")
    await order.ends_paid()


async def test_the_books_are_untouched_by_a_repair(app: AppUnderTest) -> None:
    order = await under_repair(app, "delivered")
    await order.handle.terminate(REASON)
    async with connection(app.pool) as acquired:
        before = await acquired.fetch("SELECT * FROM ledger.tx ORDER BY id")
        await order.repaired()
        assert before == await acquired.fetch("SELECT * FROM ledger.tx ORDER BY id")
        assert await audit.findings(acquired) == []
