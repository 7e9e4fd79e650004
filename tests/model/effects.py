"""What becomes of the model when somebody acts, and when nobody does."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.contract import (
    ANSWER_WINDOW,
    COMMISSION_PERCENT,
    DAY,
    OFFER_WINDOW,
    RULING_WINDOW,
    WINDOWS,
    Json,
)
from tests.model.debts import earns
from tests.model.reference import (
    MEDIATORS,
    CancellationRequest,
    End,
    Item,
    Offer,
    Reference,
    other,
)

REVISION_TIME, RESTART_TIME = 2 * DAY, 5 * DAY
"""What the model's sellers need for a revision, and what a mediator gives them to begin again."""

NOTICED_WITHIN = timedelta(seconds=60)
"""How long it may take until an instant that has passed is acted upon."""


@dataclass(frozen=True)
class PerformedAction:
    """What somebody did: when at the earliest, and what the order's document showed them after it.
    The ids that the product gives come from there, and nothing else."""

    who: str
    action: str
    body: Json
    seen: Json
    at: datetime


def act(order: Reference, performed: PerformedAction) -> None:
    """Somebody's action is carried out."""
    EFFECTS[performed.action](order, performed)


def _accept(order: Reference, performed: PerformedAction) -> None:
    work(order, performed.at + sum((item.time for item in order.items), timedelta()))


def _deliver(order: Reference, performed: PerformedAction) -> None:
    order.delivered_before = True
    enter(order, "delivered", performed.at)


def _revise(order: Reference, performed: PerformedAction) -> None:
    order.used += 1
    work(order, performed.at + REVISION_TIME)


def _assign(order: Reference, performed: PerformedAction) -> None:
    order.mediator = performed.body.get("mediator_id") or MEDIATORS[performed.who]
    order.deadline = performed.at + RULING_WINDOW


def _release(order: Reference, performed: PerformedAction) -> None:
    order.mediator, order.deadline = None, performed.at + WINDOWS["disputed"]


def _buy_extra(order: Reference, performed: PerformedAction) -> None:
    order.bought.append(performed.body["extra_id"])
    _buy(order, order.extras.pop(performed.body["extra_id"]), performed.at)


def _make_offer(order: Reference, performed: PerformedAction) -> None:
    days = int(performed.body["delivery_time"].strip("PD"))
    item = Item(performed.body["price"]["amount"], timedelta(days=days))
    order.offer = Offer(performed.seen["offer"]["id"], item, performed.at + OFFER_WINDOW)


def _close_offer(order: Reference, _: PerformedAction) -> None:
    order.offer = None


def _accept_offer(order: Reference, performed: PerformedAction) -> None:
    assert order.offer is not None
    item, order.offer = order.offer.item, None
    _buy(order, item, performed.at)


def _ask_to_cancel(order: Reference, performed: PerformedAction) -> None:
    order.was_let_down = order.may_be_disputed()
    order.cancellation_request = CancellationRequest(performed.at + ANSWER_WINDOW)


def _refuse_to_cancel(order: Reference, performed: PerformedAction) -> None:
    assert order.cancellation_request is not None
    order.cancellation_request.status = "refused"
    order.refusals += 1
    if order.refusals > 1 and not order.delivered_before:
        dispute(order, performed.at)


def _propose(order: Reference, performed: PerformedAction) -> None:
    made = {one["by"]: one["id"] for one in performed.seen["settlements"]}
    order.proposals[performed.who] = (made[performed.who], performed.body["refund"]["amount"])


def _withdraw(order: Reference, performed: PerformedAction) -> None:
    del order.proposals[performed.who]


def _sign(order: Reference, performed: PerformedAction) -> None:
    end(order, "settled", order.proposals[other(performed.who)][1], performed.who, performed.action)


def _rule(order: Reference, performed: PerformedAction) -> None:
    match performed.body["outcome"]:
        case "refund":
            end(order, "cancelled", order.total, "mediator", performed.action)
        case "pay_seller":
            end(order, "completed", 0, "mediator", performed.action)
        case "split":
            end(order, "settled", performed.body["refund"]["amount"], "mediator", performed.action)
        case "restart":
            work(order, performed.at + RESTART_TIME)


def _nothing(_order: Reference, _deed: PerformedAction) -> None:
    return


