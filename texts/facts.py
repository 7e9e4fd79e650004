"""What the placeholders of the sentences stand for: `%(total)s`, `%(at)s`, `%(offer)s` …

Only a sentence about an offer names an offer, so each fact may take for granted what it speaks of.
"""

from collections.abc import Callable
from datetime import datetime
from typing import cast

from domain.conversation import writes_until
from domain.money import shares
from domain.order import (
    CancellationRequest,
    Deadline,
    Holding,
    Lapse,
    Offer,
    Order,
    Outcome,
    PaymentHold,
)
from domain.order_texts import OrderTexts
from texts.catalogue import msg
from texts.formatter import Formatter

Fact = Callable[[Order, OrderTexts, Formatter], str]


def pay(order: Order, formatter: Formatter, refund: int = 0, more: int = 0) -> str:
    """Say what the seller would be paid, and how it comes about, if `refund` went back to the buyer
    and the order cost `more` (minor units)."""
    share = shares(order.total + more, refund, order.policy.commission_bps)
    return _earned(order, formatter, share.paid_to_seller, share.commission)


def _earned(order: Order, formatter: Formatter, paid: int, commission: int) -> str:
    net = formatter.money(paid, order.currency)
    if commission == 0:
        return net
    values = {
        "net": net,
        "gross": formatter.money(paid + commission, order.currency),
        "fee": formatter.money(commission, order.currency),
    }
    return formatter.say(msg("%(net)s (%(gross)s less a commission of %(fee)s)"), values)


def _paid(order: Order, _words: OrderTexts, formatter: Formatter) -> str:
    end = cast("Outcome", order.outcome)
    return _earned(order, formatter, end.paid_to_seller, end.commission)


def _line(order: Order, words: OrderTexts, formatter: Formatter) -> str:
    line = order.lines[-1]
    return formatter.quoted(words.titles.get(line.id) or words.said(line.id, "title") or "")


def _offer(order: Order, words: OrderTexts, formatter: Formatter) -> str:
    return formatter.quoted(words.said(_open_offer(order).id, "title") or "")


def _open_offer(order: Order) -> Offer:
    return cast("Offer", order.offer)


def _money(amount: Callable[[Order], int]) -> Fact:
    return lambda order, _words, formatter: formatter.money(amount(order), order.currency)


def _held(order: Order) -> PaymentHold:
    return cast("PaymentHold", order.payment_hold)


def _instant(at: Callable[[Order], datetime]) -> Fact:
    return lambda order, _words, formatter: formatter.instant(at(order))


FACTS: dict[str, Fact] = {
    "total": _money(lambda order: order.total),
    "pay": lambda order, _words, formatter: pay(order, formatter),
    "paid": _paid,
    "refunded": _money(lambda order: cast("Outcome", order.outcome).refunded),
    "line": _line,
    "price": _money(lambda order: order.lines[-1].price),
    "offer": _offer,
    "offer_price": _money(lambda order: _open_offer(order).price),
    "offer_time": lambda order, _words, formatter: formatter.duration(
        _open_offer(order).delivery_time
    ),
    "work_time": lambda order, _words, formatter: formatter.duration(order.delivery_time),
    "revisions_left": lambda order, _words, _formatter: str(order.revisions_left),
    "revisions_included": lambda order, _words, _formatter: str(order.revisions_included),
    "revision_time": lambda order, _words, formatter: formatter.duration(order.revision_time),
    "at": _instant(lambda order: cast("Deadline", order.deadline).at),
    "due": _instant(lambda order: cast("datetime", order.due_at)),
    "messages_until": _instant(lambda order: cast("datetime", writes_until(order))),
    "lapses": _instant(lambda order: _open_offer(order).lapses_at),
    "held_until": _instant(lambda order: cast("Holding", order.holding).limit_at),
    "last_safe": _instant(lambda order: cast("Holding", order.holding).last_safe_at),
    "asked_back": _money(lambda order: _held(order).amount),
    "evidence_until": _instant(lambda order: cast("datetime", _held(order).evidence_until)),
    "charged_back": _money(lambda order: cast("Outcome", order.outcome).charged_back or 0),
    "lapsed": _instant(lambda order: cast("Lapse", order.lapse).at),
    "answer_by": _instant(
        lambda order: cast("CancellationRequest", order.cancellation_request).answer_by
    ),
}
