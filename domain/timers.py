"""The instants at which an order acts by itself, and which of them comes first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from domain.order import Order
from domain.vocabulary import CancellationStatus, OnExpiry, Role, State, TimerEffect, Window


@dataclass(frozen=True)
class Timer:
    """At `at` (UTC) the order does what it `brings`, because of a window that waits for a role."""

    at: datetime
    effect: OnExpiry | TimerEffect
    window: Window
    waits_for: Role


def next_timer(order: Order) -> Timer | None:
    """Return the earliest timer of an order; None where nothing runs."""
    return min(timers(order), key=lambda timer: timer.at, default=None)


def first_expired(order: Order, instant: datetime) -> Timer | None:
    """Return the first timer that decides something and has passed at `instant` (UTC), or None.

    Whatever is received after it comes too late. The timer's own instant still counts as in time.
    """
    return min(_over(order, instant, reminders=False), key=lambda one: one.at, default=None)


def reminder_due(order: Order, instant: datetime) -> Timer | None:
    """Return the reminder to send at `instant` (UTC), or None: its window is not over yet."""
    return min(_over(order, instant, reminders=True), key=lambda one: one.at, default=None)


def _over(order: Order, instant: datetime, *, reminders: bool) -> list[Timer]:
    return [
        timer
        for timer in timers(order)
        if (timer.effect is TimerEffect.REMIND) is reminders and instant > timer.at
    ]


def timers(order: Order) -> Iterator[Timer]:
    """Yield every timer that runs, in no particular order: none while the payment is disputed."""
    if order.payment_hold is not None:
        return
    deadline, offer, asked = order.deadline, order.offer, order.cancellation_request
    if deadline is not None:
        window, who = deadline.reason, deadline.waits_for
        yield Timer(deadline.at, deadline.on_expiry, window, who)
        yield from _reminder(deadline.remind_at, window, who)
    if asked is not None and asked.status is CancellationStatus.ASKED:
        window, who = Window.CANCELLATION_ANSWER, Role.SELLER
        yield Timer(asked.answer_by, TimerEffect.LEAVE_CANCELLATION_UNANSWERED, window, who)
        yield from _reminder(asked.remind_at, window, who)
    if offer is not None:
        yield Timer(offer.lapses_at, TimerEffect.LAPSE_OFFER, Window.OFFER, Role.BUYER)
        yield from _reminder(offer.remind_at, Window.OFFER, Role.BUYER)
    yield from _of_holding(order)


def _of_holding(order: Order) -> Iterator[Timer]:
    """Yield the limit for holding the money, at which a person takes over, and the next warning."""
    holding = order.holding
    if holding is None:
        return
    if not holding.reached:
        is_open = order.state is State.DISPUTED
        effect = TimerEffect.ESCALATE if is_open else TimerEffect.OPEN_DISPUTE
        yield Timer(holding.limit_at, effect, Window.HOLDING, Role.OPERATOR)
    yield from _reminder(holding.warn_at, Window.HOLDING, Role.OPERATOR)


def _reminder(at: datetime | None, window: Window, waits_for: Role) -> Iterator[Timer]:
    if at is not None:
        yield Timer(at, TimerEffect.REMIND, window, waits_for)
