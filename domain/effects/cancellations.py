"""A buyer's wish that the seller cancels, and the seller's refusal."""

from datetime import datetime
from typing import cast

from domain.command import Command
from domain.deadlines import reminder
from domain.effects.change import Change, enter_state
from domain.order import Actor, CancellationRequest, Dispute, Order
from domain.vocabulary import CancellationStatus, Role, State

REFUSALS_BEFORE_DISPUTE = 2
"""Refused so often before any delivery, the wish goes to the mediator by itself."""


def request_cancellation(order: Order, command: Command, now: datetime) -> Change:
    """Open the seller's window to cancel, or to refuse with a reason."""
    answer_by = now + order.policy.cancellation_answer_window
    asked = CancellationRequest(
        id=command.request_id,
        status=CancellationStatus.ASKED,
        asked_at=now,
        answer_by=answer_by,
        remind_at=reminder(now, answer_by),
    )
    changes = {"cancellation_request": asked, "dispute_allowed": may_dispute(order)}
    return Change(order.model_copy(update=changes))


def refuse_cancellation(order: Order, _act: Command, now: datetime) -> Change:
    """Let the buyer open a dispute; a second refusal before any delivery opens it by itself."""
    refusals = order.cancellation_refusals + 1
    refused = answered(order, CancellationStatus.REFUSED).model_copy(
        update={"cancellation_refusals": refusals}
    )
    if order.delivered_before or refusals < REFUSALS_BEFORE_DISPUTE:
        return Change(refused)
    asked = cast("CancellationRequest", order.cancellation_request)
    buyer = Actor(id=order.buyer_id, role=Role.BUYER)
    dispute = Dispute(opened_by=buyer, opened_at=now, request_id=asked.id)
    return Change(enter_state(refused, State.DISPUTED, now, dispute=dispute))


def may_dispute(order: Order) -> bool:
    """Return whether a wish to cancel that was not granted lets the buyer open a dispute."""
    asked = order.cancellation_request
    not_granted = asked is not None and asked.status is not CancellationStatus.ASKED
    return order.dispute_allowed or not_granted


def answered(order: Order, status: CancellationStatus) -> Order:
    """Return the order with the wish to cancel refused, or left unanswered."""
    asked = cast("CancellationRequest", order.cancellation_request)
    closed = asked.model_copy(update={"status": status, "remind_at": None})
    return order.model_copy(update={"cancellation_request": closed})
