"""Reminders: a day before a window ends, or halfway through a short one; once, to who can act."""

from datetime import datetime, timedelta

import pytest

from domain.deadlines import reminder
from domain.order import Actor, Order
from domain.placing import place
from domain.policy import Policy
from domain.rules import as_of, decide, expire
from domain.standing import since
from domain.step import Step
from domain.timers import next_timer, reminder_due
from domain.vocabulary import Action, State, TimerEffect
from tests.domain.acts import (
    RESTART,
    decided,
    offered,
    people_told,
    taken,
    wish,
)
from tests.domain.examples import (
    BUYER,
    DAY,
    HOUR,
    MEDIATOR,
    MICROSECOND,
    NOW,
    SECOND,
    SELLER,
    SOON,
    MakeOrder,
    delivered,
    disputed,
    in_progress,
    late,
    offer,
    pending,
    revision_refused,
    revision_requested,
    timer,
    wish_to_cancel,
)
from tests.domain.test_placing import TERMS

SHORT = Policy(
    acceptance_window=10 * HOUR,
    review_window=20 * HOUR,
    revision_answer_window=30 * HOUR,
    decision_window=47 * HOUR,
    cancellation_answer_window=1 * HOUR,
    offer_window=SECOND,
)


@pytest.mark.parametrize(
    ("window", "after"),
    [
        (SECOND, SECOND / 2),
        (HOUR, HOUR / 2),
        (DAY, DAY / 2),
        (47 * HOUR, 23.5 * HOUR),
        (48 * HOUR - SECOND, 24 * HOUR - SECOND / 2),
        (48 * HOUR, 24 * HOUR),
        (48 * HOUR + SECOND, 24 * HOUR + SECOND),
        (7 * DAY, 6 * DAY),
        (366 * DAY, 365 * DAY),
    ],
)
def test_it_goes_out_a_day_before_the_end_or_halfway_of_what_lasts_under_two_days(
    window: timedelta, after: timedelta
) -> None:
    assert NOW + after == reminder(NOW, NOW + window)


def placed(policy: Policy) -> Order:
    """An order that was placed at NOW."""
    return taken(place("o1", "bea", TERMS, (), policy, NOW)).order


def started(order: MakeOrder, action: Action, actor: Actor) -> MakeOrder:
    """Starts a window at NOW, under a given policy."""
    return lambda policy: decided(order(policy=policy), action, actor)


WINDOWS: dict[str, tuple[MakeOrder, timedelta, timedelta, tuple[str, str]]] = {
    "acceptance": (placed, DAY, 5 * HOUR, ("seller", "sam")),
    "delivery": (
        started(pending, Action.ACCEPT, SELLER),
        2 * DAY,
        2 * DAY,
        ("seller", "sam"),
    ),
    "review": (started(in_progress, Action.DELIVER, SELLER), 6 * DAY, 10 * HOUR, ("buyer", "bea")),
    "revision_answer": (
        started(delivered, Action.REQUEST_REVISION, BUYER),
        DAY,
        15 * HOUR,
        ("seller", "sam"),
    ),
    "decision": (
        started(revision_requested, Action.REFUSE_REVISION, SELLER),
        6 * DAY,
        23.5 * HOUR,
        ("buyer", "bea"),
    ),
    "cancellation_answer": (
        started(late, Action.REQUEST_CANCELLATION, BUYER),
        DAY,
        HOUR / 2,
        ("seller", "sam"),
    ),
    "offer": (started(late, Action.MAKE_OFFER, SELLER), 6 * DAY, SECOND / 2, ("buyer", "bea")),
}
"""What starts each window, when its reminder is due by default and if it is short, for whom."""


def sent(order: Order, at: datetime) -> Step:
    """The step of the reminder that is due at an instant."""
    due = reminder_due(order, at)
    assert due is not None
    return expire(order, due, at)


@pytest.mark.parametrize("policy", [Policy(), SHORT], ids=["usual", "short"])
@pytest.mark.parametrize("window", WINDOWS)
def test_each_window_reminds_the_one_who_can_act_and_nobody_else(
    window: str, policy: Policy
) -> None:
    start, usual, short, person = WINDOWS[window]
    order, at = start(policy), NOW + (short if policy is SHORT else usual)
    first = next_timer(order)
    assert first is not None
    assert (at, TimerEffect.REMIND) == (first.at, first.effect)
    assert reminder_due(order, at) is None
    step = sent(order, at + MICROSECOND)
    assert (f"order.{window}_reminder", [person]) == (step.event, people_told(step))


