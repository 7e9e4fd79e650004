"""Who is told of what: the events of an order and the people whom each concerns."""

from typing import Final

from domain.order import Order
from domain.step import Notice
from domain.timers import Timer
from domain.vocabulary import (
    Act,
    Action,
    OnExpiry,
    ProviderAct,
    Role,
    State,
    TimerEffect,
    Window,
)

PLACED = "order.placed"
DISPUTE_OPENED = "order.dispute_opened"
ESCALATED = "order.dispute_escalated"
RULING_OVERDUE = "order.ruling_overdue"
LIMIT_REACHED = "order.holding_limit_reached"
HANDED_OVER = "order.dispute_handed_over"
MESSAGE = "order.message"
"""Not a step: who is told of it is said in `domain.conversation`."""

EVENT_OF_ACTION: dict[Action, str] = {
    Action.ACCEPT: "order.accepted",
    Action.DELIVER: "order.delivered",
    Action.REQUEST_REVISION: "order.revision_requested",
    Action.ACCEPT_REVISION: "order.revision_accepted",
    Action.REFUSE_REVISION: "order.revision_refused",
    Action.COMPLETE: "order.completed",
    Action.OPEN_DISPUTE: DISPUTE_OPENED,
    Action.BUY_EXTRA: "order.extra_bought",
    Action.REQUEST_OFFER: "order.offer_requested",
    Action.MAKE_OFFER: "order.offer_made",
    Action.WITHDRAW_OFFER: "order.offer_withdrawn",
    Action.DECLINE_OFFER: "order.offer_declined",
    Action.ACCEPT_OFFER: "order.offer_accepted",
    Action.REQUEST_CANCELLATION: "order.cancellation_requested",
    Action.REFUSE_CANCELLATION: "order.cancellation_refused",
    Action.CANCEL: "order.cancelled",
    Action.PROPOSE_SETTLEMENT: "order.settlement_proposed",
    Action.WITHDRAW_SETTLEMENT: "order.settlement_withdrawn",
    Action.ACCEPT_SETTLEMENT: "order.settled",
    Action.ASSIGN: "order.dispute_assigned",
    Action.RELEASE: "order.dispute_released",
    Action.ADD_STATEMENT: "order.statement_added",
    Action.RESOLVE: "order.dispute_resolved",
}

EVENT_OF_PROVIDER: dict[ProviderAct, str] = {act: f"order.{act}" for act in ProviderAct}

EVENT_OF_SILENCE: dict[OnExpiry | TimerEffect, str] = {
    TimerEffect.COMPLETE: "order.completed",
    TimerEffect.CANCEL: "order.cancelled",
    TimerEffect.OPEN_DISPUTE: DISPUTE_OPENED,
    TimerEffect.LATE: "order.late",
    TimerEffect.DISPUTE_ALLOWED: "order.answer_overdue",
    TimerEffect.ESCALATE: ESCALATED,
    TimerEffect.LAPSE_OFFER: "order.offer_lapsed",
    TimerEffect.LEAVE_CANCELLATION_UNANSWERED: "order.cancellation_unanswered",
}

ESCALATION = {Window.RULING: RULING_OVERDUE, Window.HOLDING: LIMIT_REACHED}
"""What an escalation is told as, where it is not that a case has no mediator."""


def event_of_command(action: Act, before: Order, after: Order) -> str:
    """Return the event of an action. A refusal that opens a dispute is told as a dispute, and what
    gives a case that another mediator had to somebody else as handed over."""
    if isinstance(action, ProviderAct):
        return EVENT_OF_PROVIDER[action]
    if action is Action.REFUSE_CANCELLATION and after.state is State.DISPUTED:
        return DISPUTE_OPENED
    if action is Action.ASSIGN and _mediator(before) not in (None, _mediator(after)):
        return HANDED_OVER
    return EVENT_OF_ACTION[action]


def event_of_expiry(timer: Timer) -> str:
    """Return the event of an expired timer; reminders are named for the window that will end."""
    if timer.effect is TimerEffect.REMIND:
        return f"order.{timer.window}_reminder"
    if timer.effect is TimerEffect.ESCALATE:
        return ESCALATION.get(timer.window, ESCALATED)
    return EVENT_OF_SILENCE[timer.effect]


ENDPOINT_TEST: Final = "endpoint.test"
"""What an endpoint is sent to see that it hears: of no order, whatever else it wants to hear of."""

EVENTS = (
    PLACED,
    *dict.fromkeys((*EVENT_OF_ACTION.values(), *EVENT_OF_SILENCE.values())),
    *EVENT_OF_PROVIDER.values(),
    HANDED_OVER,
    RULING_OVERDUE,
    LIMIT_REACHED,
    "order.acceptance_reminder",
    "order.delivery_reminder",
    "order.review_reminder",
    "order.revision_answer_reminder",
    "order.decision_reminder",
    "order.cancellation_answer_reminder",
    "order.offer_reminder",
    "order.ruling_reminder",
    "order.holding_reminder",
)
"""Every event that a step can be."""

TOLD = (*EVENTS, MESSAGE)
"""Every event that is told of."""


def notices(before: Order | None, after: Order, event: str) -> tuple[Notice, ...]:
    """Return a notice for both parties, and for the mediator of a dispute that is open or that this
    very step ended; as long as it has none, for every mediator. Who had a case that another has now
    is told too."""
    if event in (ESCALATED, *ESCALATION.values()):
        return (_everyone(Role.MEDIATOR), _everyone(Role.OPERATOR))
    told: tuple[Notice, ...] = (_party(after, Role.BUYER), _party(after, Role.SELLER))
    if event in EVENT_OF_PROVIDER.values():
        told = (*told, _everyone(Role.OPERATOR))
    if event == DISPUTE_OPENED and after.lapse is not None and after.lapse.reason is Window.HOLDING:
        return (*told, _everyone(Role.MEDIATOR), _everyone(Role.OPERATOR))
    if after.dispute is None or not (_in_dispute(before) or _in_dispute(after)):
        return told
    now, earlier = _mediator(after), _mediator(before)
    if now is None:
        return (*told, _everyone(Role.MEDIATOR)) if _in_dispute(after) else told
    concerned = [now] if earlier in (None, now) else [now, earlier]
    return (*told, *(Notice(role=Role.MEDIATOR, user_id=one) for one in concerned))


def reminder_notices(order: Order, timer: Timer) -> tuple[Notice, ...]:
    """Return a notice for the one who can still act, and nobody else: where that is an operator,
    for all of them."""
    if timer.waits_for is Role.OPERATOR:
        return (_everyone(Role.OPERATOR),)
    if timer.waits_for is Role.MEDIATOR:
        return (Notice(role=Role.MEDIATOR, user_id=_mediator(order)),)
    return (_party(order, timer.waits_for),)


def _mediator(order: Order | None) -> str | None:
    return order.dispute.mediator_id if order is not None and order.dispute is not None else None


def _in_dispute(order: Order | None) -> bool:
    return order is not None and order.state is State.DISPUTED


def _party(order: Order, role: Role) -> Notice:
    user_id = order.buyer_id if role is Role.BUYER else order.seller_id
    return Notice(role=role, user_id=user_id)


def _everyone(role: Role) -> Notice:
    return Notice(role=role, user_id=None)
