"""Which of the events that others have kept the books do not have."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

from db import kept_events
from db.kept_events import Disputed, Moved, Told
from db.pool import Connection
from reconcile.kept_events import KeptEvent

Name = TypeVar("Name")


async def unknown_events(acquired: Connection, batch: Sequence[KeptEvent]) -> list[KeptEvent]:
    """Return the events of a batch that the books do not have so."""
    return [
        *await _missing(acquired, batch, _step, kept_events.unknown_steps),
        *await _missing(acquired, batch, _message, kept_events.unknown_messages),
        *await _missing(acquired, batch, _transfer, kept_events.unknown_transfers),
        *await _missing(acquired, batch, _dispute, kept_events.unknown_disputes),
    ]


async def _missing(
    acquired: Connection,
    batch: Iterable[KeptEvent],
    name_of: Callable[[KeptEvent], Name | None],
    unknown: Callable[[Connection, Sequence[Name]], Awaitable[set[Name]]],
) -> list[KeptEvent]:
    """Return the events that have such a name, once each, and are unknown by it."""
    named = {name: one for one in batch if (name := name_of(one)) is not None}
    missing = await unknown(acquired, list(named))
    return [event for name, event in named.items() if name in missing]


def _step(event: KeptEvent) -> Told | None:
    order, step = event.data.order, event.data.event
    return (order.id, step.seq, step.at, event.type) if order and step and step.seq else None


def _message(event: KeptEvent) -> Told | None:
    order, message = event.data.order, event.data.message
    return (order.id, message.id, event.at, event.type) if order and message else None


def _transfer(event: KeptEvent) -> Moved | None:
    return (event.data.transfer.id, event.type) if event.data.transfer else None


def _dispute(event: KeptEvent) -> Disputed | None:
    said = event.data.chargeback
    return (said.provider, said.reference, event.type) if said else None
