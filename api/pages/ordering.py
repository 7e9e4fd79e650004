"""What a buyer reads before they order: what it costs, where the money goes, and until when."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.pages.reader import Reader
from api.schemas.services import ServiceView
from domain.money import Money, shares
from domain.order import Order
from texts.catalogue import msg
from texts.formatter import Formatter

NOTES = (
    msg("%(total)s goes from your wallet into escrow, and stays there."),
    msg(
        "%(seller)s has until %(until)s to accept. Else the order is cancelled by itself and you"
        " get back %(total)s."
    ),
    msg("Until it is accepted, you can cancel yourself and get it all back."),
    msg("Once it is accepted, the work is due within %(work)s."),
    msg(
        "When you have the work, you have %(review)s to check it. If you do nothing by then,"
        " %(net)s goes to the seller and %(fee)s to the marketplace."
    ),
)
PAID_FIRST = (
    msg(
        "This only opens the payment, and takes nothing yet: you pay %(missing)s on the payment"
        " provider’s own page."
    ),
    msg(
        "Once the provider confirms it, your order is placed by itself, and %(total)s goes from"
        " your wallet into escrow."
    ),
    msg(
        "If the service has changed by then, or your wallet holds too little, nothing is ordered"
        " and the money stays in your wallet."
    ),
    msg(
        "%(seller)s then has %(answer)s to accept. Else the order is cancelled by itself and you"
        " get back %(total)s."
    ),
    *NOTES[2:],
)
"""What a buyer reads whose wallet holds too little, where they can pay what is missing."""


@dataclass(frozen=True)
class Foreseen:
    """An order that would be placed now: its lines with their prices, the whole, what the wallet
    holds and what is missing of it, and what happens to the money, in sentences: now, or once what
    is missing was paid."""

    lines: Sequence[tuple[str, Money]]
    total: Money
    wallet: Money
    missing: Money | None
    notes: Sequence[str]
    paid_first: Sequence[str]


def foreseen(view: ServiceView, order: Order, wallet: int, seller: str, reader: Reader) -> Foreseen:
    """Return what an order for a service would do with the buyer's money."""
    titles = {str(extra.id): extra.title for extra in view.extras} | {str(view.id): view.title}
    short = order.total - wallet

    def money(amount: int) -> Money:
        return Money(amount=amount, currency=order.currency)

    return Foreseen(
        lines=[(titles[line.id], money(line.price)) for line in order.lines],
        total=money(order.total),
        wallet=money(wallet),
        missing=money(short) if short > 0 else None,
        notes=_said(NOTES, order, short, seller, reader.formatter),
        paid_first=_said(PAID_FIRST, order, short, seller, reader.formatter),
    )


def _said(
    sentences: Sequence[str], order: Order, short: int, seller: str, formatter: Formatter
) -> list[str]:
    share = shares(order.total, 0, order.policy.commission_bps)
    values = {
        "total": formatter.money(order.total, order.currency),
        "net": formatter.money(share.paid_to_seller, order.currency),
        "fee": formatter.money(share.commission, order.currency),
        "seller": seller,
        "missing": formatter.money(max(short, 0), order.currency),
        "answer": formatter.duration(order.policy.acceptance_window),
        "until": formatter.instant(order.deadline.at) if order.deadline else "",
        "work": formatter.duration(order.delivery_time),
        "review": formatter.duration(order.policy.review_window),
    }
    return [formatter.say(sentence, values) for sentence in sentences]


def differences(was: dict[str, str], view: ServiceView, reader: Reader) -> list[dict[str, str]]:
    """Say what has changed of a service since its reader saw it: `was` is how its title, price and
    delivery time were written then."""
    labels = {"title": msg("Title"), "price": msg("Price"), "time": msg("Delivery time")}
    values = as_seen(view, reader)
    say = reader.formatter.say
    return [
        {
            "name": "",
            "text": say(
                msg("%(what)s: was %(before)s, is now %(after)s."),
                {"what": say(label), "before": was[name], "after": values[name]},
            ),
        }
        for name, label in labels.items()
        if was.get(name) and was[name] != values[name]
    ]


def as_seen(view: ServiceView, reader: Reader) -> dict[str, str]:
    """Return how the terms of a service are written for its reader."""
    formatter = reader.formatter
    return {
        "title": view.title,
        "price": formatter.money(view.price.amount, view.price.currency),
        "time": formatter.duration(view.delivery_time),
    }
