"""Disputes: opened, taken, argued, ruled."""

from datetime import datetime, timedelta
from typing import Any, cast

from domain.actions import PositiveMoney, Resolve
from domain.command import Command, Refusal
from domain.effects.change import Change, enter_state
from domain.effects.endings import close_order
from domain.effects.settlements import wrong_split
from domain.order import Actor, Dispute, Order
from domain.vocabulary import Ruling, State


def open_dispute(order: Order, command: Command, now: datetime) -> Change:
    """Freeze the order: its timers stop, and a mediator is waited for."""
    dispute = Dispute(opened_by=command.actor, opened_at=now, request_id=command.request_id)
    return Change(enter_state(order, State.DISPUTED, now, dispute=dispute))


def assign(order: Order, command: Command, _now: datetime) -> Change:
    """Give the case to the mediator who acts; no deadline runs on it any more."""
    return Change(_taken_by(order, command.actor))


def add_statement(order: Order, _act: Command, _now: datetime) -> Change:
    """Leave the order as it is: the statement stands in the journal."""
    return Change(order)


def resolve(order: Order, command: Command, now: datetime) -> Change | Refusal:
    """Carry out a ruling; it takes the case too where nobody has."""
    ruling = cast("Resolve", command.fields)
    case = _with_dispute(_taken_by(order, command.actor), ruling=ruling.outcome)
    match ruling.outcome:
        case Ruling.REFUND:
            return close_order(
                case, State.CANCELLED, case.total, command.actor, command.action, now
            )
        case Ruling.PAY_SELLER:
            return close_order(case, State.COMPLETED, 0, command.actor, command.action, now)
        case Ruling.SPLIT:
            refund = cast("PositiveMoney", ruling.refund)
            return wrong_split(case, refund) or close_order(
                case, State.SETTLED, refund.amount, command.actor, command.action, now
            )
        case Ruling.RESTART:
            due_at = now + cast("timedelta", ruling.delivery_time)
            closed = _with_dispute(case, closed_at=now)
            return Change(enter_state(closed, State.IN_PROGRESS, now, due_at=due_at))


def _taken_by(order: Order, mediator: Actor) -> Order:
    taken = _with_dispute(order, mediator_id=mediator.id)
    return taken.model_copy(update={"deadline": None})


def _with_dispute(order: Order, **changes: Any) -> Order:
    dispute = cast("Dispute", order.dispute).model_copy(update=changes)
    return order.model_copy(update={"dispute": dispute})
