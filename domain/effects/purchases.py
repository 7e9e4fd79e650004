"""Money that comes in: lines that are paid into escrow, and what they do to the due date."""

from datetime import datetime, timedelta
from typing import cast
from urllib.parse import quote

from domain.actions import BuyExtra
from domain.command import Command, Refusal
from domain.effects.change import Change, enter_state, invalid, not_allowed
from domain.ledger import Leg, Posting, PostingKind, escrow, wallet
from domain.order import Line, Order
from domain.reasons import Reason
from domain.vocabulary import LineKind, State


def hold(order_id: str, buyer_id: str, line: Line) -> Posting:
    """Return the posting of a line's price from the buyer's wallet into escrow, once a line."""
    leg = Leg(debit=wallet(buyer_id), credit=escrow(order_id), amount=line.price)
    key = f"order:{order_id}:hold:{one_word(line.id)}"
    return Posting(key=key, kind=PostingKind.HOLD, legs=(leg,))


def one_word(line_id: str) -> str:
    """Write a line's id for a ledger key: an offer's is a request's id, which can be any text."""
    return quote(line_id, safe="")


def buy_extra(order: Order, command: Command, now: datetime) -> Change | Refusal:
    """Pay an extra into escrow, and have the work go on (again)."""
    extra_id = cast("BuyExtra", command.fields).extra_id
    if any(line.id == extra_id for line in order.lines):
        return not_allowed(Reason.EXTRA_BOUGHT)
    extra = next((extra for extra in order.extras if extra.id == extra_id), None)
    if extra is None:
        return invalid("extra_id", Reason.NO_SUCH_EXTRA)
    left = tuple(other for other in order.extras if other.id != extra_id)
    line = Line(kind=LineKind.EXTRA, **extra.model_dump())
    return add_line(order.model_copy(update={"extras": left}), line, now)


def no_room(order: Order) -> Refusal | None:
    """Return why the order can take no further line; None where it can."""
    most = order.policy.most_lines
    if most is None or len(order.lines) < most:
        return None
    return not_allowed(Reason.NO_ROOM, most=most)


def add_line(order: Order, line: Line, now: datetime) -> Change | Refusal:
    """Add a line: pay it into escrow, and work on it.

    Proposals to settle close: they spoke of another sum.
    """
    full = no_room(order)
    if full is not None:
        return full
    grown = order.model_copy(update={"lines": (*order.lines, line), "settlements": ()})
    held = hold(order.id, order.buyer_id, line)
    return Change(_more_to_do(grown, line.delivery_time, now), (held,))


def _more_to_do(order: Order, delivery_time: timedelta, now: datetime) -> Order:
    if order.state is State.PENDING:
        return order
    due_at = due_with(order, delivery_time, now)
    if order.state is State.IN_PROGRESS:
        return _due_later(order, due_at, now)
    return enter_state(order, State.IN_PROGRESS, now, due_at=due_at)


def due_with(order: Order, delivery_time: timedelta, now: datetime) -> datetime:
    """Return when work that has been accepted is due if it is to take so much longer."""
    is_under_way = order.state is State.IN_PROGRESS and order.due_at is not None
    return (order.due_at if is_under_way and order.due_at else now) + delivery_time


def _due_later(order: Order, due_at: datetime, now: datetime) -> Order:
    """Move the due date; an order that is past its new one too stays late, without a deadline."""
    if order.overdue and due_at <= now:
        return order.model_copy(update={"due_at": due_at})
    return enter_state(order, State.IN_PROGRESS, now, due_at=due_at)