@pytest.mark.parametrize("window", WINDOWS)
def test_it_goes_out_once_and_changes_nothing_else(window: str) -> None:
    order = WINDOWS[window][0](Policy())
    at = NOW + WINDOWS[window][1] + SECOND
    step = sent(order, at)
    assert reminder_due(step.order, at + DAY / 2) is None
    assert () == step.postings
    assert order.version + 1 == step.order.version
    assert timer(order) == timer(step.order)
    assert without_reminders(order) == without_reminders(step.order)


def without_reminders(order: Order) -> Order:
    """The order but for its reminders and its number of steps."""
    parts = {
        name: part.model_copy(update={"remind_at": None})
        for name in ("deadline", "offer", "cancellation_request")
        if (part := getattr(order, name)) is not None
    }
    same = {"version": 0, "updated_at": NOW, "standing_since": since(order)}
    return order.model_copy(update={**parts, **same})


@pytest.mark.parametrize("window", WINDOWS)
def test_it_is_not_sent_once_the_window_is_over(window: str) -> None:
    """The workers were down until then: who can act no more is not told that they can."""
    order = as_of(WINDOWS[window][0](Policy()), NOW + 30 * DAY)
    assert reminder_due(order, NOW + 30 * DAY) is None


@pytest.mark.parametrize("window", WINDOWS)
def test_the_end_of_a_window_that_nobody_was_reminded_of_comes_all_the_same(window: str) -> None:
    order = WINDOWS[window][0](Policy())
    assert window == timer(order).window


@pytest.mark.parametrize(
    ("order", "action", "actor"),
    [
        (pending, Action.ACCEPT, SELLER),
        (in_progress, Action.DELIVER, SELLER),
        (delivered, Action.COMPLETE, BUYER),
        (revision_requested, Action.REFUSE_REVISION, SELLER),
        (revision_refused, Action.OPEN_DISPUTE, BUYER),
    ],
)
def test_who_has_acted_is_not_reminded_of_it(
    order: MakeOrder, action: Action, actor: Actor
) -> None:
    before = order()
    assert before.deadline is not None
    reminding = before.deadline.model_copy(update={"remind_at": NOW + HOUR / 2})
    after = decided(before.model_copy(update={"deadline": reminding}), action, actor)
    due = reminder_due(after, SOON)
    assert due is None or due.window is not reminding.reason


@pytest.mark.parametrize(
    ("action", "actor"),
    [
        (Action.ACCEPT_OFFER, BUYER),
        (Action.DECLINE_OFFER, BUYER),
        (Action.WITHDRAW_OFFER, SELLER),
    ],
)
def test_nobody_is_reminded_of_an_offer_that_is_closed(action: Action, actor: Actor) -> None:
    after = decided(late(offer=offer(remind_at=NOW)), action, actor)
    assert reminder_due(after, SOON) is None


def test_nobody_is_reminded_of_a_wish_to_cancel_that_was_answered() -> None:
    asked = late(cancellation_request=wish_to_cancel(remind_at=NOW + HOUR / 2))
    assert reminder_due(asked, SOON) is not None
    refused = decided(asked, Action.REFUSE_CANCELLATION, SELLER)
    assert reminder_due(refused, SOON) is None
    assert refused.cancellation_request is not None
    assert refused.cancellation_request.remind_at is None


def test_a_due_date_that_moved_is_reminded_of_anew() -> None:
    moved = decided(in_progress(), Action.BUY_EXTRA, BUYER)
    assert moved.deadline is not None
    assert NOW + (SOON + DAY - NOW) / 2 == moved.deadline.remind_at


def test_a_restart_is_reminded_of_a_day_before_it_is_due() -> None:
    again = decided(disputed("mona"), Action.RESOLVE, MEDIATOR, RESTART)
    assert again.deadline is not None
    assert NOW + 4 * DAY == again.deadline.remind_at


def test_a_frozen_order_reminds_nobody_and_is_told_of_again_instead() -> None:
    opened = decided(revision_refused(offer=offer()), Action.OPEN_DISPUTE, BUYER)
    assert State.DISPUTED is opened.state
    first = next_timer(opened)
    assert first is not None
    assert "escalate" == first.effect


def test_two_reminders_of_the_same_instant_both_go_out() -> None:
    """Both were started by one look at the inbox: the review and the offer last seven days."""
    handed_over = decided(in_progress(), Action.DELIVER, SELLER)
    order = taken(decide(handed_over, wish(Action.MAKE_OFFER, SELLER, offered(700)), NOW)).order
    events, at = [], NOW + 6 * DAY + SECOND
    while reminder_due(order, at) is not None:
        step = sent(order, at)
        events.append(step.event)
        order = step.order
    assert ["order.offer_reminder", "order.review_reminder"] == sorted(events)
