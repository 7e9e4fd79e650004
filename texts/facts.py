"""What the placeholders of the sentences stand for: `%(total)s`, `%(at)s`, `%(offer)s` …

Only a sentence about an offer names an offer, so each fact may take for granted what it speaks of.
"""

from collections.abc import Callable
from datetime import datetime
from typing import cast

from documents.order import Words
from domain.money import shares
from domain.order import CancellationRequest, Deadline, Lapse, Offer, Order, Outcome
from texts.catalogue import msg
from texts.voice import Voice

Fact = Callable[[Order, Words, Voice], str]


def pay(order: Order, voice: Voice, refund: int = 0, more: int = 0) -> str:
    """What the seller would be paid, and how it comes about, if `refund` went back to the buyer and
    the order cost `more` (minor units)."""
    share = shares(order.total + more, refund, order.policy.commission_bps)
    return _earned(order, voice, share.paid_to_seller, share.commission)


def _earned(order: Order, voice: Voice, paid: int, commission: int) -> str:
    net = voice.money(paid, order.currency)
    if commission == 0:
        return net
    values = {
        "net": net,
        "gross": voice.money(paid + commission, order.currency),
        "fee": voice.money(commission, order.currency),
    }
    return voice.say(msg("%(net)s (%(gross)s less a commission of %(fee)s)"), values)


def _paid(order: Order, _words: Words, voice: Voice) -> str:
    end = cast("Outcome", order.outcome)
    return _earned(order, voice, end.paid_to_seller, end.commission)


def _line(order: Order, words: Words, voice: Voice) -> str:
    line = order.lines[-1]
    return voice.quoted(words.titles.get(line.id) or words.said(line.id, "title") or "")


def _offer(order: Order, words: Words, voice: Voice) -> str:
    return voice.quoted(words.said(_open_offer(order).id, "title") or "")


def _open_offer(order: Order) -> Offer:
    return cast("Offer", order.offer)


def _money(amount: Callable[[Order], int]) -> Fact:
    return lambda order, _words, voice: voice.money(amount(order), order.currency)


def _instant(at: Callable[[Order], datetime]) -> Fact:
    return lambda order, _words, voice: voice.instant(at(order))


FACTS: dict[str, Fact] = {
    "total": _money(lambda order: order.total),
    "pay": lambda order, _words, voice: pay(order, voice),
    "paid": _paid,
    "refunded": _money(lambda order: cast("Outcome", order.outcome).refunded),
    "line": _line,
    "price": _money(lambda order: order.lines[-1].price),
    "offer": _offer,
    "offer_price": _money(lambda order: _open_offer(order).price),
    "offer_time": lambda order, _words, voice: voice.duration(_open_offer(order).delivery_time),
    "work_time": lambda order, _words, voice: voice.duration(order.delivery_time),
    "revision_time": lambda order, _words, voice: voice.duration(order.revision_time),
    "at": _instant(lambda order: cast("Deadline", order.deadline).at),
    "due": _instant(lambda order: cast("datetime", order.due_at)),
    "lapses": _instant(lambda order: _open_offer(order).lapses_at),
    "lapsed": _instant(lambda order: cast("Lapse", order.lapse).at),
    "answer_by": _instant(
        lambda order: cast("CancellationRequest", order.cancellation_request).answer_by
    ),
}
