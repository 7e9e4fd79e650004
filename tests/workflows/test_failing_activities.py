"""A database that is away costs an order time and never its life, and nothing is done twice."""

from datetime import timedelta

import pytest
from temporalio.api.common.v1 import RetryPolicy
from temporalio.exceptions import ApplicationError

from db.errors import Unavailable
from domain.vocabulary import Action, Code, Role, State, TimerEffect
from tests.domain.examples import BUYER, DAY, EXPRESS, MEDIATOR, SELLER, delivered, in_progress
from tests.domain.examples import disputed as in_dispute
from tests.workflows.commands import commands_in
from tests.workflows.recording import Broken
from tests.workflows.stage import ACCEPT, COMPLETE, Case, Stage, failures, kind_of, of_kind
from workflows import options

AWAY = [Unavailable("away"), ConnectionError("refused")]


@pytest.mark.parametrize("error", AWAY, ids=lambda error: type(error).__name__)
async def test_a_step_is_tried_until_the_database_is_back(
    error: Exception, skipping: Stage
) -> None:
    skipping.steps.fails_before.extend([error] * 15)
    case = await skipping.order(delivered())
    await case.by_hand(*COMPLETE)
    assert State.COMPLETED == (await case.handle.result()).kind
    assert (16, ["complete"], 1600) == (
        skipping.steps.attempts["credit_wallet"],
        case.told,
        case.seller_got,
    )
    history = await case.history()
    assert [] == failures(history)
    kinds = [kind_of(event) for event in history]  # the tries that failed left none behind
    assert (1, 0) == (kinds.count("ACTIVITY_TASK_SCHEDULED"), kinds.count("ACTIVITY_TASK_FAILED"))
    (scheduled,) = of_kind(history, "ACTIVITY_TASK_SCHEDULED")
    is_patient(scheduled.activity_task_scheduled_event_attributes.retry_policy)


def is_patient(policy: RetryPolicy) -> None:
    """Asserts that tries never end, and that the pause between them grows and stays short."""
    assert 0 == policy.maximum_attempts
    assert policy.initial_interval.ToTimedelta().total_seconds() < 1
    assert policy.maximum_interval.ToTimedelta().total_seconds() <= 60
    assert policy.backoff_coefficient > 1
    assert [] == list(policy.non_retryable_error_types)


async def test_a_deadline_is_carried_out_when_the_database_is_back(skipping: Stage) -> None:
    skipping.steps.fails_before.extend([Unavailable("away")] * 15)
    case = await skipping.order(delivered(), DAY)
    assert Role.DEADLINE == (await case.handle.result()).by
    assert (16, ["complete"], 1600) == (
        skipping.steps.attempts["credit_wallet"],
        case.told,
        case.seller_got,
    )


async def test_another_order_goes_on_while_one_is_tried_again(stage: Stage) -> None:
    stuck = await stage.order()
    stage.database.rows.pop(stuck.id)  # every try fails
    await stuck.by_hand(*ACCEPT)
    await stage.database.until(lambda: stage.steps.attempts["record_step"] >= 1)
    other = await stage.order()
    assert (await other.does(*ACCEPT)).accepted


# --- done, and not reported ----------------------------------------------------------------------


async def test_a_payment_whose_answer_is_lost_is_not_made_twice(skipping: Stage) -> None:
    skipping.steps.fails_after.extend([ConnectionError("lost")] * 3)
    case = await skipping.order(delivered())
    await case.by_hand(*COMPLETE)
    assert State.COMPLETED == (await case.handle.result()).kind
    assert (["complete"], 1600) == (case.told, case.seller_got)
    assert ["recorded", "decided", "decided", "decided"] == skipping.database.statuses


async def test_a_deadline_whose_answer_is_lost_does_not_pass_twice(skipping: Stage) -> None:
    skipping.steps.fails_after.extend([ConnectionError("lost")] * 3)
    case = await skipping.order(delivered(), DAY)
    assert State.COMPLETED == (await case.handle.result()).kind
    assert (["complete"], 1600) == (case.told, case.seller_got)
    assert ["recorded", *["superseded"] * 3] == skipping.database.statuses


async def test_an_escalation_whose_answer_is_lost_is_not_made_twice(skipping: Stage) -> None:
    skipping.steps.fails_after.append(ConnectionError("lost"))
    case = await skipping.order(in_dispute(), DAY)
    await skipping.sleep(DAY)
    await skipping.database.until(lambda: len(skipping.database.statuses) == 2)
    assert [TimerEffect.ESCALATE] == case.told
    ruling = {"outcome": "pay_seller", "reasons": "r"}
    await case.by_hand("resolve", MEDIATOR, **ruling)
    await case.handle.result()
    assert [TimerEffect.ESCALATE, "resolve"] == case.told


async def test_a_refusal_whose_answer_is_lost_is_kept_once(skipping: Stage) -> None:
    skipping.steps.fails_after.append(ConnectionError("lost"))
    case = await skipping.order(delivered())
    await case.by_hand("accept", BUYER)
    await skipping.database.until(lambda: len(skipping.database.statuses) == 2)
    await case.by_hand(*COMPLETE)
    await case.handle.result()
    assert ["!accept", "complete"] == case.told


async def test_an_unreadable_signal_whose_answer_is_lost_is_kept_once(skipping: Stage) -> None:
    skipping.steps.fails_after.append(ConnectionError("lost"))
    case = await skipping.order(delivered())
    await case.handle.signal("explode")
    await skipping.database.until(lambda: len(skipping.database.statuses) == 2)
    await case.by_hand(*COMPLETE)
    await case.handle.result()
    assert ["!explode", "complete"] == case.told


