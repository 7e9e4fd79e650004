"""Custom offers: asked for, made, withdrawn, declined, accepted, lapsed. At most one is open."""

from datetime import datetime
from typing import cast

from domain.actions import AboutOffer, MakeOffer
from domain.command import Command, Refusal
from domain.deadlines import reminder
from domain.effects.change import Change, invalid, not_allowed
from domain.effects.purchases import add_line, no_room, one_word
from domain.order import Line, Offer, Order
from domain.reasons import Reason
from domain.vocabulary import LineKind

LONGEST_WORD = 200
"""Characters that an offer's id may take in a key of the ledger, which holds 300."""


def request_offer(order: Order, _act: Command, _now: datetime) -> Change:
    """Ask the seller for an offer; nothing else changes."""
    return Change(order)


def make_offer(order: Order, command: Command, now: datetime) -> Change | Refusal:
    """Open an offer that the buyer may accept until it lapses, or return why it cannot be made."""
    made = cast("MakeOffer", command.fields)
    if made.price.currency != order.currency:
        return invalid("price", Reason.OTHER_CURRENCY, currency=order.currency)
    if command.request_id in {*(one.id for one in order.lines), *(one.id for one in order.extras)}:
        return invalid("request_id", Reason.ID_TAKEN)
    if len(one_word(command.request_id)) > LONGEST_WORD:
        return invalid("request_id", Reason.ID_TOO_LONG)
    full = no_room(order)
    if full is not None:
        return full
    lapses_at = now + order.policy.offer_window
    offer = Offer(
        id=command.request_id,
        price=made.price.amount,
        delivery_time=made.delivery_time,
        made_at=now,
        lapses_at=lapses_at,
        remind_at=reminder(now, lapses_at),
    )
    return Change(order.model_copy(update={"offer": offer}))


def close_offer(order: Order, command: Command, _now: datetime) -> Change | Refusal:
    """Close the open offer: the seller withdraws it, or the buyer declines it."""
    return _other_offer(order, command) or Change(without_offer(order))


def accept_offer(order: Order, command: Command, now: datetime) -> Change | Refusal:
    """Pay the open offer into escrow and work on it, like an extra."""
    other = _other_offer(order, command)
    if other is not None:
        return other
    offer = cast("Offer", order.offer)
    line = Line(
        id=offer.id, kind=LineKind.OFFER, price=offer.price, delivery_time=offer.delivery_time
    )
    return add_line(without_offer(order), line, now)


def without_offer(order: Order) -> Order:
    """Return the order with no offer open."""
    return order.model_copy(update={"offer": None})


def _other_offer(order: Order, command: Command) -> Refusal | None:
    named = cast("AboutOffer", command.fields).offer_id
    if order.offer is not None and order.offer.id == named:
        return None
    return not_allowed(Reason.ANOTHER_OFFER)
