"""Deadlines: which one each state starts, when it has passed, and whom it waits for."""

from datetime import datetime, timedelta

import pytest

from domain.actions import Fields
from domain.deadlines import waits_for
from domain.order import Actor, Deadline, Order
from domain.policy import Policy
from domain.rules import decide
from domain.timers import first_expired, timers
from domain.vocabulary import Action, Role, TimerEffect, Window
from tests.domain.acts import (
    RESTART,
    decided,
    taken,
    wish,
)
from tests.domain.examples import (
    BUYER,
    DAY,
    HOUR,
    MEDIATOR,
    NOW,
    SECOND,
    SELLER,
    SITUATIONS,
    SOON,
    delivered,
    disputed,
    in_progress,
    late,
    offer,
    pending,
    revision_refused,
    revision_requested,
    taken_before_targets,
    until,
    wish_to_cancel,
)

UNCOMMON = Policy(
    acceptance_window=timedelta(hours=11),
    review_window=timedelta(hours=12),
    revision_answer_window=timedelta(hours=13),
    decision_window=timedelta(hours=14),
    assignment_window=timedelta(hours=15),
)
STRICT = Policy(decision_expiry=TimerEffect.OPEN_DISPUTE)


@pytest.mark.parametrize(
    ("before", "action", "actor", "expected"),
    [
        (
            delivered(policy=UNCOMMON),
            Action.REQUEST_REVISION,
            BUYER,
            until(
                NOW + 13 * HOUR,
                Role.SELLER,
                Window.REVISION_ANSWER,
                TimerEffect.DISPUTE_ALLOWED,
                NOW + 6.5 * HOUR,
            ),
        ),
        (
            in_progress(policy=UNCOMMON),
            Action.DELIVER,
            SELLER,
            until(
                NOW + 12 * HOUR, Role.BUYER, Window.REVIEW, TimerEffect.COMPLETE, NOW + 6.0 * HOUR
            ),
        ),
        (
            revision_requested(policy=UNCOMMON),
            Action.REFUSE_REVISION,
            SELLER,
            until(
                NOW + 14 * HOUR, Role.BUYER, Window.DECISION, TimerEffect.COMPLETE, NOW + 7.0 * HOUR
            ),
        ),
        (
            revision_requested(policy=STRICT),
            Action.REFUSE_REVISION,
            SELLER,
            until(
                NOW + 7 * DAY, Role.BUYER, Window.DECISION, TimerEffect.OPEN_DISPUTE, NOW + 6 * DAY
            ),
        ),
        (
            revision_refused(policy=UNCOMMON),
            Action.OPEN_DISPUTE,
            BUYER,
            until(NOW + 15 * HOUR, Role.MEDIATOR, Window.ASSIGNMENT, TimerEffect.ESCALATE),
        ),
        (
            pending(policy=UNCOMMON),
            Action.ACCEPT,
            SELLER,
            until(NOW + 3 * DAY, Role.SELLER, Window.DELIVERY, TimerEffect.LATE, NOW + 2 * DAY),
        ),
        (
            revision_requested(policy=UNCOMMON),
            Action.ACCEPT_REVISION,
            SELLER,
            until(NOW + 2 * DAY, Role.SELLER, Window.DELIVERY, TimerEffect.LATE, NOW + 1 * DAY),
        ),
    ],
)
def test_each_state_runs_under_its_window_of_the_order_s_own_policy(
    before: Order, action: Action, actor: Actor, expected: Deadline
) -> None:
    assert expected == decided(before, action, actor).deadline


def test_a_restart_runs_under_the_delivery_time_that_the_mediator_gave() -> None:
    order = decided(disputed("mona"), Action.RESOLVE, MEDIATOR, RESTART)
    assert NOW + 5 * DAY == order.due_at
    expected = until(NOW + 5 * DAY, Role.SELLER, Window.DELIVERY, TimerEffect.LATE, NOW + 4 * DAY)
    assert expected == order.deadline


def test_a_window_runs_from_when_the_step_takes_effect_not_from_when_it_was_asked_for() -> None:
    accepted = taken(decide(pending(), wish(Action.ACCEPT, SELLER), NOW + DAY)).order
    assert NOW + 4 * DAY == accepted.due_at


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        (SOON - SECOND, False),
        (SOON, False),
        (SOON + timedelta(microseconds=1), True),
        (SOON + 30 * DAY, True),
    ],
)
def test_a_deadline_has_passed_only_after_its_instant(instant: datetime, expected: bool) -> None:
    assert expected is (first_expired(pending(), instant) is not None)


def test_what_has_no_deadline_never_passes() -> None:
    orders = (late(), taken_before_targets(), SITUATIONS["completed"])
    assert [None, None, None] == [first_expired(order, NOW + 9_000 * DAY) for order in orders]


@pytest.mark.parametrize(
    ("situation", "expected"),
    [
        ("pending", "seller"),
        ("late", "seller"),
        ("delivered", "buyer"),
        ("answer_overdue", "seller"),
        ("revision_refused", "buyer"),
        ("disputed_monas", "mediator"),
        ("completed", None),
        ("cancelled", None),
        ("settled", None),
    ],
)
def test_with_or_without_a_deadline_an_order_waits_for(
    situation: str, expected: str | None
) -> None:
    assert expected == waits_for(SITUATIONS[situation])


def test_every_timer_names_whom_its_window_waits_for() -> None:
    order = in_progress(offer=offer(), cancellation_request=wish_to_cancel())
    assert {
        "delivery": "seller",
        "cancellation_answer": "seller",
        "offer": "buyer",
    } == {timer.window: timer.waits_for for timer in timers(order)}


def test_delivering_ends_the_due_date_as_a_deadline() -> None:
    order = decided(in_progress(), Action.DELIVER, SELLER, Fields.model_validate({}))
    assert order.deadline is not None
    assert "review" == order.deadline.reason
