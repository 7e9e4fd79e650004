"""What each rule does to an order: its next state and the money that moves with it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from domain.act import Act, Refusal
from domain.actions import BuyExtra, PositiveMoney, Resolve
from domain.deadlines import deadline as deadline_of
from domain.ledger import COMMISSION, Account, Leg, Posting, PostingKind, escrow, wallet
from domain.money import in_words, shares
from domain.order import (
    DEADLINE_ACTOR,
    Actor,
    Deadline,
    Dispute,
    Extra,
    Lapse,
    Line,
    Order,
    Outcome,
)
from domain.vocabulary import Code, LineKind, OnExpiry, Ruling, State


@dataclass(frozen=True)
class Change:
    """An order after a rule, and the postings that belong to it."""

    order: Order
    postings: tuple[Posting, ...] = ()


Effect = Callable[[Order, Act, datetime], Change | Refusal]


def enter(order: Order, state: State, now: datetime, **changes: Any) -> Order:
    """The order in `state`, with that state's deadline running from `now`."""
    fresh = {"state": state, "overdue": False, "lapse": None}
    entered = order.model_copy(update={**fresh, **changes})
    return entered.model_copy(update={"deadline": deadline_of(entered, state, now)})


def to(state: State) -> Effect:
    """Only the state changes, and with it the deadline."""
    return lambda order, _act, now: Change(enter(order, state, now))


def accept(order: Order, _act: Act, now: datetime) -> Change:
    """Work starts; the due date counts the delivery times of all lines."""
    return Change(enter(order, State.IN_PROGRESS, now, due_at=now + order.delivery_time))


def accept_revision(order: Order, _act: Act, now: datetime) -> Change:
    """Work starts again, for the service's revision time."""
    return Change(enter(order, State.IN_PROGRESS, now, due_at=now + order.revision_time))


# --- money that comes in ---------------------------------------------------------------------


def hold(order_id: str, buyer_id: str, line: Line) -> Posting:
    """The line's price goes from the buyer's wallet into escrow: once a line, by its key."""
    leg = Leg(debit=wallet(buyer_id), credit=escrow(order_id), amount=line.price)
    return Posting(key=f"order:{order_id}:hold:{line.id}", kind=PostingKind.HOLD, legs=(leg,))


def buy_extra(order: Order, act: Act, now: datetime) -> Change | Refusal:
    """The extra's price goes into escrow and the work goes on (again)."""
    extra_id = cast("BuyExtra", act.fields).extra_id
    if any(line.id == extra_id for line in order.lines):
        return Refusal(
            code=Code.ACTION_NOT_ALLOWED,
            detail="This extra has been bought already; each extra can be bought once per order.",
        )
    extra = next((extra for extra in order.extras if extra.id == extra_id), None)
    if extra is None:
        return Refusal(
            code=Code.INVALID_REQUEST,
            detail="extra_id: this order's service has no such extra.",
        )
    return _add_line(order, extra, now)


def _add_line(order: Order, extra: Extra, now: datetime) -> Change:
    line = Line(
        id=extra.id, kind=LineKind.EXTRA, price=extra.price, delivery_time=extra.delivery_time
    )
    grown = order.model_copy(
        update={
            "lines": (*order.lines, line),
            "extras": tuple(other for other in order.extras if other.id != extra.id),
        }
    )
    held = (hold(order.id, order.buyer_id, line),)
    return Change(_more_to_do(grown, extra.delivery_time, now), held)


def _more_to_do(order: Order, delivery_time: timedelta, now: datetime) -> Order:
    if order.state is State.PENDING:
        return order
    if order.state is State.IN_PROGRESS and order.due_at is not None:
        return _due_later(order, order.due_at + delivery_time, now)
    return enter(order, State.IN_PROGRESS, now, due_at=now + delivery_time)


def _due_later(order: Order, due_at: datetime, now: datetime) -> Order:
    """A late order whose new due date has passed as well stays late, without a deadline."""
    if order.overdue and due_at <= now:
        return order.model_copy(update={"due_at": due_at})
    return enter(order, State.IN_PROGRESS, now, due_at=due_at)


# --- the ends --------------------------------------------------------------------------------


def _end(order: Order, kind: State, refund: int, by: Actor, cause: str, now: datetime) -> Change:
    """Empties the escrow and closes everything that is open on the order.

    Every way to end has the same posting key, so that the ledger refuses a second end.
    """
    share = shares(order.total, refund, order.policy.commission_bps)
    outcome = Outcome(kind=kind, by=by.role, cause=cause, **share.model_dump())
    dispute = order.dispute
    if dispute is not None and dispute.closed_at is None:
        dispute = dispute.model_copy(update={"closed_at": now})
    ended = enter(order, kind, now, outcome=outcome, dispute=dispute, extras=())
    legs = _paid_out(order, share.refunded, share.paid_to_seller, share.commission)
    posting = Posting(key=f"order:{order.id}:end", kind=_POSTING_OF_END[kind], legs=legs)
    return Change(ended, (posting,))


