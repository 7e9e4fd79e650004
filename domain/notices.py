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


def notices(before: Order | None, after: Order, event: str) -> tuple[Notice, ...]:
    """Both parties, and the mediator of a dispute that is open or was ended by this very step; as
    long as it has none, every mediator."""
    if event == EVENT_OF_EXPIRY[OnExpiry.ESCALATE]:
        return (_everyone(Role.MEDIATOR), _everyone(Role.OPERATOR))
    told = (
        Notice(role=Role.BUYER, user_id=after.buyer_id),
        Notice(role=Role.SELLER, user_id=after.seller_id),
    )
    if after.dispute is None or not (_in_dispute(before) or _in_dispute(after)):
        return told
    mediator_id = after.dispute.mediator_id
    if mediator_id is None:
        return (*told, _everyone(Role.MEDIATOR)) if _in_dispute(after) else told
    return (*told, Notice(role=Role.MEDIATOR, user_id=mediator_id))


def _in_dispute(order: Order | None) -> bool:
    return order is not None and order.state is State.DISPUTED


def _everyone(role: Role) -> Notice:
    return Notice(role=role, user_id=None)
