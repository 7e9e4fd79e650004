"""The feed: everything that happened to all orders, and all that went in and out, for a backend
that was away as for one that asks every second."""

from itertools import takewhile
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AfterValidator, Field

from api import paging
from api.auth.caller import SignedIn
from api.auth.capabilities import Capability, demand
from api.feed_sources import Told, id_of, is_known, subject_of, told
from api.guard.strict_json import StrictRoute
from api.problems import documented, invalid, not_now
from api.schemas.feed import FeedPage
from api.state import Shared
from db import feed, restorations
from db.errors import Spoiled
from db.feed import FeedEntry
from db.pool import Connection, connection
from documents.feed import TYPES, FeedEvent
from domain.operator_text import instant
from domain.vocabulary import Code

NUMBERED_AT_ONCE = 1_000
"""Entries that a reader gives their numbers before it is answered; those beyond come by and by."""

router = APIRouter(prefix="/v1/events", tags=["feed"], route_class=StrictRoute)


def _known(name: str) -> str:
    if name not in TYPES:
        raise ValueError(f"is no type of event; there are: {', '.join(TYPES)}")
    return name


Type = Annotated[str, AfterValidator(_known), Field(json_schema_extra={"enum": list(TYPES)})]
After = Annotated[
    str | None,
    Query(
        max_length=100,
        description="The `id` of the last event that you have; left out, the feed begins with the"
        " first.",
        json_schema_extra={"pattern": "^evt_[a-z0-9_]+$"},
    ),
]


@router.get(
    "",
    operation_id="list_events",
    response_model=FeedPage,
    responses=documented(Code.FORBIDDEN),
)
async def list_events(
    caller: SignedIn,
    shared: Shared,
    after: After = None,
    types: Annotated[
        list[Type] | None, Query(alias="type", description="Only events of these types.")
    ] = None,
    limit: paging.Limit = 50,
) -> FeedPage:
    """Every step of every order, every message, every top-up and payout, and every dispute of a
    payment, in one order that never changes: no event is ever put before one that somebody has
    read. Kept for ever. For those who operate."""
    demand(caller, Capability.READ_ALL)
    wanted = list(dict.fromkeys(types or ()))
    async with connection(shared.pool) as acquired:
        # Whatever was committed before this has its place in it, whoever else is at work or is not.
        waits = await feed.give_numbers(acquired, NUMBERED_AT_ONCE)
        begin = await _position(acquired, after)
        last = await feed.last(acquired)
        up_to = last.number if last else 0
        found = await feed.page(acquired, begin, up_to, wanted, limit + 1)
        # What only a newer release tells of is waited for: left out, it would be hidden for ever
        # from whoever goes on behind it.
        entries = list(takewhile(is_known, found))
        events = await told(acquired, entries[:limit])
    items, taken = paging.weighed(entries[:limit], lambda entry: _shown(entry, events))
    if taken < len(entries):
        return FeedPage(items=items, next_cursor=id_of(entries[taken - 1]), more=True)
    is_whole = len(entries) == len(found)
    if is_whole and (last is None or is_known(last)):
        return FeedPage(items=items, next_cursor=id_of(last) if last else None, more=waits)
    reached = id_of(entries[-1]) if entries else after
    return FeedPage(items=items, next_cursor=reached, more=is_whole and waits)


async def _position(acquired: Connection, after: str | None) -> int:
    """Return the number of an event that somebody has read; 0 where they have read none.

    Raises:
        Problem: there is no such event (422), or it has no number yet (503).
    """
    if after is None:
        return 0
    subject = subject_of(after)
    found = await feed.entry(acquired, subject) if subject else None
    if found is not None:
        return found.number
    if subject and await feed.waits(acquired, subject):
        raise not_now("What happened up to that event is still being brought into the feed.")
    raise invalid("query.after", await _unknown(acquired))


async def _unknown(acquired: Connection) -> str:
    """Say what to send instead of an id that no event has."""
    restoration = await restorations.latest(acquired)
    if restoration is None:
        return (
            "is the id of no event here; send the id of one that you were given, or leave it out to"
            " begin with the first"
        )
    last = restoration.last
    begin = f"with {id_of(last)}" if last and is_known(last) else "from the beginning"
    return (
        "is the id of no event here. The service went back to a backup, which was noted at"
        f" {instant(restoration.at)}: of what you were told before, what came after the backup is"
        f" gone. Go on {begin}"
    )


def _shown(entry: FeedEntry, events: Told) -> FeedEvent:
    event = events.get(entry.subject)
    if isinstance(event, FeedEvent):
        return event
    raise event or Spoiled(f"event {id_of(entry)} of the feed", "nothing is there")
