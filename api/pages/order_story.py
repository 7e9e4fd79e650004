"""The story of an order as its page tells it: a part of the journal, with refused attempts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.pages.order_reader import COLOURS, Link, Seen, links_of
from api.schemas.orders import EventView
from domain.order_texts import OrderTexts
from domain.vocabulary import Action, Ground
from texts.catalogue import msg
from texts.directions import closed
from texts.formatter import Formatter
from texts.labels import GROUNDS
from texts.reader_context import Sides
from texts.telling import Deed, told, why

WORDS = ("message", "reason", "description", "statement", "reasons")
"""The fields in which people write to each other."""

DELIVERY = msg("delivery %(n)s")
PRICE = msg("Price: %(amount)s")
GIVES_BACK = Sides(msg("%(amount)s back to you"), msg("%(amount)s back to %(buyer)s"))
INTO_ESCROW = msg("The price went into the order’s escrow.")
SHORTENED = msg("Of what was written, the beginning is kept.")


@dataclass(frozen=True)
class Entry:
    """A deed, or an attempt without effect: whose, what, when, what was written, and what is said
    of it beside."""

    number: int
    whose: str
    head: str
    at: datetime
    note: str
    words: str
    tags: tuple[str, ...]
    links: tuple[Link, ...]
    is_refused: bool


@dataclass(frozen=True)
class Story:
    """A part of it, in the order in which it is read; the addresses of the parts before and after,
    or nothing; and how many entries there are in the part that the last link leads to, and on."""

    entries: tuple[Entry, ...]
    from_the_beginning: bool
    further: str
    further_count: int
    first: str
    newest_href: str
    oldest_href: str


def story(seen: Seen) -> Story:
    """Return the part of the story that was asked for. Entries that cannot be read are left out."""
    rows, place = seen.rows, seen.place
    found = [entry for row in rows.story.entries if (entry := seen.entry(row)) is not None]
    on = place.is_from_the_beginning
    last = rows.story.entries[-1].seq if rows.story.entries else 0
    beginning, end = f"{seen.address}?story=oldest", seen.address
    further = f"{beginning}&after={last}" if on else f"{end}?before={last}"
    return Story(
        entries=tuple(_entry(seen, one) for one in found),
        from_the_beginning=on,
        further=f"{further}#story" if rows.story.more else "",
        further_count=rows.newest - last if on else last - 1,
        first=f"{beginning if on else end}#story" if place.beyond is not None else "",
        newest_href=f"{end}#story",
        oldest_href=f"{beginning}#story",
    )


def _entry(seen: Seen, event: EventView) -> Entry:
    by = event.actor.role if event.actor else None
    deed = deed_of(event)
    return Entry(
        number=event.seq,
        whose=COLOURS[by] if by else "",
        head=told(deed, seen.context),
        at=event.at,
        note=_note(seen, event, deed),
        words=_words(event),
        tags=tuple(_tags(seen, event)),
        links=links_of(event.fields.get("links")),
        is_refused=not event.accepted,
    )


def deed_of(event: EventView) -> Deed:
    """Return what is told of an entry."""
    by = event.actor.role if event.actor else None
    name = event.event if event.accepted else None
    return Deed(event.action, name, by, event.state, event.code, event.reason)


def _words(event: EventView) -> str:
    said = (event.fields.get(name) for name in WORDS)
    return next((one for one in said if isinstance(one, str) and one), "")


def _tags(seen: Seen, event: EventView) -> list[str]:
    tags = []
    number = next((one.number for one in seen.rows.deliveries if one.seq == event.seq), None)
    if number is not None:
        tags.append(seen.context.say(DELIVERY, n=seen.formatter.number(number)))
    ground = event.fields.get("ground")
    if ground in list(Ground):
        tags.append(seen.formatter.say(GROUNDS[Ground(ground)]))
    return tags


def _note(seen: Seen, event: EventView, deed: Deed) -> str:
    context = seen.context
    if not event.accepted:
        reason = why(deed, context) or ""
        return f"{reason} {context.say(SHORTENED)}" if event.shortened else reason
    match event.action:
        case Action.MAKE_OFFER:
            price = _amount(event.fields.get("price"), seen.formatter)
            return " ".join(
                filter(None, (_title(event), price and context.say(PRICE, amount=price)))
            )
        case Action.PROPOSE_SETTLEMENT:
            refund = _amount(event.fields.get("refund"), seen.formatter)
            return context.say(GIVES_BACK, amount=refund) if refund else ""
        case Action.BUY_EXTRA:
            return _extra(event, context.words)
        case _:
            return context.say(INTO_ESCROW) if event.event == "order.placed" else ""


def _title(event: EventView) -> str:
    title = event.fields.get("title")
    return f"{closed(title)}." if isinstance(title, str) else ""


def _extra(event: EventView, words: OrderTexts) -> str:
    return words.titles.get(str(event.fields.get("extra_id")), "")


def _amount(money: Any, formatter: Formatter) -> str:
    match money:
        case {"amount": int(amount), "currency": str(currency)}:
            return formatter.money(amount, currency)
        case _:
            return ""


def news(seen: Seen, since: int) -> str:
    """Return what others last did after an entry of the journal; nothing where it was the reader,
    or nobody."""
    own = seen.role
    for row in sorted(seen.rows.story.entries, key=lambda one: one.seq, reverse=True):
        event = seen.entry(row) if row.seq > since and row.accepted else None
        if event is not None and (event.actor is None or event.actor.role is not own):
            return told(deed_of(event), seen.context)
    return ""
