"""All that is kept of a payment out of a wallet, as operators read it, and what happened to it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from api import render
from api.pages.console.lines import short
from api.pages.console.pay_in_facts import ENDED, PaymentFact, silence_facts
from api.pages.console.person_page import person_page
from api.pages.console.words import TRANSFERS
from api.pages.payout_page import WHOSE_WORDS
from api.pages.payout_stage import LABELS, Stage, stage_of
from api.pages.reader import Reader
from api.pages.second_person import told_to_decide
from db.odd_values import on_calendar
from db.operator_journal import JournalledDeed
from db.payouts import Payout
from db.provider_events import Concerned
from db.reading import reading
from domain.ledger import PostingKind
from domain.money import Money
from domain.operator_deeds import Deed
from domain.payments import PayoutState
from texts.catalogue import msg

ASKED = msg("Asked for")
DEEDS: dict[str, str] = {Deed.APPROVE_PAYOUT: msg("Approved"), Deed.REFUSE_PAYOUT: msg("Refused")}
GIVEN = msg("Given to the payment provider")
MOVED = (
    msg("Out of the wallet"),
    msg("Out of the books"),
    msg("Back in the wallet"),
)


@dataclass(frozen=True)
class PayoutEntry:
    """Something that happened to a payout: by whom or how often, and in whose words why."""

    at: datetime
    head: str
    note: str
    words: str


def payout_facts(one: Payout, whose: Concerned | None, reader: Reader) -> list[PaymentFact]:
    """Return all that is kept of a payout of somebody.

    Raises:
        Spoiled: something of it cannot be read.
    """
    with reading(f"payout {one.id}"):
        return [*_whose(one, whose, reader), *_became(one, reader), *_moved(one, reader)]


def _whose(one: Payout, whose: Concerned | None, reader: Reader) -> Iterator[PaymentFact]:
    say, name = reader.formatter.say, whose.name if whose else None
    yield PaymentFact(say(msg("Person")), name or one.user_id, person_page(one.user_id))
    yield PaymentFact(say(msg("Payment provider")), one.provider)
    yield PaymentFact(say(msg("Their account there")), one.account, is_id=True)
    if one.reference is not None:
        yield PaymentFact(say(msg("Reference")), one.reference, is_id=True)


def _became(one: Payout, reader: Reader) -> Iterator[PaymentFact]:
    say, instant = reader.formatter.say, reader.formatter.instant
    yield PaymentFact(say(ASKED), instant(on_calendar(one.created_at)))
    if one.state is not PayoutState.REQUESTED and (why := why_it_waits(one, reader)):
        yield PaymentFact(say(msg("Why a second person was asked")), why)
    if one.approved_by is not None:
        yield PaymentFact(say(msg("Approved by")), one.approved_by, person_page(one.approved_by))
    yield PaymentFact(say(msg("Attempts")), reader.formatter.number(one.attempts))
    if one.ended_at is not None:
        yield PaymentFact(say(ENDED), instant(on_calendar(one.ended_at)))
    if one.reason is not None:
        yield PaymentFact(say(WHOSE_WORDS[stage_of(one) is Stage.REFUSED]), one.reason)
    yield from silence_facts(one, reader)


def why_it_waits(one: Payout, reader: Reader) -> str:
    """Return why a second person has to approve a payout, or had to; nothing where that is not
    known, or nobody had to.

    Raises:
        Spoiled: it cannot be read.
    """
    if one.approval is None:
        return ""
    with reading(f"payout {one.id}"):
        return told_to_decide(one.approval, Money(amount=one.amount, currency=one.currency), reader)


def _moved(one: Payout, reader: Reader) -> Iterator[PaymentFact]:
    transfers = (one.hold_id, one.done_id, one.return_id)
    for label, transfer in zip(MOVED, transfers, strict=True):
        if transfer is not None:
            where = f"/console/transfers/{transfer}"
            yield PaymentFact(reader.formatter.say(label), short(transfer), where, is_id=True)
    if one.recovered:
        kept = reader.formatter.money(one.recovered, one.currency)
        yield PaymentFact(reader.formatter.say(TRANSFERS[PostingKind.RECOVERY]), kept)


def payout_history(
    one: Payout, deeds: Iterable[JournalledDeed], reader: Reader
) -> list[PayoutEntry]:
    """Return what happened to a payout, in order.

    Raises:
        Spoiled: something of it cannot be read.
    """
    with reading(f"payout {one.id}"):
        entries = [*_own(one, reader), *(_deed(each, reader) for each in deeds)]
        return sorted(entries, key=lambda entry: entry.at)


def _own(one: Payout, reader: Reader) -> Iterator[PayoutEntry]:
    say = reader.formatter.say
    by = say(msg("by %(person)s"), {"person": one.user_id})
    yield PayoutEntry(on_calendar(one.created_at), say(ASKED), by, "")
    if one.called_at is not None:
        yield PayoutEntry(on_calendar(one.called_at), say(GIVEN), _attempts(one, reader), "")
    if one.ended_at is not None:
        stage = stage_of(one)
        words = "" if stage is Stage.REFUSED else one.reason or ""  # who refused it says why
        yield PayoutEntry(on_calendar(one.ended_at), say(LABELS[stage][1]), "", words)


def _attempts(one: Payout, reader: Reader) -> str:
    return reader.formatter.counted(
        "it was asked once to pay", "it was asked %(n)s times to pay, under one key", one.attempts
    )


def _deed(row: JournalledDeed, reader: Reader) -> PayoutEntry:
    found, say = render.deed(row), reader.formatter.say
    by = say(msg("by %(person)s"), {"person": found.by})
    return PayoutEntry(found.at, say(DEEDS.get(found.deed, found.deed)), by, found.reason or "")
