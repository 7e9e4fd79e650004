"""A seller's own reputation: the rate, what it does, and the orders behind it."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from api import paging
from api.auth.capabilities import Capability, demand
from api.pages.page import show
from api.pages.reader import Reader, SignedIn
from api.routes.sellers import POSITION
from api.state import Shared
from db import reputation
from db.pool import connection
from db.reputation import EndedOrder
from db.together import IN_ONE_TRIP, together
from domain.reputation import SHOWN_FROM, Band, Reputation
from domain.vocabulary import Count, State
from texts.catalogue import msg
from texts.labels import COUNTS, STATES

router = APIRouter(include_in_schema=False)
PART = 20

BANDS: dict[Band, tuple[str, str, str]] = {
    Band.GREEN: (
        "good",
        msg("Very good"),
        msg("Your services are listed among the first."),
    ),
    Band.ORANGE: (
        "you",
        msg("Middling"),
        msg("Your services are listed after those of sellers with a very good rate."),
    ),
    Band.RED: (
        "bad",
        msg("Low"),
        msg("Your services are listed after all others."),
    ),
}
"""By the band of a rate: its tone, its name, and what it does."""


@router.get("/reputation")
async def own(
    request: Request, reader: SignedIn, shared: Shared, cursor: paging.Cursor = None
) -> Response:
    """Show the rate, what one more cancellation would make of it, and the orders that count."""
    demand(reader.caller, Capability.TRADE)
    position = paging.read(cursor, POSITION)
    now, before = (position[0], position[1:]) if position else (reader.now, None)
    async with connection(shared.pool) as acquired:
        found, behind = await together(
            acquired,
            reputation.of_seller(IN_ONE_TRIP, reader.caller.id, now),
            reputation.orders_behind(IN_ONE_TRIP, reader.caller.id, now, before, PART + 1),
        )
    return show(
        request,
        reader,
        "reputation.html",
        found=found,
        now_told=_told(found, reader),
        then_told=_told(found.with_one_more(Count.CANCELLED), reader),
        missing=max(0, SHOWN_FROM - found.completed - found.cancelled),
        rows=paging.shown(behind[:PART], lambda one: _row(one, reader)),
        older=paging.onward(behind, PART, lambda one: [now, one.ended_at, one.order_id]),
        is_later_part=position is not None,
    )


def _told(found: Reputation, reader: Reader) -> dict[str, str] | None:
    """Return how a rate is told; None of one that is not shown."""
    if found.completion_rate is None or found.band is None:
        return None
    tone, name, effect = BANDS[found.band]
    say = reader.formatter.say
    return {
        "rate": reader.formatter.percent(found.completion_rate),
        "tone": tone,
        "band": say(name),
        "effect": say(effect),
        "share": f"{found.completion_rate:.4f}",
    }


def _row(order: EndedOrder, reader: Reader) -> dict[str, object]:
    say = reader.formatter.say
    count = Count(order.counts_as)
    return {
        "id": order.order_id,
        "title": order.title,
        "state": say(STATES[State(order.state)]),
        "at": order.ended_at,
        "count": say(COUNTS[count]),
        "tone": "good" if count is Count.COMPLETED else "bad",
    }
