"""What the parties say to each other, as the order's page shows it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from api import paging, render
from api.pages.order_reader import Link, Seen, links_of
from api.pages.who_gets import named
from documents.message import MessageView
from domain import conversation
from domain.command import Refusal
from domain.vocabulary import Role
from texts.catalogue import msg
from texts.labels import ROLES
from texts.refusals import refusal_said

WROTE: dict[Role, str] = {
    Role.BUYER: msg("%(Buyer)s wrote to you."),
    Role.SELLER: msg("%(Seller)s wrote to you."),
    Role.MEDIATOR: msg("The mediator wrote to you."),
}


@dataclass(frozen=True)
class Bubble:
    """A message: who wrote what when; `is_first_unread` begins what the reader has not seen."""

    number: int
    who: str
    is_own: bool
    is_mediators: bool
    words: str
    links: tuple[Link, ...]
    at: datetime
    is_first_unread: bool


@dataclass(frozen=True)
class Talk:
    """A part of the conversation, oldest first; where its earlier part is, or nothing; how many are
    unread, and up to which message they would be read; why the reader may not write, or nothing."""

    bubbles: tuple[Bubble, ...]
    earlier: str
    unread: int
    newest: int
    closed: str


def talk(seen: Seen) -> Talk:
    """Return what was said last, or before the message that was asked for."""
    found = messages_of(seen)
    mark = seen.found.row.read_mark(seen.found.roles.caller_id)
    me = seen.found.roles.caller_id
    fresh = [int(one.id) for one in found if int(one.id) > mark.up_to and one.author.id != me]
    first = min(fresh, default=0) if mark.unread else 0
    said = seen.rows.said  # the last of them may be one that cannot be read
    earlier = f"{seen.address}?talk={said.rows[-1].number}#conversation" if said.more else ""
    return Talk(
        bubbles=tuple(_bubble(seen, one, first) for one in found),
        earlier=earlier,
        unread=max(0, mark.unread),
        newest=int(found[-1].id) if found else 0,
        closed=_closed(seen),
    )


def messages_of(seen: Seen) -> list[MessageView]:
    """Return the messages that can be read, oldest first."""
    order_id = UUID(seen.found.row.order.id)
    rows = reversed(seen.rows.said.rows)
    return paging.shown(rows, lambda row: render.message(order_id, row))


def _bubble(seen: Seen, one: MessageView, first_unread: int) -> Bubble:
    role = one.author.role
    parties = (Role.BUYER, Role.SELLER)
    return Bubble(
        number=int(one.id),
        who=named(seen.context, role) if role in parties else seen.formatter.say(ROLES[role]),
        is_own=one.author.id == seen.found.roles.caller_id,
        is_mediators=role not in parties,
        words=one.text,
        links=links_of(one.links),
        at=one.at,
        is_first_unread=int(one.id) == first_unread,
    )


def _closed(seen: Seen) -> str:
    row, roles = seen.found.row, seen.found.roles
    found = conversation.author(row.order, roles.caller_id, roles.roles, row.read_at)
    if not isinstance(found, Refusal):
        return ""
    return refusal_said(found.code, found.detail, seen.context)


def said_since(seen: Seen, number: int) -> str:
    """Return who wrote after a message; nothing where nobody did but the reader."""
    for one in reversed(messages_of(seen)):
        if int(one.id) > number and one.author.role is not seen.role:
            return seen.context.say(WROTE.get(one.author.role, WROTE[Role.MEDIATOR]))
    return ""
