"""What a payment provider said, as lines of the operators' lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from api.pages.console.payment_words import OUTCOMES, UNDECIDED, kind_said, to_do
from api.pages.reader import Reader
from api.pages.tones import Tone
from db.odd_values import on_calendar
from db.provider_events import Concerned, KeptEvent
from db.reading import reading
from domain.identifiers import exact_uuid
from domain.payments import EventOutcome


@dataclass(frozen=True)
class EventLine:
    """Something that was said, and what came of it; `name` is its type in the provider's words,
    `page` that of a payment that is known here, and `whose` its payer or receiver."""

    received_at: datetime
    kind: str
    name: str
    provider: str
    id: str
    reference: str
    amount: str
    reason: str
    page: str
    whose: Concerned | None
    tone: Tone
    outcome: str


def event_line(event: KeptEvent, known: Mapping[str, Concerned], reader: Reader) -> EventLine:
    """Return a line.

    Raises:
        Spoiled: what is kept of it cannot be read.
    """
    with reading(f"event {event.id} of the payment provider"):
        return _line(event, known.get(event.ours or ""), reader)


def _line(event: KeptEvent, whose: Concerned | None, reader: Reader) -> EventLine:
    formatter = reader.formatter
    tone, outcome = OUTCOMES[event.outcome] if event.outcome else UNDECIDED
    has_amount = event.amount is not None and event.currency is not None
    return EventLine(
        received_at=on_calendar(event.received_at),
        kind=formatter.say(kind_said(event.kind)),
        name=event.name,
        provider=event.provider,
        id=event.id,
        reference=event.reference or "",
        amount=formatter.money(event.amount or 0, event.currency or "") if has_amount else "",
        reason=event.reason or "",
        page=_page_of(event.ours or "", whose),
        whose=whose,
        tone=tone,
        outcome=formatter.say(outcome),
    )


def _page_of(payment_id: str, whose: Concerned | None) -> str:
    if whose is None:
        return ""
    return f"/console/{'payouts' if whose.is_out else 'pay-ins'}/{payment_id}"


@dataclass(frozen=True)
class ToDo:
    """What came of something, and what a person does about it."""

    label: str
    text: str


def to_do_about(events: list[KeptEvent], reader: Reader) -> list[ToDo]:
    """Return what a person does about these events, as far as some need one: each thing once."""
    say = reader.formatter.say
    advice = dict.fromkeys(found for event in events if (found := _advice(event)) is not None)
    return [ToDo(say(OUTCOMES[outcome][1]), say(text)) for outcome, text in advice]


def _advice(event: KeptEvent) -> tuple[EventOutcome, str] | None:
    text = to_do(event.kind, event.outcome) if event.outcome else None
    return (event.outcome, text) if event.outcome and text else None


def payment_ids(events: list[KeptEvent]) -> list[UUID]:
    """Return the payments of ours that are spoken of, as far as what is said is an id."""
    found = []
    for event in events:
        try:
            found.append(exact_uuid(event.ours or ""))
        except ValueError:
            continue
    return found
