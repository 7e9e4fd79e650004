"""What silence does, at the instant of the deadline, on a server that skips time."""

from datetime import datetime, timedelta

from temporalio.client import WorkflowExecutionStatus

from domain.order import DEADLINE_ACTOR, Order
from domain.policy import Policy
from domain.vocabulary import Action, Code, Role, State, TimerEffect
from tests.domain.examples import (
    BUYER,
    DAY,
    HOUR,
    MEDIATOR,
    OPERATOR,
    OTHER_MEDIATOR,
    SECOND,
    SELLER,
    delivered,
    disputed,
    in_progress,
    pending,
    revision_refused,
    revision_requested,
    runs_out,
)
from tests.workflows.stage import Case, Stage, of_kind

STRICT = Policy(decision_expiry=TimerEffect.OPEN_DISPUTE)


async def after(stage: Stage, wait: timedelta, case: Case, event: str) -> Order:
    """Lets time pass until this has happened; gives the order after it."""
    await stage.sleep(wait)
    await stage.database.until(lambda: any(event == one.event for one in case.journal))
    return case.order


async def test_an_order_that_nobody_accepts_is_cancelled(skipping: Stage) -> None:
    case = await skipping.order(pending(), 2 * DAY)
    outcome = await case.handle.result()
    assert (State.CANCELLED, Role.DEADLINE, "acceptance") == (
        outcome.kind,
        outcome.by,
        outcome.cause,
    )
    assert (2000, 0) == (case.buyer_got, case.seller_got)
    assert ["cancel"] == case.told
    assert DEADLINE_ACTOR == case.journal[0].actor


async def test_an_undelivered_order_becomes_late_and_stays(skipping: Stage) -> None:
    case = await skipping.order(in_progress(), 3 * DAY)
    order = await after(skipping, 3 * DAY, case, "order.late")
    assert (State.IN_PROGRESS, True, None) == (order.state, order.is_late, order.deadline)
    await case.is_well()


async def test_a_late_order_can_be_cancelled_by_its_buyer(skipping: Stage) -> None:
    case = await skipping.order(in_progress(), 3 * DAY)
    assert Code.ACTION_NOT_ALLOWED == (await case.does(Action.CANCEL, BUYER)).code
    await after(skipping, 3 * DAY, case, "order.late")
    await case.does(Action.CANCEL, BUYER)
    assert (State.CANCELLED, Role.BUYER) == ((o := await case.handle.result()).kind, o.by)
    assert 2000 == case.buyer_got


async def test_an_order_late_for_long_waits_for_ever(skipping: Stage) -> None:
    case = await skipping.order(in_progress(), 3 * DAY)
    await after(skipping, 3 * DAY, case, "order.late")
    await skipping.sleep(366 * DAY)
    assert ["late"] == case.told
    await case.is_well()


async def test_work_that_nobody_checks_is_paid(skipping: Stage) -> None:
    case = await skipping.order(delivered(), 7 * DAY)
    outcome = await case.handle.result()
    assert (State.COMPLETED, Role.DEADLINE, "review") == (outcome.kind, outcome.by, outcome.cause)
    assert (0, 1600) == (case.buyer_got, case.seller_got)


async def test_a_revision_request_left_unanswered_allows_a_dispute(skipping: Stage) -> None:
    case = await skipping.order(revision_requested(), 2 * DAY)
    early = await case.does(Action.OPEN_DISPUTE, BUYER, reason="Early.")
    assert Code.ACTION_NOT_ALLOWED == early.code
    order = await after(skipping, 2 * DAY, case, "order.answer_overdue")
    assert (State.REVISION_REQUESTED, None) == (order.state, order.deadline)
    opened = await case.does(Action.OPEN_DISPUTE, BUYER, reason="No answer.")
    assert (True, State.DISPUTED) == (opened.accepted, case.order.state)
    await case.is_well()


async def test_silence_on_a_refused_revision_pays_the_seller(skipping: Stage) -> None:
    case = await skipping.order(revision_refused(), 7 * DAY)
    outcome = await case.handle.result()
    assert (State.COMPLETED, Role.DEADLINE, "decision") == (
        outcome.kind,
        outcome.by,
        outcome.cause,
    )
    assert 1600 == case.seller_got


async def test_silence_on_a_refused_revision_opens_a_dispute_where_the_policy_says_so(
    skipping: Stage,
) -> None:
    example = revision_refused()
    deadline = example.deadline
    assert deadline is not None
    strict = deadline.model_copy(update={"on_expiry": TimerEffect.OPEN_DISPUTE})
    case = await skipping.order(revision_refused(policy=STRICT, deadline=strict), 7 * DAY)
    order = await after(skipping, 7 * DAY, case, "order.dispute_opened")
    assert (State.DISPUTED, Role.DEADLINE) == (
        order.state,
        order.dispute and order.dispute.opened_by.role,
    )
    assert (0, 0) == (case.buyer_got, case.seller_got)
    await case.is_well()


async def test_a_dispute_escalates_again_and_again_and_never_ends(skipping: Stage) -> None:
    case = await skipping.order(disputed(), 2 * DAY)
    for times in range(1, 8):
        await skipping.sleep(2 * DAY + HOUR)
        assert times == len(await case.entries(times))
    assert {"order.dispute_escalated"} == {event.event for event in case.journal}
    assert (State.DISPUTED, 0, 0) == (case.order.state, case.buyer_got, case.seller_got)
    await case.is_well()


