"""The work itself: accepted, delivered, revised."""

from datetime import datetime

from domain.command import Command
from domain.effects.change import Change, Effect, enter_state
from domain.order import Order
from domain.vocabulary import State


def transition_to(state: State) -> Effect:
    """Return the effect that changes the state and its deadline, and nothing else."""
    return lambda order, _act, now: Change(enter_state(order, state, now))


def accept(order: Order, _act: Command, now: datetime) -> Change:
    """Start the work; the due date counts the delivery times of all lines."""
    return Change(enter_state(order, State.IN_PROGRESS, now, due_at=now + order.delivery_time))


def deliver(order: Order, _act: Command, now: datetime) -> Change:
    """Hand the work to the buyer, who checks it."""
    return Change(enter_state(order, State.DELIVERED, now, delivered_before=True))


def accept_revision(order: Order, _act: Command, now: datetime) -> Change:
    """Start the work again, for the service's revision time; the revision is used up."""
    used, due_at = order.revisions_used + 1, now + order.revision_time
    return Change(enter_state(order, State.IN_PROGRESS, now, due_at=due_at, revisions_used=used))
