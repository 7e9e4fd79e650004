"""What people say to each other on an order: who may write when, and who is told.

A message is no action: it moves no order, no money and no deadline.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.command import Refusal
from domain.order import Actor, Order
from domain.reasons import Reason
from domain.step import Notice
from domain.vocabulary import Code, Role, State

WRITING_AFTER_THE_END = timedelta(days=30)
"""For how long the parties may still write once an order has ended."""

PARTIES = (Role.BUYER, Role.SELLER)


@dataclass(frozen=True)
class ConversationMessage:
    """A message as it was written. Its number counts from 1 on its order; `after_seq` is the entry
    of the journal that it came after."""

    number: int
    at: datetime
    author: Actor
    text: str = field(repr=False)
    links: tuple[str, ...] = field(repr=False)
    after_seq: int


def number_told(seq: int) -> int | None:
    """Return the number of the message that is told of, which has the place of a step's below zero;
    None where it is a step."""
    return -seq if seq < 0 else None


def step_or_message(seq: int) -> str:
    """Return what is told of, in words."""
    number = number_told(seq)
    return f"step {seq}" if number is None else f"message {number}"


def event_name(seq: int) -> str:
    """Return what is told of, as its id ends: `5`, of a message `m3`."""
    number = number_told(seq)
    return str(seq) if number is None else f"m{number}"


def writes_until(order: Order) -> datetime | None:
    """Return the last instant (UTC) at which its parties may write; None while the order runs."""
    return order.updated_at + WRITING_AFTER_THE_END if order.state.is_final else None


def author(order: Order, caller_id: str, roles: Collection[Role], now: datetime) -> Actor | Refusal:
    """Return who writes if the caller does at `now` (UTC), or why they may not."""
    if Role.MEDIATOR in roles and order.state is not State.DISPUTED:
        return Refusal(code=Code.ACTION_NOT_ALLOWED, detail=Reason.NOT_IN_DISPUTE.says())
    role = next((role for role in (*PARTIES, Role.MEDIATOR) if role in roles), None)
    if role is None:
        return Refusal(code=Code.FORBIDDEN, detail=Reason.READ_ONLY.says())
    until = writes_until(order)
    return too_late(until) if until is not None and now > until else Actor(id=caller_id, role=role)


def too_late(until: datetime) -> Refusal:
    """Return what is said to who writes when the time for it is over."""
    days, at = WRITING_AFTER_THE_END.days, f"{until:%Y-%m-%d %H:%M}"
    detail = Reason.WRITING_OVER.says(days=days, until=at)
    return Refusal(code=Code.DEADLINE_PASSED, detail=detail)


def message_notices(order: Order, written_by: Actor) -> tuple[Notice, ...]:
    """Return a notice for everybody in the conversation but its author: the parties, and while the
    order is in dispute the mediator who has the case."""
    told = [
        Notice(role=Role.BUYER, user_id=order.buyer_id),
        Notice(role=Role.SELLER, user_id=order.seller_id),
    ]
    if order.state is State.DISPUTED and order.dispute is not None and order.dispute.mediator_id:
        told.append(Notice(role=Role.MEDIATOR, user_id=order.dispute.mediator_id))
    return tuple(notice for notice in told if notice.user_id != written_by.id)
