"""What the feed tells of, by source: how an event of it is named, and how it is read."""

import re
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from db import chargebacks, feed, snapshots, wallets
from db.chargebacks import DisputeSaid
from db.errors import Spoiled
from db.feed import OF_NO_ORDER, FeedEntry, Subject
from db.pool import Connection
from db.reading import reading
from db.snapshots import StepSnapshot
from db.wallets import Moved
from documents.feed import (
    OF_DISPUTES,
    FeedEvent,
    dispute_event,
    dispute_event_id,
    transfer_event,
    transfer_event_id,
)
from documents.webhook import event_id, step_payload

Told = dict[Subject, FeedEvent | Spoiled]
Reading = Callable[[Connection, Sequence[Subject]], Awaitable[Told]]
Numbered = TypeVar("Numbered", Moved, DisputeSaid)


@dataclass(frozen=True)
class Source:
    """The ids of a source's events, in both directions, and what becomes of their subjects. Of
    `types` are all that it can tell, where it does not tell of whatever comes."""

    pattern: re.Pattern[str]
    subject: Callable[[re.Match[str]], Subject]
    id_of: Callable[[Subject], str]
    read: Reading
    types: Collection[str] | None = None


def is_known(entry: FeedEntry) -> bool:
    """Return whether this release can tell what is there."""
    source = SOURCES.get(entry.subject.source)
    return source is not None and (source.types is None or entry.type in source.types)


def id_of(entry: FeedEntry) -> str:
    """Return the id of an entry's event."""
    return SOURCES[entry.subject.source].id_of(entry.subject)


def subject_of(event_id: str) -> Subject | None:
    """Return what an event of this id tells of; None where none can have it."""
    for source in SOURCES.values():
        found = source.pattern.fullmatch(event_id)
        if found:
            return source.subject(found)
    newer = _OF_NEWER_SOURCES.fullmatch(event_id)
    return Subject(newer[1], OF_NO_ORDER, int(newer[2])) if newer else None


async def told(connection: Connection, entries: Sequence[FeedEntry]) -> Told:
    """Return what these entries tell; in place of what cannot be read, the error that says so."""
    events: Told = {}
    for name, source in SOURCES.items():
        subjects = [entry.subject for entry in entries if entry.subject.source == name]
        if subjects:
            events |= await source.read(connection, subjects)
    return events


async def _steps(connection: Connection, subjects: Sequence[Subject]) -> Told:
    return await _of_orders(connection, {(one.order_id, one.ref): one for one in subjects})


async def _messages(connection: Connection, subjects: Sequence[Subject]) -> Told:
    return await _of_orders(connection, {(one.order_id, -one.ref): one for one in subjects})


async def _of_orders(connection: Connection, steps: Mapping[tuple[UUID, int], Subject]) -> Told:
    found = await snapshots.of_orders(connection, list(steps))
    return {steps[step]: _step(*step, moment) for step, moment in found.items()}


def _step(order_id: UUID, seq: int, moment: StepSnapshot | Spoiled) -> FeedEvent | Spoiled:
    """Return a step, or by minus its number a message."""
    if isinstance(moment, Spoiled):
        return moment

    def event() -> FeedEvent:
        payload = step_payload(order_id, seq, **vars(moment))
        return FeedEvent(**dict(payload))

    return _read(snapshots.name(order_id, seq), event)


def _numbered(
    found: Callable[[Connection, Sequence[int]], Awaitable[Sequence[Numbered]]],
    event: Callable[[Numbered], FeedEvent | Spoiled],
) -> Reading:
    """Return how subjects are read that are of no order, and known by their numbers alone."""

    async def reading_them(connection: Connection, subjects: Sequence[Subject]) -> Told:
        by_number = {one.ref: one for one in subjects}
        return {
            by_number[one.number]: event(one) for one in await found(connection, list(by_number))
        }

    return reading_them


def _transfer(moved: Moved) -> FeedEvent | Spoiled:
    return _read(f"transfer {moved.id}", lambda: transfer_event(**vars(moved)))


def _dispute(said: DisputeSaid) -> FeedEvent | Spoiled:
    return _read(f"chargeback {said.id}", lambda: dispute_event(**vars(said)))


def _read(what: str, event: Callable[[], FeedEvent]) -> FeedEvent | Spoiled:
    try:
        with reading(what):
            return event()
    except Spoiled as spoiled:
        return spoiled


SOURCES: Mapping[str, Source] = {
    feed.STEP: Source(
        re.compile("evt_([0-9a-f]{32})_([1-9][0-9]{0,9})"),
        lambda found: Subject(feed.STEP, UUID(found[1]), int(found[2])),
        lambda subject: event_id(subject.order_id, subject.ref),
        _steps,
    ),
    feed.MESSAGE: Source(
        re.compile("evt_([0-9a-f]{32})_m([1-9][0-9]{0,9})"),
        lambda found: Subject(feed.MESSAGE, UUID(found[1]), int(found[2])),
        lambda subject: event_id(subject.order_id, -subject.ref),
        _messages,
    ),
    feed.TRANSFER: Source(
        re.compile("evt_transfer_([1-9][0-9]{0,17})"),
        lambda found: Subject(feed.TRANSFER, OF_NO_ORDER, int(found[1])),
        lambda subject: transfer_event_id(subject.ref),
        _numbered(wallets.moved, _transfer),
    ),
    feed.DISPUTE: Source(
        re.compile("evt_dispute_([1-9][0-9]{0,17})"),
        lambda found: Subject(feed.DISPUTE, OF_NO_ORDER, int(found[1])),
        lambda subject: dispute_event_id(subject.ref),
        _numbered(chargebacks.said, _dispute),
        OF_DISPUTES,
    ),
}
"""Every source, as `append_to_feed` names it."""

_OF_NEWER_SOURCES = re.compile("evt_([a-z]+)_([1-9][0-9]{0,17})")
"""What is of no order has the name and the number of its source in its id: so whoever was given it
by a process of a newer release can go on from it here."""