_POSTING_OF_END = {
    State.COMPLETED: PostingKind.RELEASE,
    State.CANCELLED: PostingKind.REFUND,
    State.SETTLED: PostingKind.SPLIT,
}


def _paid_out(order: Order, refunded: int, paid: int, commission: int) -> tuple[Leg, ...]:
    shares_out: tuple[tuple[Account, int], ...] = (
        (wallet(order.buyer_id), refunded),
        (wallet(order.seller_id), paid),
        (COMMISSION, commission),
    )
    held = escrow(order.id)
    return tuple(
        Leg(debit=held, credit=account, amount=amount) for account, amount in shares_out if amount
    )


def complete(order: Order, act: Act, now: datetime) -> Change:
    """The seller is paid."""
    return _end(order, State.COMPLETED, 0, act.actor, act.action, now)


def cancel(order: Order, act: Act, now: datetime) -> Change:
    """The buyer gets back all that they paid; the seller gets nothing."""
    return _end(order, State.CANCELLED, order.total, act.actor, act.action, now)


# --- disputes --------------------------------------------------------------------------------


def open_dispute(order: Order, act: Act, now: datetime) -> Change:
    """The order freezes: its timers stop and a mediator is waited for."""
    dispute = Dispute(opened_by=act.actor, opened_at=now, request_id=act.request_id)
    return Change(enter(order, State.DISPUTED, now, dispute=dispute))


def assign(order: Order, act: Act, _now: datetime) -> Change:
    """A mediator takes the case; nothing runs out any more."""
    return Change(_taken_by(order, act.actor))


def _taken_by(order: Order, mediator: Actor) -> Order:
    dispute = cast("Dispute", order.dispute).model_copy(update={"mediator_id": mediator.id})
    return order.model_copy(update={"dispute": dispute, "deadline": None, "overdue": False})


def resolve(order: Order, act: Act, now: datetime) -> Change | Refusal:
    """A ruling; it takes the case too where nobody has."""
    ruling = cast("Resolve", act.fields)
    case = _ruled(_taken_by(order, act.actor), ruling.outcome)
    match ruling.outcome:
        case Ruling.REFUND:
            return _end(case, State.CANCELLED, case.total, act.actor, act.action, now)
        case Ruling.PAY_SELLER:
            return _end(case, State.COMPLETED, 0, act.actor, act.action, now)
        case Ruling.SPLIT:
            refund = cast("PositiveMoney", ruling.refund)
            return wrong_split(case, refund) or _end(
                case, State.SETTLED, refund.amount, act.actor, act.action, now
            )
        case Ruling.RESTART:
            return Change(_restarted(case, cast("timedelta", ruling.delivery_time), now))


def _ruled(order: Order, ruling: Ruling) -> Order:
    dispute = cast("Dispute", order.dispute).model_copy(update={"ruling": ruling})
    return order.model_copy(update={"dispute": dispute})


def _restarted(order: Order, delivery_time: timedelta, now: datetime) -> Order:
    dispute = cast("Dispute", order.dispute).model_copy(update={"closed_at": now})
    return enter(order, State.IN_PROGRESS, now, due_at=now + delivery_time, dispute=dispute)


def wrong_split(order: Order, refund: PositiveMoney) -> Refusal | None:
    """Why this refund cannot be part of a split of the order's money, if it cannot."""
    total = in_words(order.total, order.currency)
    if refund.currency != order.currency:
        wrong = f"must be in the order's currency, {order.currency}"
    elif refund.amount >= order.total:
        wrong = f"must be less than the order's total of {total}; to give it all back, refund"
    else:
        return None
    return Refusal(code=Code.INVALID_REQUEST, detail=f"refund: {wrong}.")


# --- silence ---------------------------------------------------------------------------------


def expire(order: Order, deadline: Deadline, now: datetime) -> Change:
    """What the order does by itself when `deadline`, its own, has passed."""
    match deadline.on_expiry:
        case OnExpiry.COMPLETE:
            end = _end(order, State.COMPLETED, 0, DEADLINE_ACTOR, deadline.reason, now)
            return _lapsed(end, order.state, deadline)
        case OnExpiry.CANCEL:
            end = _end(order, State.CANCELLED, order.total, DEADLINE_ACTOR, deadline.reason, now)
            return _lapsed(end, order.state, deadline)
        case OnExpiry.OPEN_DISPUTE:
            dispute = Dispute(opened_by=DEADLINE_ACTOR, opened_at=now, request_id=None)
            disputed = Change(enter(order, State.DISPUTED, now, dispute=dispute))
            return _lapsed(disputed, order.state, deadline)
        case OnExpiry.LATE | OnExpiry.DISPUTE_ALLOWED:
            return Change(order.model_copy(update={"overdue": True, "deadline": None}))
        case OnExpiry.ESCALATE:
            again = deadline.model_copy(update={"at": now + order.policy.assignment_window})
            return Change(order.model_copy(update={"deadline": again}))


def _lapsed(change: Change, state: State, deadline: Deadline) -> Change:
    lapse = Lapse(at=deadline.at, state=state, reason=deadline.reason)
    return Change(change.order.model_copy(update={"lapse": lapse}), change.postings)
