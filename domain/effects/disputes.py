"""Disputes: opened, taken, argued, ruled."""

from datetime import datetime, timedelta
from typing import Any, cast

from domain.act import Act, Refusal
from domain.actions import PositiveMoney, Resolve
from domain.effects.change import Change, enter
from domain.effects.endings import end
from domain.effects.settlements import wrong_split
from domain.order import Actor, Dispute, Order
from domain.vocabulary import Ruling, State


def open_dispute(order: Order, act: Act, now: datetime) -> Change:
    """The order freezes: its timers stop and a mediator is waited for."""
    dispute = Dispute(opened_by=act.actor, opened_at=now, request_id=act.request_id)
    return Change(enter(order, State.DISPUTED, now, dispute=dispute))


def assign(order: Order, act: Act, _now: datetime) -> Change:
    """A mediator takes the case; nothing runs out any more."""
    return Change(_taken_by(order, act.actor))


def add_statement(order: Order, _act: Act, _now: datetime) -> Change:
    """A statement on the case; it stands in the journal."""
    return Change(order)


def resolve(order: Order, act: Act, now: datetime) -> Change | Refusal:
    """A ruling; it takes the case too where nobody has."""
    ruling = cast("Resolve", act.fields)
    case = _with_dispute(_taken_by(order, act.actor), ruling=ruling.outcome)
    match ruling.outcome:
        case Ruling.REFUND:
            return end(case, State.CANCELLED, case.total, act.actor, act.action, now)
        case Ruling.PAY_SELLER:
            return end(case, State.COMPLETED, 0, act.actor, act.action, now)
        case Ruling.SPLIT:
            refund = cast("PositiveMoney", ruling.refund)
            return wrong_split(case, refund) or end(
                case, State.SETTLED, refund.amount, act.actor, act.action, now
            )
        case Ruling.RESTART:
            due_at = now + cast("timedelta", ruling.delivery_time)
            closed = _with_dispute(case, closed_at=now)
            return Change(enter(closed, State.IN_PROGRESS, now, due_at=due_at))


def _taken_by(order: Order, mediator: Actor) -> Order:
    taken = _with_dispute(order, mediator_id=mediator.id)
    return taken.model_copy(update={"deadline": None})


def _with_dispute(order: Order, **changes: Any) -> Order:
    dispute = cast("Dispute", order.dispute).model_copy(update=changes)
    return order.model_copy(update={"dispute": dispute})
