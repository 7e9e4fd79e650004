"""Disputes: opened, taken, handed over, argued, ruled."""

from datetime import datetime, timedelta
from typing import Any, cast

from domain.actions import Assign, PositiveMoney, Resolve
from domain.command import Command, Refusal
from domain.deadlines import deadline, ruling_target
from domain.effects.change import Change, enter_state, invalid
from domain.effects.endings import close_order
from domain.effects.settlements import wrong_split
from domain.order import Dispute, Order
from domain.reasons import Reason
from domain.vocabulary import Ruling, State


def open_dispute(order: Order, command: Command, now: datetime) -> Change:
    """Freeze the order: its timers stop, and a mediator is waited for."""
    dispute = Dispute(opened_by=command.actor, opened_at=now, request_id=command.request_id)
    return Change(enter_state(order, State.DISPUTED, now, dispute=dispute))


def assign(order: Order, command: Command, now: datetime) -> Change | Refusal:
    """Give the case to the mediator who acts: the ruling target begins."""
    named = cast("Assign", command.fields).mediator_id
    if named not in (None, command.actor.id):
        return invalid("mediator_id", Reason.FOR_THEMSELF)
    return Change(_taken_by(order, command.actor.id, now))


def hand_over(order: Order, command: Command, now: datetime) -> Change | Refusal:
    """Give the case to the mediator named, whoever had it: the ruling target begins anew."""
    named = cast("Assign", command.fields).mediator_id
    if named is None:
        return invalid("mediator_id", Reason.NAME_A_MEDIATOR)
    if named in order.parties:
        return invalid("mediator_id", Reason.PARTY_AS_MEDIATOR)
    return Change(_taken_by(order, named, now))


def release(order: Order, _command: Command, now: datetime) -> Change:
    """Give the case back to the queue: the assignment target begins anew."""
    freed = _with_dispute(order, mediator_id=None, taken_at=None)
    return Change(freed.model_copy(update={"deadline": deadline(freed, State.DISPUTED, now)}))


def add_statement(order: Order, _act: Command, _now: datetime) -> Change:
    """Leave the order as it is: the statement stands in the journal."""
    return Change(order)


def resolve(order: Order, command: Command, now: datetime) -> Change | Refusal:
    """Carry out a ruling; it takes the case too where nobody has."""
    ruling = cast("Resolve", command.fields)
    case = _with_dispute(_taken_by(order, command.actor.id, now), ruling=ruling.outcome)
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


def _taken_by(order: Order, mediator_id: str | None, now: datetime) -> Order:
    taken = _with_dispute(order, mediator_id=mediator_id, taken_at=_since(order, mediator_id, now))
    return taken.model_copy(update={"deadline": ruling_target(order, now)})


def _since(order: Order, mediator_id: str | None, now: datetime) -> datetime | None:
    """Return since when the mediator has the case: handed to who has it, it stays as it was."""
    dispute = order.dispute
    has_it = dispute is not None and dispute.mediator_id == mediator_id
    return dispute.taken_at if dispute is not None and has_it else now


def _with_dispute(order: Order, **changes: Any) -> Order:
    dispute = cast("Dispute", order.dispute).model_copy(update=changes)
    return order.model_copy(update={"dispute": dispute})
