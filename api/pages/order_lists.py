"""The orders of one side, as a page lists them: which are sought, in which groups, and what a row
says of each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from api.pages.reader import Reader
from api.pages.tones import Tone, tone_of
from api.paging import shown
from db.order_search import Sought
from db.orders import Listed, OrderRow
from domain.deadlines import nearest_deadline
from domain.money import Money
from domain.order import Actor, Order
from domain.rules import as_of
from domain.text import MAX_TITLE
from domain.vocabulary import FINAL_STATES, OPEN_STATES, OnExpiry, Role, State, TimerEffect
from texts.catalogue import msg
from texts.headline import Move, move
from texts.labels import STATES, label_of
from texts.parties import party
from texts.reader_context import ReaderContext

FEW = 10
"""Orders under which there is no filter."""

RUNNING_AT_ONCE = 200
"""Running orders that are grouped by whose move it is; more of them are a list in parts."""

ADDRESS = "/orders"
SIDES = {"purchases": Role.BUYER, "sales": Role.SELLER}
TABS = {"purchases": msg("Purchases"), "sales": msg("Sales")}

OTHERWISE: dict[OnExpiry, str] = {
    TimerEffect.COMPLETE: msg("else completed"),
    TimerEffect.CANCEL: msg("else cancelled"),
    TimerEffect.OPEN_DISPUTE: msg("else in dispute"),
    TimerEffect.LATE: msg("else late"),
    TimerEffect.DISPUTE_ALLOWED: msg("else a dispute can be opened"),
    TimerEffect.ESCALATE: msg("else mediators are told again"),
}
"""What comes by itself when the deadline of a running order passes, in a word or two."""


class Choice(StrEnum):
    """What is listed beside the states themselves."""

    ALL = ""
    RUNNING = "running"
    ENDED = "ended"


CHOICES: dict[str, tuple[str, Sequence[State]]] = {
    Choice.ALL: (msg("Every state"), ()),
    Choice.RUNNING: (msg("Running"), OPEN_STATES),
    Choice.ENDED: (msg("Ended"), FINAL_STATES),
    **{state.value: (STATES[state], (state,)) for state in State},
}


@dataclass(frozen=True)
class List:
    """Which orders a page lists: those of one side of a person, in some states, with some words."""

    user_id: str
    side: str
    choice: str
    words: str

    @classmethod
    def read(cls, user_id: str, side: str, choice: str, words: str) -> "List":
        """Return what an address asks for, as far as there is such a thing."""
        bare = " ".join(words.replace("\x00", "").split())[:MAX_TITLE]
        return cls(user_id, side, choice if choice in CHOICES else Choice.ALL, bare)

    @property
    def role(self) -> Role:
        """Return what its reader is on these orders."""
        return SIDES[self.side]

    @property
    def is_filtered(self) -> bool:
        """Return whether some of them are looked for."""
        return bool(self.choice or self.words)

    @property
    def running(self) -> Sought:
        """Return how all that runs is looked for, on both sides."""
        return Sought(party=self.user_id, states=OPEN_STATES)

    @property
    def with_words(self) -> Sought:
        """Return how all with the words are looked for, whoever has them."""
        return Sought(text=self.words or None)

    def sought(self, choice: str) -> Sought:
        """Return how the orders of a choice are looked for."""
        return Sought(
            buyer_ids=(self.user_id,) if self.role is Role.BUYER else (),
            seller_ids=(self.user_id,) if self.role is Role.SELLER else (),
            states=tuple(CHOICES[choice][1]),
            text=self.words or None,
        )

    def on(self, has: Collection[Role], running: Sequence["Row"]) -> "List":
        """Return the list of the side that was asked for, or else of the one on which something
        waits for its reader, or where they have orders at all."""
        if self.side in SIDES:
            return self
        waiting = [side for side, role in SIDES.items() if waiting_for(running, role)]
        there = [side for side, role in SIDES.items() if role in has]
        return replace(self, side=[*waiting, *there, *SIDES][0])

    def address(self, **other: str) -> str:
        """Return where this list is, with something else in it."""
        asked = {"as": self.side, "state": self.choice, "q": self.words, **other}
        return f"{ADDRESS}?{urlencode({name: said for name, said in asked.items() if said})}"


@dataclass(frozen=True)
class Row:
    """What a list says of an order. `left` is until its deadline, `late` how long ago that was; of
    what has ended the last change counts."""

    id: str
    role: Role
    title: str
    other: str
    state: str
    tone: Tone
    move: Move
    amount: Money
    is_ended: bool
    at: datetime
    deadline: datetime | None
    left: str | None
    otherwise: str | None
    late: str | None
    unread: int


@dataclass(frozen=True)
class Group:
    """Rows under a heading."""

    id: str
    title: str
    rows: Sequence[Row]


def rows(found: Sequence[Listed], reader: Reader) -> list[Row]:
    """Return the rows of orders, without those that nothing can be made of."""
    return shown(found, lambda one: _row(one.read(), reader))


def _row(row: OrderRow, reader: Reader) -> Row:
    order = as_of(row.order, row.read_at)
    role = Role.BUYER if order.buyer_id == reader.caller.id else Role.SELLER
    formatter = reader.formatter
    context = ReaderContext(order, row.words, Actor(id=reader.caller.id, role=role), formatter)
    whose = move(context)
    return Row(
        id=order.id,
        role=role,
        title=row.words.title,
        other=party("Seller" if role is Role.BUYER else "Buyer", row.words, role, formatter),
        state=formatter.say(label_of(order)),
        tone=tone_of(order, whose),
        move=whose,
        amount=Money(amount=order.total, currency=order.currency),
        is_ended=order.state.is_final,
        at=order.updated_at if order.state.is_final else row.created_at,
        unread=row.read_mark(reader.caller.id).unread,
        **_time(order, row.read_at, reader),
    )


def _time(order: Order, now: datetime, reader: Reader) -> dict[str, Any]:
    """Return what is left until the deadline of an order, and what comes then; or since when it is
    over, where it waits for somebody all the same. Of one that is frozen there is neither."""
    found: dict[str, Any] = dict.fromkeys(("deadline", "left", "otherwise", "late"))
    formatter = reader.formatter
    if order.state.is_final or order.payment_hold is not None:
        return found
    deadline = nearest_deadline(order)
    if deadline is not None:
        found["deadline"] = deadline.at
        found["left"] = formatter.left(deadline.at - now)
        found["otherwise"] = formatter.say(OTHERWISE[deadline.on_expiry])
    elif order.is_late and order.due_at is not None:
        found["late"] = formatter.left(now - order.due_at)
    return found


def groups(running: Sequence[Row], ended: Sequence[Row]) -> list[Group]:
    """Return what waits for the reader, by deadline, what waits for others, and what has ended."""
    mine = sorted((row for row in running if row.move == "you"), key=_by_deadline)
    others = sorted((row for row in running if row.move != "you"), key=_by_deadline)
    found = [
        Group("mine", msg("Your move"), mine),
        Group("waiting", msg("Waiting"), others),
        Group("ended", msg("Ended"), ended),
    ]
    return [group for group in found if group.rows]


def _by_deadline(row: Row) -> tuple[bool, float]:
    # What is overdue has no deadline any more, and is the most urgent.
    return row.deadline is not None, row.deadline.timestamp() if row.deadline else 0.0


def waiting_for(running: Sequence[Row], role: Role) -> int:
    """Return how many orders wait for their reader on one side."""
    return sum(row.role is role and row.move == "you" for row in running)


def tabs(
    chosen: List, has: Collection[Role], running: Sequence[Row], reader: Reader
) -> list[dict[str, Any]]:
    """Return the ways to either side, with what waits there; none where there is only one."""
    if len(has) < 2:
        return []
    return [
        {
            "text": reader.formatter.say(label),
            "href": f"{ADDRESS}?as={side}",
            "current": side == chosen.side,
            "count": waiting_for(running, SIDES[side]) or None,
        }
        for side, label in TABS.items()
    ]
