"""A payment that its payer's bank disputes: the order is frozen, goes on, or ends."""

from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from domain.actions import AboutChargeback, PaymentDisputed, PaymentDisputeLost
from domain.command import Command, Refusal
from domain.effects.change import Change, not_allowed
from domain.effects.endings import reclaim
from domain.order import CancellationRequest, Deadline, Offer, Order, PaymentHold
from domain.reasons import Reason
from domain.vocabulary import CancellationStatus, Window

Timed = TypeVar("Timed", Deadline, Offer, CancellationRequest)


def hold_payment(order: Order, command: Command, _now: datetime) -> Change | Refusal:
    """Freeze the order: time stands still from when the dispute was written down, so that nobody
    loses what was left of it to a worker that was down. One that is frozen by another dispute of
    its payment stays so, for this one."""
    before, said = order.payment_hold, cast("PaymentDisputed", command.fields)
    if before is not None and before.chargeback_id == said.chargeback_id:
        return not_allowed(Reason.HELD_ALREADY)
    hold = PaymentHold(
        chargeback_id=said.chargeback_id,
        amount=said.amount.amount,
        since=command.received_at if before is None else before.since,
        evidence_until=said.evidence_until,
        deadline=order.deadline if before is None else before.deadline,
    )
    return Change(order.model_copy(update={"payment_hold": hold, "deadline": None}))


def let_go_on(order: Order, command: Command, now: datetime) -> Change | Refusal:
    """Let the order go on from `now` (UTC), with the time that each of its deadlines had left."""
    hold, said = order.payment_hold, cast("AboutChargeback", command.fields)
    if hold is None or hold.chargeback_id != said.chargeback_id:
        return not_allowed(Reason.NOT_HELD)
    return Change(_resumed(order, hold, now - hold.since))


def lose_payment(order: Order, command: Command, now: datetime) -> Change:
    """End the order, frozen or not: its payment is gone."""
    lost = cast("PaymentDisputeLost", command.fields).amount.amount
    return reclaim(order, lost, command.actor, command.action, now)


def _resumed(order: Order, hold: PaymentHold, stood_still: timedelta) -> Order:
    changes: dict[str, Any] = {"payment_hold": None}
    if hold.deadline is not None:
        changes["deadline"] = _later(hold.deadline, stood_still, "at")
        # Until then the work is due, as extras and offers count it.
        if hold.deadline.reason is Window.DELIVERY and order.due_at is not None:
            changes["due_at"] = order.due_at + stood_still
    if order.offer is not None:
        changes["offer"] = _later(order.offer, stood_still, "lapses_at")
    asked = order.cancellation_request
    if asked is not None and asked.status is CancellationStatus.ASKED:
        changes["cancellation_request"] = _later(asked, stood_still, "answer_by")
    return order.model_copy(update=changes)


def _later(one: Timed, by: timedelta, name: str) -> Timed:
    """Return it with its end and its reminder that much later."""
    moved: dict[str, Any] = {name: getattr(one, name) + by}
    if one.remind_at is not None:
        moved["remind_at"] = one.remind_at + by
    return one.model_copy(update=moved)