EFFECTS: dict[str, Callable[[Reference, PerformedAction], None]] = {
    "accept": _accept,
    "deliver": _deliver,
    "request_revision": lambda order, performed: enter(order, "revision_requested", performed.at),
    "accept_revision": _revise,
    "refuse_revision": lambda order, performed: enter(order, "revision_refused", performed.at),
    "complete": lambda order, performed: end(
        order, "completed", 0, performed.who, performed.action
    ),
    "open_dispute": lambda order, performed: dispute(order, performed.at),
    "buy_extra": _buy_extra,
    "request_offer": _nothing,
    "make_offer": _make_offer,
    "withdraw_offer": _close_offer,
    "decline_offer": _close_offer,
    "accept_offer": _accept_offer,
    "request_cancellation": _ask_to_cancel,
    "refuse_cancellation": _refuse_to_cancel,
    "cancel": lambda order, performed: end(
        order, "cancelled", order.total, performed.who, performed.action
    ),
    "propose_settlement": _propose,
    "withdraw_settlement": _withdraw,
    "accept_settlement": _sign,
    "assign": _assign,
    "release": _release,
    "add_statement": _nothing,
    "resolve": _rule,
}


def _buy(order: Reference, item: Item, at: datetime) -> None:
    order.items.append(item)
    order.wallets.buyer -= item.price
    order.proposals.clear()
    if order.state == "in_progress" and order.due_at is not None:
        _due_later(order, order.due_at + item.time, at)
    elif order.state != "pending":
        work(order, at + item.time)


def _due_later(order: Reference, due_at: datetime, at: datetime) -> None:
    if order.overdue and due_at <= at:
        order.due_at = due_at
    else:
        work(order, due_at)


def enter(order: Reference, state: str, at: datetime) -> None:
    """The order enters a state, whose window begins."""
    _is_now(order, state)
    order.deadline = at + WINDOWS[state]


def _is_now(order: Reference, state: str) -> None:
    order.state, order.overdue, order.silence_ended = state, False, None
    if state != "in_progress":
        order.cancellation_request, order.was_let_down = None, False


def work(order: Reference, due_at: datetime) -> None:
    """The seller works, until the due date."""
    _is_now(order, "in_progress")
    order.due_at = order.deadline = due_at


def dispute(order: Reference, at: datetime) -> None:
    """The order freezes and a mediator is waited for."""
    enter(order, "disputed", at)
    order.was_disputed, order.mediator, order.offer = True, None, None


def end(order: Reference, kind: str, refunded: int, by: str, cause: str) -> None:
    """The money goes to the two and to the marketplace."""
    commission = (order.total - refunded) * COMMISSION_PERCENT // 100
    paid = order.total - refunded - commission
    close(order, End(kind, by, cause, refunded, paid, commission))


def close(order: Reference, ending: End) -> None:
    """The money goes where it belongs, once."""
    assert order.end is None
    order.end = ending
    earns(order, "buyer", ending.refunded)
    earns(order, "seller", ending.paid)
    order.wallets.commission += ending.commission
    _is_now(order, ending.kind)
    order.deadline = order.offer = order.hold = None
    order.extras, order.proposals = {}, {}


# --- when nobody acts ------------------------------------------------------------------------


def next_instant(order: Reference) -> datetime | None:
    """When the order acts by itself."""
    return min((at for at, _ in _windows(order)), default=None)


def _windows(order: Reference) -> Iterator[tuple[datetime, str]]:
    if order.hold is not None:
        return
    if order.deadline is not None:
        yield order.deadline, order.state
    if order.offer is not None:
        yield order.offer.lapses_at, "offer"
    if order.cancellation_request is not None and order.cancellation_request.status == "asked":
        yield order.cancellation_request.answer_by, "wish"


def silence(order: Reference, until: datetime) -> int:
    """Everything happens whose instant is over; the instant itself still counts as in time. Gives
    how much that was."""
    times = 0
    while over := [one for one in _windows(order) if one[0] < until]:
        _run_out(order, *min(over))
        times += 1
    return times


def _run_out(order: Reference, at: datetime, window: str) -> None:
    match window:
        case "offer" if order.offer is not None:
            order.lapsed_offer, order.offer = order.offer.id, None
        case "wish" if order.cancellation_request is not None:
            order.cancellation_request.status = "unanswered"
        case "pending":
            end(order, "cancelled", order.total, "deadline", "acceptance")
            order.silence_ended = window
        case "in_progress" | "revision_requested":
            order.overdue, order.deadline = True, None
        case "revision_refused" if order.strict:
            dispute(order, at)
            order.silence_ended = window
            order.slack += NOTICED_WITHIN
        case "delivered" | "revision_refused":
            cause = {"delivered": "review", "revision_refused": "decision"}[window]
            end(order, "completed", 0, "deadline", cause)
            order.silence_ended = window
        case "disputed":
            order.deadline = at + (RULING_WINDOW if order.mediator else WINDOWS["disputed"])
            order.slack += NOTICED_WITHIN
