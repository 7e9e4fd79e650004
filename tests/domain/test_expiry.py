"""What an order does by itself when its deadline passes, and how it is seen until then."""

from datetime import datetime

import pytest

from domain.order import Order
from domain.policy import Policy
from domain.rules import as_of, expire
from domain.timers import Timer
from domain.vocabulary import Action, Role, State, TimerEffect, Window
from tests.domain.acts import (
    decided,
    dispute_by_silence,
    silent,
)
from tests.domain.examples import (
    DAY,
    MEDIATOR,
    NOW,
    SECOND,
    SITUATIONS,
    SOON,
    answer_overdue,
    delivered,
    disputed,
    in_progress,
    late,
    pending,
    revision_refused,
    revision_requested,
    runs_out,
    taken_before_targets,
    until,
)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (pending(), State.CANCELLED),
        (in_progress(), State.IN_PROGRESS),
        (delivered(), State.COMPLETED),
        (revision_requested(), State.REVISION_REQUESTED),
        (revision_refused(), State.COMPLETED),
        (disputed(), State.DISPUTED),
    ],
)
def test_silence_leads_to(order: Order, expected: State) -> None:
    assert expected == silent(order, SOON + SECOND).order.state


def test_an_undelivered_order_becomes_late_and_runs_under_no_deadline() -> None:
    order = silent(in_progress(), SOON + SECOND).order
    assert order.is_late
    assert order.deadline is None
    assert SOON == order.due_at


def test_an_unanswered_request_for_a_revision_is_overdue_but_the_order_is_not_late() -> None:
    order = silent(revision_requested(), SOON + SECOND).order
    assert order.overdue
    assert not order.is_late
    assert order.deadline is None


def test_silence_that_leaves_the_state_moves_no_money() -> None:
    orders = (in_progress(), revision_requested(), disputed())
    assert [(), (), ()] == [silent(order, SOON + SECOND).postings for order in orders]


def test_an_order_may_be_placed_under_a_policy_where_silence_opens_a_dispute() -> None:
    order = dispute_by_silence()
    assert State.DISPUTED is order.state
    assert order.dispute is not None
    assert (Role.DEADLINE, None) == (order.dispute.opened_by.role, order.dispute.opened_by.id)
    assert order.dispute.request_id is None
    assert NOW + SECOND + 2 * DAY == runs_out(order)


@pytest.mark.parametrize(
    ("order", "state", "reason"),
    [
        (pending(), State.PENDING, Window.ACCEPTANCE),
        (delivered(), State.DELIVERED, Window.REVIEW),
        (revision_refused(), State.REVISION_REFUSED, Window.DECISION),
    ],
)
def test_it_is_remembered_which_state_silence_ended_and_when(
    order: Order, state: State, reason: Window
) -> None:
    lapse = silent(order, SOON + 3 * DAY).order.lapse
    assert lapse is not None
    assert (SOON, state, reason) == (lapse.at, lapse.state, lapse.reason)


def test_a_dispute_that_nobody_takes_is_told_again_and_again() -> None:
    once = silent(disputed(), SOON + SECOND).order
    twice = silent(once, SOON + 2 * DAY + 2 * SECOND).order
    assert State.DISPUTED is twice.state
    expected = until(
        SOON + 4 * DAY + 2 * SECOND, Role.MEDIATOR, Window.ASSIGNMENT, TimerEffect.ESCALATE
    )
    assert expected == twice.deadline


def test_after_an_outage_a_dispute_is_told_of_once_not_once_a_window() -> None:
    order = silent(disputed(), SOON + 30 * DAY).order
    assert SOON + 32 * DAY == runs_out(order)


def test_of_an_order_from_before_nothing_runs_out_once_a_mediator_has_the_case() -> None:
    assert decided(disputed(policy=Policy()), Action.ASSIGN, MEDIATOR).deadline is None


def test_an_order_without_a_deadline_cannot_expire() -> None:
    due = Timer(SOON, TimerEffect.LATE, Window.DELIVERY, Role.SELLER)
    with pytest.raises(ValueError, match="order o1 has no deadline"):
        expire(late(), due, NOW)


@pytest.mark.parametrize("order", [pending(), in_progress(), revision_requested(), disputed()])
def test_silence_is_a_step_of_the_order(order: Order) -> None:
    step = silent(order, SOON + SECOND)
    assert (8, SOON + SECOND) == (step.order.version, step.order.updated_at)


@pytest.mark.parametrize("situation", SITUATIONS)
def test_until_its_deadline_an_order_is_as_it_was_written(situation: str) -> None:
    assert SITUATIONS[situation] == as_of(SITUATIONS[situation], SOON)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (pending(), State.CANCELLED),
        (delivered(), State.COMPLETED),
        (revision_refused(), State.COMPLETED),
    ],
)
def test_after_its_deadline_an_order_is_seen_as_silence_left_it(
    order: Order, expected: State
) -> None:
    assert expected == as_of(order, SOON + SECOND).state


def test_after_its_due_date_an_order_is_seen_as_late() -> None:
    assert as_of(in_progress(), SOON + SECOND).is_late


@pytest.mark.parametrize("order", [taken_before_targets(), late(), answer_overdue()])
def test_an_order_that_silence_cannot_move_is_seen_as_it_was_written(order: Order) -> None:
    assert order == as_of(order, SOON + 30 * DAY)


def test_a_dispute_that_waits_for_a_mediator_is_seen_as_one_that_still_waits() -> None:
    seen = as_of(disputed(), SOON + 30 * DAY)
    assert State.DISPUTED is seen.state
    assert SOON + 32 * DAY == runs_out(seen)


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("instant", [SOON, SOON + SECOND, SOON + 30 * DAY])
def test_looking_twice_at_the_same_instant_shows_the_same(
    situation: str, instant: datetime
) -> None:
    seen = as_of(SITUATIONS[situation], instant)
    assert seen == as_of(seen, instant)
