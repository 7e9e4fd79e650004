"""What an order does by itself when an instant passes."""

from datetime import datetime
from typing import cast

from domain.deadlines import deadline as target_of
from domain.deadlines import ruling_target
from domain.effects.cancellations import answered
from domain.effects.change import Change, enter_state
from domain.effects.endings import close_order
from domain.effects.offers import without_offer
from domain.order import DEADLINE_ACTOR, WARNINGS, Deadline, Dispute, Holding, Lapse, Order
from domain.timers import Timer
from domain.vocabulary import CancellationStatus, State, TimerEffect, Window

_BESIDE_THE_STATE = {Window.OFFER: "offer", Window.CANCELLATION_ANSWER: "cancellation_request"}
"""Where the windows are kept that do not belong to an order's state."""


def after(order: Order, timer: Timer, now: datetime) -> Change:
    """Return the order after `timer`, one of its own, has run out.

    Raises:
        ValueError: the timer is of a deadline that the order does not have.
    """
    match timer.effect:
        case TimerEffect.REMIND if timer.window is Window.HOLDING:
            return Change(_warned(order, now))
        case TimerEffect.REMIND:
            return Change(_reminded(order, timer))
        case _ if timer.window is Window.HOLDING:
            return _limit_reached(order, timer, now)
        case TimerEffect.LAPSE_OFFER:
            return Change(_without_lapsed_offer(order))
        case TimerEffect.LEAVE_CANCELLATION_UNANSWERED:
            return Change(answered(order, CancellationStatus.UNANSWERED))
        case _ if order.deadline is not None:
            return _deadline_passed(order, order.deadline, now)
    raise ValueError(f"order {order.id} has no deadline")


def _deadline_passed(order: Order, deadline: Deadline, now: datetime) -> Change:
    match deadline.on_expiry:
        case TimerEffect.COMPLETE:
            ended = close_order(order, State.COMPLETED, 0, DEADLINE_ACTOR, deadline.reason, now)
            return _lapsed(ended, order.state, deadline.at, deadline.reason)
        case TimerEffect.CANCEL:
            ended = close_order(
                order, State.CANCELLED, order.total, DEADLINE_ACTOR, deadline.reason, now
            )
            return _lapsed(ended, order.state, deadline.at, deadline.reason)
        case TimerEffect.OPEN_DISPUTE:
            return _lapsed(_disputed(order, now), order.state, deadline.at, deadline.reason)
        case TimerEffect.LATE | TimerEffect.DISPUTE_ALLOWED:
            return Change(order.model_copy(update={"overdue": True, "deadline": None}))
        case TimerEffect.ESCALATE:
            return Change(order.model_copy(update={"deadline": _next_target(order, now)}))


def _next_target(order: Order, now: datetime) -> Deadline | None:
    """Return the target after one that has passed, of the same window."""
    taken = order.dispute is not None and order.dispute.mediator_id is not None
    return ruling_target(order, now) if taken else target_of(order, State.DISPUTED, now)


def _without_lapsed_offer(order: Order) -> Order:
    lapsed = order.offer.id if order.offer else None
    return without_offer(order).model_copy(update={"lapsed_offer": lapsed})


def _disputed(order: Order, now: datetime) -> Change:
    dispute = Dispute(opened_by=DEADLINE_ACTOR, opened_at=now, request_id=None)
    return Change(enter_state(order, State.DISPUTED, now, dispute=dispute))


def _lapsed(change: Change, state: State, at: datetime, reason: Window) -> Change:
    lapse = Lapse(at=at, state=state, reason=reason)
    return Change(change.order.model_copy(update={"lapse": lapse}), change.postings)


def _limit_reached(order: Order, timer: Timer, now: datetime) -> Change:
    """Give the order to a person: nobody is paid because the money could be held no longer."""
    reached = _with_holding(order, reached=True)
    if order.state is State.DISPUTED:
        return Change(reached)
    return _lapsed(_disputed(reached, now), order.state, timer.at, timer.window)


def _warned(order: Order, now: datetime) -> Order:
    """Return the order with this warning given, and those that have passed meanwhile with it."""
    holding = cast("Holding", order.holding)
    instants = (holding.last_safe_at - before for before in WARNINGS)
    passed = max((at for at in instants if at <= now), default=holding.warn_at)
    return _with_holding(order, warned_at=passed)


def _with_holding(order: Order, **changes: object) -> Order:
    holding = cast("Holding", order.holding).model_copy(update=changes)
    return order.model_copy(update={"holding": holding})


def _reminded(order: Order, timer: Timer) -> Order:
    """Return the order with the reminder of this window gone out."""
    name = _BESIDE_THE_STATE.get(timer.window, "deadline")
    part = getattr(order, name).model_copy(update={"remind_at": None})
    return order.model_copy(update={name: part})