# --- given up by Temporal ------------------------------------------------------------------------


async def test_a_step_that_temporal_gave_up_is_begun_again(skipping: Stage) -> None:
    skipping.steps.fails_here = True
    given_up = ApplicationError("failed by hand", non_retryable=True)
    skipping.steps.fails_before.extend([given_up] * 3)
    case = await skipping.order(delivered())
    await case.by_hand(*COMPLETE)
    assert State.COMPLETED == (await case.handle.result()).kind
    assert (["complete"], 1600) == (case.told, case.seller_got)
    kinds = [kind_of(event) for event in await case.history()]
    assert 3 == kinds.count("ACTIVITY_TASK_FAILED")
    assert 3 <= kinds.count("TIMER_FIRED")  # it waits before it begins again


async def test_a_ledger_that_refuses_a_step_does_not_end_the_order(stage: Stage) -> None:
    stage.steps.fails_before.append(Broken("the books do not allow it"))
    case = await stage.order()
    assert (await case.does(*ACCEPT)).accepted
    await case.is_well()


@pytest.mark.parametrize("error", [*AWAY, ValueError("odd")], ids=lambda one: type(one).__name__)
async def test_what_fails_here_is_left_to_any_worker(error: Exception, skipping: Stage) -> None:
    skipping.steps.fails_before.append(error)
    case = await skipping.order(delivered())
    await case.by_hand(*COMPLETE)
    assert State.COMPLETED == (await case.handle.result()).kind
    assert (["complete"], 1600) == (case.told, case.seller_got)
    assert ["local activity record_step", "activity record_step"] == await begun(case)


async def test_what_takes_long_here_is_left_to_any_worker(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is seen as pending then, and may have been written or not."""
    monkeypatch.setattr(options, "HERE", timedelta(milliseconds=50))
    case = await stage.order(delivered())
    stage.steps.open.clear()
    await case.by_hand(*COMPLETE)
    await case.happened("ACTIVITY_TASK_SCHEDULED")
    described = await case.handle.describe()
    pending = [one.activity_type.name for one in described.raw_description.pending_activities]
    assert (["record_step"], []) == (pending, case.told)
    stage.steps.open.set()
    assert State.COMPLETED == (await case.handle.result()).kind
    assert (["complete"], 1600) == (case.told, case.seller_got)
    assert [] == failures(await case.history())


async def test_what_is_done_here_takes_no_activity_of_its_own(stage: Stage) -> None:
    case = await stage.order(delivered())
    await case.by_hand(*COMPLETE)
    assert State.COMPLETED == (await case.handle.result()).kind
    assert ["local activity record_step"] == await begun(case)


async def begun(case: Case) -> list[str]:
    """The activities that the workflow has begun, here and elsewhere."""
    given = commands_in(await case.handle.fetch_history())
    return [command for command in given if "activity " in command]


# --- what the database knows better --------------------------------------------------------------


async def test_an_order_that_has_moved_on_is_decided_on_again(stage: Stage) -> None:
    case = await stage.order()
    row = stage.database.rows[case.id]
    now = await stage.now()
    row.order = in_progress(id=case.id, version=8, due_at=now + DAY, deadline=None)
    await case.by_hand("cancel", BUYER, request_id="r-1")
    event = await case.answer_to("r-1")
    assert ["superseded", "recorded"] == stage.database.statuses
    assert (Code.ACTION_NOT_ALLOWED, State.IN_PROGRESS) == (event.code, event.state)
    await case.is_well()


async def test_an_unreadable_signal_is_kept_for_an_order_that_has_moved_on(stage: Stage) -> None:
    case = await stage.order()
    stage.database.rows[case.id].order = in_progress(id=case.id, version=8, deadline=None)
    await case.handle.signal("explode")
    (event,) = await case.entries(1)
    assert ["superseded", "recorded"] == stage.database.statuses
    assert (Code.INVALID_REQUEST, 8) == (event.code, event.version)
    await case.is_well()


async def test_a_deadline_of_an_order_that_has_moved_on_does_not_pass(skipping: Stage) -> None:
    case = await skipping.order(left=DAY)
    row = skipping.database.rows[case.id]
    row.order = in_progress(id=case.id, version=8, deadline=None)
    await skipping.sleep(2 * DAY)
    await skipping.database.until(lambda: skipping.database.statuses == ["superseded"])
    await skipping.sleep(30 * DAY)
    assert (["superseded"], []) == (skipping.database.statuses, case.told)
    await case.is_well()


async def test_an_extra_that_the_wallet_cannot_pay_is_refused(stage: Stage) -> None:
    case = await stage.order(in_progress(), in_wallet=EXPRESS.price - 1)
    event = await case.does(Action.BUY_EXTRA, BUYER, extra_id="express")
    assert (Code.INSUFFICIENT_FUNDS, 2000, 0) == (event.code, case.order.total, case.buyer_got)
    assert "hold_in_escrow" == event.does
    assert (await case.does(Action.DELIVER, SELLER, message="m")).accepted


async def test_an_extra_that_the_wallet_can_pay_is_held_in_escrow(stage: Stage) -> None:
    case = await stage.order(in_progress(), in_wallet=EXPRESS.price)
    event = await case.does(Action.BUY_EXTRA, BUYER, extra_id="express")
    assert (True, 2500, -500) == (event.accepted, case.order.total, case.buyer_got)
    assert "hold_in_escrow" == event.does
