"""One order as operators see it: what each role could do now and what that would do, and everything
that has happened to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from api import paging, render
from api.auth.order_roles import CallerRoles
from api.pages.console.words import ACTIONS
from api.pages.reader import Reader
from api.schemas.ledger import PostingView
from api.schemas.orders import EventView
from db import console, console_order, events, messages, wallets
from db.console_order import ToldDelivery, ToldNotice
from db.needs import Need
from db.orders import OrderRow
from db.pool import Connection
from db.requests import Request
from db.together import IN_ONE_TRIP, together
from documents.message import MessageView
from documents.order import OrderView
from domain.actions import FIELDS
from domain.command import Refusal, command
from domain.money import Money
from domain.order import Actor, Order
from domain.preview import PreviewAccount, money
from domain.rules import allowed, as_of, decide
from domain.vocabulary import Action, Role
from texts.previews import notes

ENTRIES = 100
MESSAGES = 50
SOMEBODY = "somebody"
"""A mediator who could take a case that nobody has."""


@dataclass(frozen=True)
class Possible:
    """Something that a role could do now, and what it would do: the state after it, the money that
    it moves, in minor units by account, and sentences. Empty where that depends on what is said."""

    action: Action
    words: str
    depends: bool
    state: str
    money: dict[PreviewAccount, Money]
    notes: Sequence[str]


@dataclass(frozen=True)
class SeenOrder:
    """All that an operator's page of an order shows."""

    row: OrderRow
    view: OrderView
    raw: str
    need: Need | None
    since: datetime | None
    current: Order
    possible: dict[Role, list[Possible]]
    postings: Sequence[PostingView]
    journal: Sequence[EventView]
    journal_after: int
    waiting: Sequence[Request]
    notices: Sequence[ToldNotice]
    deliveries: Sequence[ToldDelivery]
    messages: Sequence[MessageView]


async def seen_order(
    connection: Connection, row: OrderRow, roles: CallerRoles, reader: Reader, after: int
) -> SeenOrder:
    """Return what an operator sees of an order, its journal from after entry number `after`.

    Raises:
        Spoiled: what is kept of it cannot be read.
    """
    order_id = UUID(row.order.id)
    (need, since), journal, said, postings, told = await together(
        connection,
        console.need_of(IN_ONE_TRIP, order_id),
        events.page(IN_ONE_TRIP, order_id, after, ENTRIES),
        messages.before(IN_ONE_TRIP, order_id, messages.NEWEST, MESSAGES, messages.PART_BYTES),
        wallets.of_order(IN_ONE_TRIP, order_id),
        _told(IN_ONE_TRIP, order_id),
    )
    waiting, notices, deliveries = told
    view, current = render.order(row, roles), as_of(row.order, row.read_at)
    return SeenOrder(
        row=row,
        view=view,
        raw=view.model_dump_json(indent=2),
        need=need,
        since=since,
        current=current,
        possible=possible(row, current, reader),
        postings=paging.shown(postings, render.posting),
        journal=paging.shown(journal.entries, lambda one: render.event(order_id, one)),
        journal_after=journal.entries[-1].seq if journal.more else 0,
        waiting=waiting,
        notices=notices,
        deliveries=deliveries,
        messages=paging.shown(said.rows, lambda one: render.message(order_id, one)),
    )


async def _told(
    connection: Connection, order_id: UUID
) -> tuple[Sequence[Request], Sequence[ToldNotice], Sequence[ToldDelivery]]:
    return await together(
        connection,
        console_order.waiting(IN_ONE_TRIP, order_id),
        console_order.notices(IN_ONE_TRIP, order_id),
        console_order.deliveries(IN_ONE_TRIP, order_id),
    )


def possible(row: OrderRow, current: Order, reader: Reader) -> dict[Role, list[Possible]]:
    """Return what each role could do now, by the rules."""
    return {
        actor.role: [
            _possible(action, actor, row, current, reader) for action in allowed(current, actor)
        ]
        for actor in _actors(current, reader)
    }


def _actors(order: Order, reader: Reader) -> list[Actor]:
    mediator = order.dispute.mediator_id if order.dispute else None
    return [
        Actor(id=order.buyer_id, role=Role.BUYER),
        Actor(id=order.seller_id, role=Role.SELLER),
        Actor(id=mediator or SOMEBODY, role=Role.MEDIATOR),
        Actor(id=reader.caller.id, role=Role.OPERATOR),
    ]


def _possible(
    action: Action, actor: Actor, row: OrderRow, current: Order, reader: Reader
) -> Possible:
    words = reader.formatter.say(ACTIONS[action])
    needs_words = any(field.is_required() for field in FIELDS[action].model_fields.values())
    if needs_words or action is Action.ASSIGN:
        return Possible(action, words, depends=True, state="", money={}, notes=())
    step = decide(current, command(action, actor, row.read_at, FIELDS[action]()), row.read_at)
    if isinstance(step, Refusal):
        return Possible(action, words, depends=True, state="", money={}, notes=())
    after, locale = step.order, reader.locale
    moved = {
        account: Money(amount=n, currency=after.currency) for account, n in money(step).items()
    }
    said = notes(action, actor, current, after, row.words, locale.language, locale.time_zone)
    return Possible(action, words, depends=False, state=after.state, money=moved, notes=said)
