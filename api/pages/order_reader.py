"""An order as one of its two parties looks at it: what was read of it, and how it is told."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from api import paging, render
from api.pages.acting import Offered, offered
from api.pages.reader import Reader
from api.pages.standing import ORDER, Standing, standing_in
from api.schemas.orders import EventView
from api.state import Services
from db import order_page
from db.events import JournalEntry
from db.order_page import PageRows, StoryPlace
from db.pool import connection
from db.together import IN_ONE_TRIP, together
from documents.order import OrderView
from domain.order import Order
from domain.vocabulary import Action, Role
from texts.formatter import Formatter
from texts.reader_context import ReaderContext

COLOURS: dict[Role, str] = {
    Role.BUYER: "buyer",
    Role.SELLER: "seller",
    Role.MEDIATOR: "mediator",
    Role.OPERATOR: "fee",
    Role.DEADLINE: "clock",
    Role.PROVIDER: "fee",
}
"""By whose deed it is. What the marketplace itself does has its colour."""


@dataclass(frozen=True)
class Link:
    """A link that somebody gave: what it is called, and where it leads."""

    href: str
    name: str
    host: str


@dataclass(frozen=True)
class Seen:
    """An order and its reader, who is its buyer or its seller."""

    found: Standing
    rows: PageRows
    place: StoryPlace

    @property
    def role(self) -> Role:
        """Return which of the two reads."""
        return self.found.roles.roles[0]

    @property
    def formatter(self) -> Formatter:
        """Return how it is said to them."""
        return self.found.reader.formatter

    @property
    def address(self) -> str:
        """Return where the page is."""
        return self.found.address

    @cached_property
    def order(self) -> Order:
        """Return the order as it is written down, with what has expired in its state. A state that
        is over and not yet ended by anybody is shown as it is: its money has not moved."""
        current, kept = self.found.order, self.found.row.order
        return current if current.state is kept.state else kept

    @cached_property
    def view(self) -> OrderView:
        """Return the order as the API gives it."""
        return render.order(self.found.row, self.found.roles)

    @cached_property
    def context(self) -> ReaderContext:
        """Return how the order is told to the reader."""
        actor = self.found.actor(self.role)
        return ReaderContext(self.order, self.found.row.words, actor, self.formatter)

    @cached_property
    def offered(self) -> Offered:
        """Return what the reader can do."""
        return offered(self.found)

    def entry(self, row: JournalEntry) -> EventView | None:
        """Return an entry of the journal; None of one that cannot be read."""
        return next(iter(paging.shown([row], self._entry)), None)

    def last(self, action: Action) -> EventView | None:
        """Return what was last done of a kind."""
        row = self.rows.last.get(action)
        return None if row is None else self.entry(row)

    def _entry(self, row: JournalEntry) -> EventView:
        return render.event(UUID(self.found.row.order.id), row)


async def seen(
    shared: Services,
    reader: Reader,
    order_id: str,
    place: StoryPlace,
    before_message: int | None = None,
) -> Seen:
    """Return an order that the reader may see with what its page shows beside it, all of one
    instant.

    Raises:
        Problem: there is none, or they may not know of it (404).
        Spoiled: what is kept of it cannot be read.
        Unavailable: the database does not answer.
    """
    number = paging.identifier(order_id, "order")
    async with connection(shared.pool) as acquired:
        found, rows = await together(
            acquired,
            standing_in(IN_ONE_TRIP, reader, order_id, ORDER),
            order_page.read(IN_ONE_TRIP, number, place, before_message),
        )
    return Seen(found, rows, place)


def links_of(given: Any) -> tuple[Link, ...]:
    """Return the links of an entry or a message that lead to the web; others are none."""
    if not isinstance(given, list | tuple):
        return ()
    found = (_link(one) for one in given if isinstance(one, str))
    return tuple(one for one in found if one is not None)


def _link(address: str) -> Link | None:
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host:
        return None
    name = parts.path.rstrip("/").rpartition("/")[2]
    return Link(address, name or host, host if name else "")
