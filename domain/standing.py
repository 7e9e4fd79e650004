"""What an order waits for, and since when: its state, what that runs late by, who has its case,
whether its payment is disputed."""

from datetime import datetime

from domain.order import Order
from domain.vocabulary import State


def mediator_of(order: Order) -> str | None:
    """Return who has the order's open case, if anybody does."""
    dispute = order.dispute if order.state is State.DISPUTED else None
    return dispute.mediator_id if dispute else None


def since(order: Order) -> datetime:
    """Return since when (UTC) the order waits for what it waits for; since its end, if it ended."""
    if order.payment_hold is not None:
        return order.payment_hold.since
    return order.standing_since or order.updated_at


def since_after(before: Order, after: Order) -> datetime | None:
    """Return what a step leaves in `standing_since`; None where the wait begins with the step."""
    if _standing(before) == _standing(after):
        return since(before)
    # Late from the instant itself, however much later a worker came to write it down.
    if after.overdue and not before.overdue and before.deadline is not None:
        return before.deadline.at
    return None


def _standing(order: Order) -> tuple[State, bool, str | None, bool]:
    return order.state, order.overdue, mediator_of(order), order.payment_hold is not None
