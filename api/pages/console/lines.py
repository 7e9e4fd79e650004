"""Orders as lines of the operators' lists."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import Request

from api import paging
from api.pages.console.words import BECAUSE, FROZEN, NOBODY, THEN
from api.pages.reader import Reader
from db.needs import Need
from db.orders import Listed
from domain.deadlines import nearest_deadline, waits_for
from domain.display_name import MAX_NAME
from domain.order import Deadline, Order
from domain.order_texts import OrderTexts
from domain.vocabulary import Role, State
from texts.catalogue import msg
from texts.formatter import Formatter
from texts.labels import ROLES, label_of
from texts.sanitize import one_line

SHORT = 8
"""Digits of an id that people tell an order by; it is found by them too."""

NEITHER = "\u2013"
BETWEEN = msg("%(buyer)s from %(seller)s")
LAST_STEP = msg("last step %(ago)s")


@dataclass(frozen=True)
class OrderLine:
    """An order in a list, said to its reader. `people` are its buyer and its seller, `stepped` is
    how long ago its last step was, `when` its deadline, how long there is or how long it is over,
    and `then` what follows or why it needs a person; of one that is frozen for how long, and why.
    `workflow` is an address."""

    id: str
    title: str
    people: str
    href: str
    tone: str
    state: str
    waits_for: str
    stepped: str
    at: datetime | None
    when: str
    then: str
    is_over: bool
    held: str
    buyer: str
    seller: str
    placed_at: datetime
    workflow: str


def short(order_id: object) -> str:
    """Return what an order is called where its whole id would be in the way."""
    return str(order_id)[:SHORT]


def workflow_of(request: Request, page: str) -> str:
    """Return what leads to the workflow of what has this page; nothing where the Web UI is not
    known."""
    return f"{page}/workflow" if request.app.state.settings.temporal_ui is not None else ""


def order_lines(request: Request, reader: Reader, found: Iterable[Listed]) -> list[OrderLine]:
    """Return lines for those of the orders that can be read, which have their needs beside them;
    the log names the others."""
    return paging.shown(found, lambda one: _line(request, reader, one))


def _line(request: Request, reader: Reader, found: Listed) -> OrderLine:
    row, need, since = found.read(), need_of(found), found.row["since"]
    order, formatter = row.order, reader.formatter
    deadline, hold = nearest_deadline(order), order.payment_hold
    at = since if need else hold.since if hold else deadline.at if deadline else None
    at = at if isinstance(at, datetime) else None
    ago, page = formatter.ago(row.read_at - order.updated_at), f"/console/orders/{order.id}"
    return OrderLine(
        id=order.id,
        title=row.words.title,
        people=_people(order, row.words, formatter),
        href=page,
        tone=tone_of(order, need),
        state=formatter.say(msg("Stuck") if need is Need.STUCK else label_of(order)),
        waits_for=formatter.say(_waits_for(order, need)),
        stepped=formatter.say(LAST_STEP, {"ago": ago}),
        at=at,
        when=_when(formatter, at - reader.now, order, need) if at else "",
        then=formatter.say(_then(order, deadline, need)),
        is_over=need is not None,
        held="" if order.state.is_final else formatter.money(order.total, order.currency),
        buyer=row.words.buyer_name or order.buyer_id,
        seller=row.words.seller_name or order.seller_id,
        placed_at=row.created_at,
        workflow=workflow_of(request, page),
    )


def need_of(found: Listed) -> Need | None:
    """Return what an order of a list with needs has of them."""
    return Need(found.row["need"]) if found.row["need"] else None


def tone_of(order: Order, need: Need | None) -> str:
    """Return in which tone an operator reads where an order stands."""
    if need is Need.STUCK:
        return "bad"
    if order.state is State.DISPUTED or order.payment_hold is not None:
        return "ice"
    if need is not None:
        return "you"
    if order.state.is_final:
        return "" if order.state is State.CANCELLED else "good"
    return "wait"


def _waits_for(order: Order, need: Need | None) -> str:
    role: Role | None = waits_for(order)
    if need is Need.STUCK:
        return NOBODY
    return ROLES[role] if role else NEITHER


def _when(formatter: Formatter, left: timedelta, order: Order, need: Need | None) -> str:
    if order.payment_hold is not None:
        return formatter.say(msg("for %(time)s"), {"time": formatter.left(-left)})
    if need is Need.UNASSIGNED:
        return formatter.say(msg("open for %(time)s"), {"time": formatter.left(-left)})
    if left < timedelta():
        return formatter.say(msg("%(time)s over"), {"time": formatter.left(-left)})
    return formatter.say(msg("in %(time)s"), {"time": formatter.left(left)})


def _then(order: Order, deadline: Deadline | None, need: Need | None) -> str:
    if order.payment_hold is not None:
        return FROZEN
    if need is not None:
        return BECAUSE[need]
    return THEN[deadline.on_expiry] if deadline else ""


def _people(order: Order, words: OrderTexts, formatter: Formatter) -> str:
    names = {
        "buyer": one_line(words.buyer_name or order.buyer_id, MAX_NAME),
        "seller": one_line(words.seller_name or order.seller_id, MAX_NAME),
    }
    return formatter.say(BETWEEN, names)
