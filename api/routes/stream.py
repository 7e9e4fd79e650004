"""An order's journal as it grows: server-sent events."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent

from api import paging, render
from api.auth.caller import SignedIn
from api.guard.strict_json import StrictRoute
from api.problems import documented, invalid
from api.routes.orders import readable
from api.state import Services, Shared
from db import events
from db.errors import Unavailable
from db.events import JournalEntry, JournalPart
from db.pool import connection
from domain.vocabulary import Code

router = APIRouter(prefix="/v1/orders", tags=["orders"], route_class=StrictRoute)

AT_ONCE = 100
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
    """The journal from its beginning or from after Last-Event-ID, and then as it grows. Each event
    has its sequence number as id and an entry of the journal as data."""
    with shared.listener.watching(order_id) as grown:
        try:
            async with asyncio.timeout(min(LONGEST_SECONDS, caller.seconds_left())):
                while not shared.listener.is_closed:
                    grown.clear()
                    found = await _new(shared, order_id, after)
                    for event in paging.shown(found.entries, partial(_sent, order_id)):
                        yield event
                    after = found.entries[-1].seq if found.entries else after
                    if not found.more:
                        await _until(grown)
        except TimeoutError:
            return


async def _new(shared: Services, order_id: UUID, after: int) -> JournalPart:
    try:
        async with connection(shared.pool) as acquired:
            return await events.page(acquired, order_id, after, AT_ONCE)
    except Unavailable:
        return JournalPart([], more=False)


def _sent(order_id: UUID, row: JournalEntry) -> ServerSentEvent:
    entry = render.event(order_id, row).model_dump(mode="json")
    return ServerSentEvent(data=entry, event="journal", id=str(row.seq))


async def _until(grown: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(GLANCE_SECONDS):
            await grown.wait()
    except TimeoutError:
        return
