"""An order's journal as it grows, and what is said on it: server-sent events, and tickets for
browsers that cannot send a token."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from api import order_feed, paging, render
from api.answers import Answer, KeyWithoutFields, answer_with, once
from api.auth.caller import SignedIn
from api.auth.stream_tickets import StreamTickets
from api.guard.strict_json import StrictRoute
from api.order_feed import FeedPart, Place
from api.problems import documented, invalid
from api.routes.orders import readable
from api.schemas.streams import StreamTicketView
from api.state import Services, Shared
from db import people
from db.errors import Unavailable
from db.events import JournalEntry
from db.messages import MessageRow
from db.pool import Connection, connection
from domain.vocabulary import Code

router = APIRouter(prefix="/v1/orders", tags=["orders"], route_class=StrictRoute)

GLANCE_SECONDS = 5.0
"""How often a stream looks for itself, should a notification have been missed."""

LONGEST_SECONDS = 3600
"""A stream ends after an hour, or before it with the token that it was opened with; the reader
comes back, with one that is still good."""


class Silence:
    """How long a stream has told nothing; proxies take one that is silent for too long for dead."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.broken()

    def broken(self) -> None:
        """Begin anew."""
        self._until = time.monotonic() + self._seconds

    @property
    def left(self) -> float:
        """Return for how many seconds it may go on."""
        return max(0.0, self._until - time.monotonic())

    @property
    def is_long(self) -> bool:
        """Return whether it has to be broken."""
        return self.left == 0


async def _order_id(order_id: paging.Id, caller: SignedIn, shared: Shared) -> UUID:
    row, _ = await readable(shared, caller, order_id)
    return UUID(row.order.id)


NUMBER = {"pattern": "^[0-9]{0,9}$"}


async def _ticket(
    request: Request,
    ticket: Annotated[
        str | None,
        Query(description="In place of a token, from `POST /v1/orders/{order_id}/stream-ticket`."),
    ] = None,
) -> None:
    # Who has come with it alone has been found out by the guards.
    if ticket is not None and "Authorization" in request.headers:
        raise invalid("query.ticket", "must not be sent beside Authorization; send one of them")


async def _after(
    last_event_id: Annotated[
        str | None,
        Header(
            alias="Last-Event-ID",
            description="Go on after this event.",
            json_schema_extra=NUMBER,
        ),
    ] = None,
    after: Annotated[
        str | None,
        Query(
            description="The same for who cannot send the header, which counts where both are.",
            json_schema_extra=NUMBER,
        ),
    ] = None,
) -> int:
    named = _number(after, "query.after")
    # A browser that comes back by itself sends it, and the address that it began with.
    return _number(last_event_id, "header.Last-Event-ID") or named


def _number(text: str | None, field: str) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdecimal()) or len(text) > 9:
        raise invalid(field, "is not the id of an event of this stream")
    return int(text)


@router.post(
    "/{order_id}/stream-ticket",
    operation_id="get_stream_ticket",
    status_code=201,
    response_model=StreamTicketView,
    responses=documented(Code.NOT_FOUND, Code.IDEMPOTENCY_KEY_REUSED),
)
async def stream_ticket(
    order_id: Annotated[UUID, Depends(_order_id)],
    caller: SignedIn,
    shared: Shared,
    key: KeyWithoutFields,
) -> Response:
    """A ticket with which a browser opens this order's stream, since its EventSource cannot send a
    token: `GET /v1/orders/{order_id}/stream?ticket=…`. It holds for a minute, or until the caller's
    token ends; a stream that it has opened goes on for as long as one that the token has. Within
    its minute it opens the stream again; beyond, ask for another one, and go on from `after`."""

    async def work(connection: Connection) -> Answer:
        # Whoever opens the stream later is asked what they have been since.
        await people.refresh_roles(connection, caller.id, caller.roles)
        ticket, until = StreamTickets(shared.keyring).issue(caller, order_id)
        expires_at = datetime.fromtimestamp(until, UTC)
        return answer_with(201, StreamTicketView(ticket=ticket, expires_at=expires_at))

    return (await once(shared.pool, key, work)).response()


@router.get(
    "/{order_id}/stream",
    operation_id="stream_order_events",
    dependencies=[Depends(_ticket)],
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
    Whoever goes on after an entry hears all again that was said since it. Comments say now and then
    that there is nothing new."""
    place: Place | None = None

    async def look() -> News:
        nonlocal place
        found = await _new(shared, order_id, after, place)
        if found is None:
            return News(())
        place = found.place
        return News(paging.shown(found.items, partial(_sent, order_id)), more=found.more)

    async with aclosing(following(shared, order_id, caller.seconds_left(), look)) as events:
        async for event in events:
            yield event


@dataclass(frozen=True)
class News:
    """What a look at an order found to tell, and whether there is more of it already."""

    events: Sequence[ServerSentEvent]
    more: bool = False


async def following(
    shared: Services, order_id: UUID, seconds: float, look: Callable[[], Awaitable[News]]
) -> AsyncGenerator[ServerSentEvent]:
    """Yield what a look at an order finds, whenever the order has grown, for so many seconds (an
    hour at the most) or until the API is told to end."""
    with shared.listener.watching(order_id) as grown:
        try:
            async with asyncio.timeout(min(LONGEST_SECONDS, seconds)):
                silence = Silence(shared.stream_heartbeat)
                while not shared.listener.is_closed:
                    grown.clear()
                    found = await look()
                    for event in found.events:
                        yield event
                        silence.broken()
                    if silence.is_long:
                        yield ServerSentEvent(comment="nothing new")
                        silence.broken()
                    if not found.more:
                        await _until(grown, min(GLANCE_SECONDS, silence.left))
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


async def _until(grown: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await grown.wait()
    except TimeoutError:
        return
