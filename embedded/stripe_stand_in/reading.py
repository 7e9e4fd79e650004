"""What the stand-in has booked, holds and has told."""

from fastapi import APIRouter, Request

from embedded.stripe_stand_in.checkout import Here
from embedded.stripe_stand_in.payouts import owner_of
from embedded.stripe_stand_in.wire import Json, ListParams, asked, page
from embedded.stripe_stand_in.world import PLATFORM

router = APIRouter(prefix="/v1")


class BookedList(ListParams):
    """Which bookings."""

    type: str | None = None
    source: str | None = None


@router.get("/balance_transactions")
async def booked(request: Request, world: Here) -> Json:
    """Every movement of a balance."""
    params, asker = await asked(request, BookedList), owner_of(request, world)
    rows = [
        row
        for owner, row in world.booked
        if owner == asker
        and params.type in (None, row["type"])
        and params.source in (None, row["source"])
    ]
    found = page(rows, params, "/v1/balance_transactions")
    return {**found, "data": [world.expanded(row, params.expand) for row in found["data"]]}


@router.get("/balance")
async def balance(request: Request, world: Here) -> Json:
    """What somebody has."""
    owner = owner_of(request, world)
    waiting = world.pending if owner is PLATFORM else {}
    available = [_part(world.available(owner, one), one) for one in world.balance(owner)]
    pending = [_part(amount, currency) for currency, amount in waiting.items()]
    return {"object": "balance", "available": available, "pending": pending, "livemode": False}


def _part(amount: int, currency: str) -> Json:
    return {"amount": amount, "currency": currency, "source_types": {"card": amount}}


@router.get("/events")
async def events(request: Request, world: Here) -> Json:
    """What was told, whoever heard of it."""
    return page(world.every("event"), await asked(request, ListParams), "/v1/events")


@router.get("/events/{name}")
async def event(name: str, world: Here) -> Json:
    """An event."""
    return world.found("event", name)
