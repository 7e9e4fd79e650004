"""An order's journal as it grows, and what is said on it: server-sent events."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent

from api import order_feed, paging, render
from api.auth.caller import SignedIn
from api.guard.strict_json import StrictRoute
from api.order_feed import FeedPart, Place
from api.problems import documented, invalid
from api.routes.orders import readable
from api.state import Services, Shared
from db.errors import Unavailable
from db.events import JournalEntry
from db.messages import MessageRow
from db.pool import connection
from domain.vocabulary import Code

router = APIRouter(prefix="/v1/orders", tags=["orders"], route_class=StrictRoute)

GLANCE_SECONDS = 5.0
"""How often a stream looks for itself, should a notification have been missed."""

LONGEST_SECONDS = 3600
"""A stream ends after an hour, or before it with the token that it was opened with; the reader
comes back, with one that is still good."""


async def _order_id(order_id: paging.Id, caller: SignedIn, shared: Shared) -> UUID:
    row, _ = await readable(shared, caller, order_id)
    return UUID(row.order.id)


def _after(
    last_event_id: Annotated[
        str | None,
        Header(
            alias="Last-Event-ID",
            description="Go on after this event.",
            json_schema_extra={"pattern": "^[0-9]{0,9}$"},
        ),
    ] = None,
) -> int:
    if last_event_id is None or last_event_id == "":
        return 0
    if not last_event_id.isdecimal() or len(last_event_id) > 9:
        raise invalid("header.Last-Event-ID", "is not the id of an event of this stream")
    return int(last_event_id)


@router.get(
    "/{order_id}/stream",
    operation_id="stream_order_events",
    response_class=EventSourceResponse,
    responses=documented(Code.NOT_FOUND),
)
async def stream(
    order_id: Annotated[UUID, Depends(_order_id)],
    after: Annotated[int, Depends(_after)],
    caller: SignedIn,
    shared: Shared,
) -> AsyncIterator[ServerSentEvent]:
    """The journal from its beginning or from after Last-Event-ID, and then as it grows: each event
    `journal` has its sequence number as id and an entry of the journal as data. Between them comes
    what is said on the order: events `message`, each with a message as data and without an id.
    Whoever goes on after an entry hears all again that was said since it."""
    with shared.listener.watching(order_id) as grown:
        try:
            async with asyncio.timeout(min(LONGEST_SECONDS, caller.seconds_left())):
                place: Place | None = None
                while not shared.listener.is_closed:
                    grown.clear()
                    found = await _new(shared, order_id, after, place)
                    if found is not None:
                        for event in paging.shown(found.items, partial(_sent, order_id)):
                            yield event
                        place = found.place
                    if found is None or not found.more:
                        await _until(grown)
        except TimeoutError:
            return


async def _new(
    shared: Services, order_id: UUID, after: int, place: Place | None
) -> FeedPart | None:
    """Return what is new; None while the database is away."""
    try:
        async with connection(shared.pool) as acquired:
            start = place or await order_feed.place_after(acquired, order_id, after)
            return await order_feed.page(acquired, order_id, start)
    except Unavailable:
        return None


def _sent(order_id: UUID, row: JournalEntry | MessageRow) -> ServerSentEvent:
    if isinstance(row, MessageRow):
        # Without an id: a reader comes back after an entry of the journal, whatever came since.
        said = render.message(order_id, row).model_dump(mode="json")
        return ServerSentEvent(data=said, event="message")
    entry = render.event(order_id, row).model_dump(mode="json")
    return ServerSentEvent(data=entry, event="journal", id=str(row.seq))


async def _until(grown: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(GLANCE_SECONDS):
            await grown.wait()
    except TimeoutError:
        return