async def test_a_case_that_somebody_has_is_told_of_until_there_is_a_ruling(
    skipping: Stage,
) -> None:
    case = await skipping.order(disputed(), 2 * DAY)
    await case.does(Action.ASSIGN, MEDIATOR)
    await case.after(7 * DAY, "order.ruling_overdue")
    await case.does(Action.ASSIGN, OPERATOR, mediator_id="milo")
    await case.after(7 * DAY, "order.ruling_overdue")
    await case.does(Action.RELEASE, OTHER_MEDIATOR, reason="I know one of them.")
    await case.after(2 * DAY, "order.dispute_escalated")
    assert [
        "order.dispute_assigned",
        "order.ruling_reminder",
        "order.ruling_overdue",
        "order.dispute_handed_over",
        "order.ruling_reminder",
        "order.ruling_overdue",
        "order.dispute_released",
        "order.dispute_escalated",
    ] == [event.event for event in case.journal]
    assert (State.DISPUTED, 0, 0) == (case.order.state, case.buyer_got, case.seller_got)
    await case.is_well()


async def test_a_case_of_an_order_from_before_escalates_no_more_once_taken(
    skipping: Stage,
) -> None:
    case = await skipping.order(disputed(policy=Policy()), 2 * DAY)
    await case.does(Action.ASSIGN, MEDIATOR)
    await skipping.sleep(60 * DAY)
    assert ["assign"] == case.told
    await case.is_well()


async def test_a_refused_signal_does_not_restart_the_clock(skipping: Stage) -> None:
    case = await skipping.order(delivered(), 7 * DAY)
    due = runs_out(case.order)
    for _ in range(6):
        await skipping.sleep(DAY)
        assert not (await case.does(Action.ACCEPT, SELLER)).accepted
    assert due == runs_out(case.order)
    await after(skipping, DAY, case, "order.completed")
    assert ["!accept"] * 6 + ["complete"] == case.told


async def test_every_timer_is_set_to_the_deadline_and_none_before_it(skipping: Stage) -> None:
    case = await skipping.order(delivered(), 7 * DAY)
    due = runs_out(case.order)
    assert due is not None
    for _ in range(3):
        await skipping.sleep(DAY)
        await case.does(Action.ACCEPT, SELLER)
    await case.handle.result()
    timers = of_kind(await case.history(), "TIMER_STARTED")
    assert 4 == len(timers)
    for timer in timers:
        length = timer.timer_started_event_attributes.start_to_fire_timeout.ToTimedelta()
        fires = timer.event_time.ToDatetime(due.tzinfo) + length
        assert due < fires < due + timedelta(minutes=1)


async def test_a_step_in_time_takes_the_old_deadline_away(skipping: Stage) -> None:
    case = await skipping.order(pending(), 2 * DAY)
    await skipping.sleep(DAY)
    assert (await case.does(Action.ACCEPT, SELLER)).accepted
    await skipping.sleep(DAY + 6 * HOUR)
    assert (["accept"], State.IN_PROGRESS) == (case.told, case.order.state)
    await case.is_well()


async def test_nothing_happens_before_the_deadline(skipping: Stage) -> None:
    case = await skipping.order(pending(), 2 * DAY)
    await skipping.sleep(2 * DAY - HOUR)
    assert ([], WorkflowExecutionStatus.RUNNING) == (case.told, await case.status())
    await after(skipping, 2 * HOUR, case, "order.cancelled")


# --- the database's clock is behind ------------------------------------------------------------


async def too_early(stage: Stage) -> tuple[Case, datetime]:
    """A pending order whose deadline has passed by Temporal's clock, but not by that of the
    database, which is an hour behind; and that deadline."""
    stage.database.slow_by = HOUR
    case = await stage.order(pending(), 2 * DAY)
    due = runs_out(case.order)
    assert due is not None
    await stage.sleep(2 * DAY + SECOND)
    await stage.database.until(lambda: "too_early" in stage.database.statuses)
    return case, due


async def test_a_deadline_waits_for_the_clock_that_it_is_judged_by(skipping: Stage) -> None:
    case, due = await too_early(skipping)
    assert [] == case.told
    outcome = await case.handle.result()
    assert (State.CANCELLED, ["cancel"]) == (outcome.kind, case.told)
    assert ["too_early", "recorded"] == skipping.database.statuses
    assert due + HOUR < case.order.updated_at


async def test_what_is_received_before_the_databases_deadline_counts(skipping: Stage) -> None:
    case, due = await too_early(skipping)
    answer = await case.answer_to(await case.asks(Action.ACCEPT, SELLER, due))
    assert (True, State.IN_PROGRESS) == (answer.accepted, case.order.state)
    await case.is_well()


async def test_what_is_received_after_the_databases_deadline_waits_for_it_and_is_late(
    skipping: Stage,
) -> None:
    case, due = await too_early(skipping)
    late = await case.asks(Action.ACCEPT, SELLER, due + timedelta(microseconds=1))
    assert State.CANCELLED == (await case.handle.result()).kind
    assert ["cancel", "!accept"] == case.told
    assert Code.DEADLINE_PASSED == (await case.answer_to(late)).code
