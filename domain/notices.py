"""Who is told of what: the events of an order and the people whom each concerns."""

from domain.order import Order
from domain.step import Notice
from domain.vocabulary import Action, OnExpiry, Role, State

PLACED = "order.placed"

EVENT_OF_ACTION: dict[Action, str] = {
    Action.ACCEPT: "order.accepted",
    Action.DELIVER: "order.delivered",
    Action.REQUEST_REVISION: "order.revision_requested",
    Action.ACCEPT_REVISION: "order.revision_accepted",
    Action.REFUSE_REVISION: "order.revision_refused",
    Action.COMPLETE: "order.completed",
    Action.OPEN_DISPUTE: "order.dispute_opened",
    Action.BUY_EXTRA: "order.extra_bought",
    Action.CANCEL: "order.cancelled",
    Action.ASSIGN: "order.dispute_assigned",
    Action.RESOLVE: "order.dispute_resolved",
}

EVENT_OF_EXPIRY: dict[OnExpiry, str] = {
    OnExpiry.COMPLETE: "order.completed",
    OnExpiry.CANCEL: "order.cancelled",
    OnExpiry.OPEN_DISPUTE: "order.dispute_opened",
    OnExpiry.LATE: "order.late",
    OnExpiry.DISPUTE_ALLOWED: "order.answer_overdue",
    OnExpiry.ESCALATE: "order.dispute_escalated",
}


def notices(order: Order, event: str) -> tuple[Notice, ...]:
    """Both parties, and during a dispute its mediator or, while it has none, all of them."""
    if event == EVENT_OF_EXPIRY[OnExpiry.ESCALATE]:
        return (_everyone(Role.MEDIATOR), _everyone(Role.OPERATOR))
    parties = (
        Notice(role=Role.BUYER, user_id=order.buyer_id),
        Notice(role=Role.SELLER, user_id=order.seller_id),
    )
    if order.dispute is None:
        return parties
    if order.dispute.mediator_id is not None:
        return (*parties, Notice(role=Role.MEDIATOR, user_id=order.dispute.mediator_id))
    if order.state is State.DISPUTED:
        return (*parties, _everyone(Role.MEDIATOR))
    return parties


def _everyone(role: Role) -> Notice:
    return Notice(role=role, user_id=None)
