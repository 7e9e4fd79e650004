"""The queue of disputes: past their target first, then those that wait the longest."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from api import paging
from api.auth.order_roles import roles_in
from api.pages.cases.standing import (
    Target,
    apart,
    called,
    dispute_of,
    mediator_called,
    target_of,
)
from api.pages.reader import Reader
from db import display_names, orders
from db.orders import OrderRow
from db.pool import Connection
from domain.money import Money
from domain.vocabulary import Action, Role
from texts.catalogue import msg

MOST = 300
"""Cases that are read at once: what waits the longest, which is looked at first anyway."""

FILTERS: dict[str, str] = {
    "all": msg("All"),
    "mine": msg("Mine"),
    "free": msg("Nobody’s yet"),
}


@dataclass(frozen=True)
class CaseLine:
    """A case in the queue, said to its reader. `can_take` is whether it is theirs to take; of one
    that is frozen, since its payment is disputed, nobody can do so or rule on it."""

    id: str
    title: str
    buyer: str
    seller: str
    amount: Money
    apart: Money | None
    opened_at: datetime
    target: Target | None
    has_it: str
    is_mine: bool
    is_free: bool
    is_frozen: bool
    can_take: bool


@dataclass(frozen=True)
class Queue:
    """The cases of a filter, how many there are of each, and how many wait for a ruling: all that
    are not frozen; `is_cut` where there are more."""

    lines: list[CaseLine]
    counts: dict[str, int]
    waiting: int
    is_cut: bool


async def queue(connection: Connection, reader: Reader, chosen: str) -> Queue:
    """Return the open disputes that a filter leaves."""
    found = await orders.disputes(connection, None, MOST + 1)
    rows = paging.shown(found[:MOST], lambda one: one.read())
    having = [row.order.dispute.mediator_id for row in rows if row.order.dispute]
    names = await display_names.of(connection, {one for one in having if one})
    lines = sorted(_lines(rows, reader, names), key=_place)
    counts = {name: sum(_fits(line, name) for line in lines) for name in FILTERS}
    shown = [line for line in lines if _fits(line, chosen)]
    waiting = sum(not line.is_frozen for line in lines)
    return Queue(shown, counts, waiting, len(found) > MOST)


def _lines(rows: Iterable[OrderRow], reader: Reader, names: dict[str, str]) -> Iterable[CaseLine]:
    for row in rows:
        order, dispute = row.order, dispute_of(row.order)
        mediator, roles = dispute.mediator_id, roles_in(row.order, reader.caller)
        takes = Role.MEDIATOR in roles.roles and Action.ASSIGN in roles.actions(order)
        yield CaseLine(
            id=order.id,
            title=row.words.title,
            buyer=called(Role.BUYER, row.words, reader.formatter),
            seller=called(Role.SELLER, row.words, reader.formatter, begins=False),
            amount=Money(amount=order.total, currency=order.currency),
            apart=apart(order),
            opened_at=dispute.opened_at,
            target=target_of(order, row.read_at),
            has_it=mediator_called(reader, mediator, names) if mediator else "",
            is_mine=mediator == reader.caller.id,
            is_free=mediator is None,
            is_frozen=order.payment_hold is not None,
            can_take=takes and mediator is None,
        )


def _place(line: CaseLine) -> tuple[bool, datetime, str]:
    is_over = line.target is not None and line.target.is_over
    return (not is_over, line.opened_at, line.id)


def _fits(line: CaseLine, chosen: str) -> bool:
    return {"mine": line.is_mine, "free": line.is_free}.get(chosen, True)
