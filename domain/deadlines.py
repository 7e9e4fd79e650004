"""Which deadline each state runs under, and what happens by itself when it passes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.order import Deadline, Order
from domain.policy import Policy
from domain.vocabulary import CancellationStatus, OnExpiry, Role, State, TimerEffect, Window

REMINDER = timedelta(hours=24)


@dataclass(frozen=True)
class DeadlineRule:
    """A state's deadline: whom it waits for, under which window, and what follows silence."""

    waits_for: Role
    window: Window
    on_expiry: OnExpiry


DEADLINES: dict[State, DeadlineRule] = {
    State.PENDING: DeadlineRule(Role.SELLER, Window.ACCEPTANCE, TimerEffect.CANCEL),
    State.IN_PROGRESS: DeadlineRule(Role.SELLER, Window.DELIVERY, TimerEffect.LATE),
    State.DELIVERED: DeadlineRule(Role.BUYER, Window.REVIEW, TimerEffect.COMPLETE),
    State.REVISION_REQUESTED: DeadlineRule(
        Role.SELLER, Window.REVISION_ANSWER, TimerEffect.DISPUTE_ALLOWED
    ),
    # An order's policy may say open_dispute instead: see `deadline`.
    State.REVISION_REFUSED: DeadlineRule(Role.BUYER, Window.DECISION, TimerEffect.COMPLETE),
    State.DISPUTED: DeadlineRule(Role.MEDIATOR, Window.ASSIGNMENT, TimerEffect.ESCALATE),
}


def window_length(policy: Policy, window: Window) -> timedelta:
    """Return how long a window of the policy lasts. The delivery window is none of them: it ends on
    the order's own due date."""
    return {
        Window.ACCEPTANCE: policy.acceptance_window,
        Window.REVIEW: policy.review_window,
        Window.REVISION_ANSWER: policy.revision_answer_window,
        Window.DECISION: policy.decision_window,
        Window.ASSIGNMENT: policy.assignment_window,
        Window.CANCELLATION_ANSWER: policy.cancellation_answer_window,
        Window.OFFER: policy.offer_window,
    }[window]


def deadline(order: Order, state: State, now: datetime) -> Deadline | None:
    """Return the deadline of `state` for an order that enters it at `now` (UTC), if it has one."""
    rule = DEADLINES.get(state)
    if rule is None:
        return None
    if rule.window is Window.DELIVERY:
        at = order.due_at or now + order.delivery_time
    else:
        at = now + window_length(order.policy, rule.window)
    on_expiry: OnExpiry = rule.on_expiry
    if rule.window is Window.DECISION:
        on_expiry = order.policy.decision_expiry
    return Deadline(
        at=at,
        waits_for=rule.waits_for,
        reason=rule.window,
        on_expiry=on_expiry,
        remind_at=None if rule.window is Window.ASSIGNMENT else reminder(now, at),
    )


def ruling_target(order: Order, now: datetime) -> Deadline | None:
    """Return until when a case that is taken at `now` (UTC) should be ruled on. It decides nothing:
    when it passes, people are told again."""
    window = order.policy.ruling_window
    if window is None:
        return None
    at = now + window
    return Deadline(
        at=at,
        waits_for=Role.MEDIATOR,
        reason=Window.RULING,
        on_expiry=TimerEffect.ESCALATE,
        remind_at=reminder(now, at),
    )


def nearest_deadline(order: Order) -> Deadline | None:
    """Return the deadline that comes first for people: the order's, or before it the answer to a
    wish to cancel, after which the buyer may open a dispute. Where they may already, silence brings
    nothing new. None while the order's payment is disputed: time stands still."""
    if order.payment_hold is not None:
        return None
    asked, deadline = order.cancellation_request, order.deadline
    if asked is None or asked.status is not CancellationStatus.ASKED or order.dispute_allowed:
        return deadline
    if deadline is None or deadline.at <= asked.answer_by:
        return deadline
    return Deadline(
        at=asked.answer_by,
        waits_for=Role.SELLER,
        reason=Window.CANCELLATION_ANSWER,
        on_expiry=TimerEffect.DISPUTE_ALLOWED,
    )


def reminder(now: datetime, at: datetime) -> datetime:
    """Return when to remind of what ends at `at`: a day before, or halfway if that is later."""
    return max(at - REMINDER, now + (at - now) / 2)


def waits_for(order: Order) -> Role | None:
    """Return who has to act next, with or without a deadline: while the order's payment is disputed
    the payment provider, which says how that ends. None when the order is final."""
    if order.payment_hold is not None:
        return Role.PROVIDER
    rule = DEADLINES.get(order.state)
    return rule.waits_for if rule else None
