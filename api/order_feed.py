"""An order's journal and what is said on it, in the order in which both came about."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from uuid import UUID

from db import events, messages
from db.events import JournalEntry, JournalPart
from db.messages import MessagePart, MessageRow
from db.pool import Connection
from db.together import IN_ONE_TRIP, together

AT_ONCE = 100


@dataclass(frozen=True)
class Place:
    """How far somebody has heard: the last entry of the journal, and the last message."""

    entry: int
    message: int


@dataclass(frozen=True)
class FeedPart:
    """What came about next, where that leads, and whether there is more of it already."""

    items: list[JournalEntry | MessageRow]
    place: Place
    more: bool


async def place_after(connection: Connection, order_id: UUID, entry: int) -> Place:
    """Return where to go on after an entry of the journal: whoever has heard it may not have heard
    what was said before the next one, and hears that again."""
    if entry == 0:
        return Place(0, 0)
    return Place(entry, await messages.told_before_entry(connection, order_id, entry))


async def page(connection: Connection, order_id: UUID, place: Place) -> FeedPart:
    """Return what came about from after a place, oldest first."""
    # At one instant: what is said after a step is not seen before it.
    journal, said = await together(
        connection,
        events.page(IN_ONE_TRIP, order_id, place.entry, AT_ONCE),
        messages.after(IN_ONE_TRIP, order_id, place.message, AT_ONCE),
    )
    items = list(_merged(journal, said))
    for item in items:
        if isinstance(item, JournalEntry):
            place = replace(place, entry=item.seq)
        else:
            place = replace(place, message=item.number)
    return FeedPart(items, place, more=journal.more or said.more)


def _merged(journal: JournalPart, said: MessagePart) -> Iterator[JournalEntry | MessageRow]:
    """Yield both as they came about, as far as it is known what comes next of either."""
    entries, rows = list(journal.entries), list(said.rows)
    while entries or rows:
        if rows and (not entries or rows[0].after_seq < entries[0].seq):
            if not entries and journal.more:
                return
            yield rows.pop(0)
        else:
            if not rows and said.more:
                return
            yield entries.pop(0)
