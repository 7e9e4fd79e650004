"""All that is kept of a payment into a wallet, as operators read it."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from api.pages.console.lines import short
from api.pages.reader import Reader
from db.odd_values import on_calendar
from db.pay_ins import PayIn
from db.payouts import Payout
from db.provider_events import Concerned
from db.reading import reading
from texts.catalogue import msg

WISHED = msg("is placed when it is paid")
UNTIL = msg("Can be paid until")
ENDED = msg("Ended on")
SILENT = msg("The payment provider does not say what becomes of it")


@dataclass(frozen=True)
class PaymentFact:
    """Something of a payment: what it is called, what it is, and where that leads."""

    label: str
    value: str
    href: str = ""
    is_id: bool = False


def pay_in_facts(one: PayIn, payer: Concerned | None, reader: Reader) -> list[PaymentFact]:
    """Return all that is kept of a payment but for where it is paid, which is its payer's alone.

    Raises:
        Spoiled: something of it cannot be read.
    """
    with reading(f"payment {one.id}"):
        return [*_asked(one, payer, reader), *_became(one, reader)]


def silence_facts(of: PayIn | Payout, reader: Reader) -> Iterator[PaymentFact]:
    """Give since when the provider does not say what becomes of a payment, and why; where it
    does, nothing."""
    if of.silent_since is None:
        return
    say, instant = reader.formatter.say, reader.formatter.instant
    values = {"instant": instant(on_calendar(of.silent_since)), "why": of.silent_because or ""}
    yield PaymentFact(say(SILENT), say(msg("since %(instant)s: %(why)s"), values))


def _asked(one: PayIn, payer: Concerned | None, reader: Reader) -> Iterator[PaymentFact]:
    say, instant = reader.formatter.say, reader.formatter.instant
    who = f"/console/people/{quote(one.user_id, safe='')}"
    yield PaymentFact(say(msg("Person")), (payer and payer.name) or one.user_id, who)
    yield PaymentFact(say(msg("Payment provider")), one.provider)
    if one.reference is not None:
        yield PaymentFact(say(msg("Reference")), one.reference, is_id=True)
    yield PaymentFact(say(msg("Asked for")), instant(on_calendar(one.created_at)))
    if one.until is not None:
        yield PaymentFact(say(UNTIL), instant(on_calendar(one.until)))


def _became(one: PayIn, reader: Reader) -> Iterator[PaymentFact]:
    say = reader.formatter.say
    if one.ended_at is not None:
        yield PaymentFact(say(ENDED), reader.formatter.instant(on_calendar(one.ended_at)))
    if one.reason is not None:
        yield PaymentFact(say(msg("In the payment provider’s words")), one.reason)
    yield from silence_facts(one, reader)
    if one.transfer_id is not None:
        where = f"/console/transfers/{one.transfer_id}"
        yield PaymentFact(say(msg("Top-up")), short(one.transfer_id), where, is_id=True)
    if one.order_id is not None:
        where = f"/console/orders/{one.order_id}"
        yield PaymentFact(say(msg("Order")), short(one.order_id), where, is_id=True)
    elif one.order_refused is not None:
        yield PaymentFact(say(msg("Order that was not placed")), one.order_refused)
    elif one.has_wish:
        yield PaymentFact(say(msg("Order")), say(WISHED))
