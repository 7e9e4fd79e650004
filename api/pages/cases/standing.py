"""Where a dispute stands for those who look after it: who has it, until when, how far apart."""

from dataclasses import dataclass
from datetime import datetime

from api.pages.reader import Reader
from domain.money import Money
from domain.order import Dispute, Order
from domain.order_texts import OrderTexts
from domain.vocabulary import Role, State
from texts.catalogue import msg
from texts.formatter import Formatter
from texts.labels import YOU
from texts.parties import party

A_MEDIATOR = msg("Another mediator")


@dataclass(frozen=True)
class Target:
    """Until when a case should be taken, or ruled on (UTC). One that has passed is set anew, and
    `at` stays the first: it tells for how long somebody waits."""

    at: datetime
    is_over: bool


def dispute_of(order: Order) -> Dispute:
    """Return the dispute of an order that has one.

    Raises:
        ValueError: it has none.
    """
    if order.dispute is None:
        raise ValueError("not in dispute")
    return order.dispute


def target_of(order: Order, now: datetime) -> Target | None:
    """Return the target of a dispute that is open; None where there is none."""
    dispute, deadline = dispute_of(order), order.deadline
    if order.state is not State.DISPUTED or deadline is None:
        return None
    since, window = dispute.opened_at, order.policy.assignment_window
    if dispute.mediator_id is not None:
        if dispute.taken_at is None or order.policy.ruling_window is None:
            return Target(deadline.at, deadline.at <= now)
        since, window = dispute.taken_at, order.policy.ruling_window
    first = since + window
    return Target(first, True) if first <= now else Target(deadline.at, deadline.at <= now)


def apart(order: Order) -> Money | None:
    """Return by how much the proposals of both sides differ; None where one has made none."""
    refunds = {one.proposed_by.role: one.refund for one in order.settlements}
    if len(refunds) < len(PARTIES):
        return None
    difference = abs(refunds[Role.BUYER] - refunds[Role.SELLER])
    return Money(amount=difference, currency=order.currency)


PARTIES = (Role.BUYER, Role.SELLER)


def called(role: Role, words: OrderTexts, formatter: Formatter, *, begins: bool = True) -> str:
    """Return what a party is called where it is seen who is who."""
    form = "buyer" if role is Role.BUYER else "seller"
    return party(form.capitalize() if begins else form, words, None, formatter)


def mediator_called(reader: Reader, mediator_id: str, names: dict[str, str]) -> str:
    """Return what whoever has a case is called to its reader."""
    if mediator_id == reader.caller.id:
        return reader.formatter.say(YOU)
    return names.get(mediator_id) or reader.formatter.say(A_MEDIATOR)
