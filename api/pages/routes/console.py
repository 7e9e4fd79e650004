"""The operators' home, and its charts."""

import asyncio
from contextlib import suppress

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from api.gateway import GatewayError
from api.pages.console import charts, overview
from api.pages.console.columns import HEADS, USUAL
from api.pages.console.lines import order_lines
from api.pages.console.overview import Machinery
from api.pages.page import show
from api.pages.reader import Operating
from api.state import Services, Shared
from db import console, console_history, last_checks, worker_heartbeats
from db.pool import connection
from db.together import IN_ONE_TRIP, together
from domain.vocabulary import State
from infra.routing import Crew
from texts.labels import STATES

router = APIRouter(prefix="/console", include_in_schema=False)

GLANCE_SECONDS = 1.0
"""How long the page waits for Temporal to say that it is there."""


@router.get("")
async def home(request: Request, reader: Operating, shared: Shared) -> Response:
    """What needs a person."""
    asking = asyncio.create_task(_crews(shared))
    async with connection(shared.pool) as acquired:
        found, checks, alive = await together(
            acquired,
            console.overview(IN_ONE_TRIP, reader.now),
            last_checks.read(IN_ONE_TRIP),
            worker_heartbeats.lately_alive(IN_ONE_TRIP),
        )
        line = await console.in_line(acquired, found.first)
    asked = Machinery.found(await asking, alive)
    last = checks[0] if checks else None
    return show(
        request,
        reader,
        "console/home.html",
        found=found,
        needing=overview.needing(found, last),
        tiles=overview.tiles(found, checks, reader, takes_payments=shared.payments.takes_payments),
        lights=overview.lights(found, checks, asked, reader),
        lines=order_lines(request, reader, line),
        heads=HEADS,
        columns=USUAL,
        states=_ranked(found),
        labels=STATES,
        most=max(found.states.values(), default=0),
        currencies=sorted(found.escrow, key=lambda one: -found.escrow[one]),
    )


def _ranked(found: console.Overview) -> list[tuple[State, int]]:
    return sorted(found.states.items(), key=lambda one: -one[1])


async def _crews(shared: Services) -> list[Crew] | None:
    """Return to whom Temporal gives the orders; None where it does not say so at a glance."""
    with suppress(GatewayError, TimeoutError):
        async with asyncio.timeout(GLANCE_SECONDS):
            return await shared.gateway.crews()
    return None


@router.get("/charts/escrow")
async def escrow(reader: Operating, shared: Shared, currency: str = "") -> Response:
    """What the chart of money in escrow is drawn from, of one currency."""
    async with connection(shared.pool) as acquired:
        found = await console_history.escrow(acquired, reader.now)
    return _drawn(charts.drawn_escrow(found, _known(currency, found), reader))


def _known(currency: str, found: console_history.Series) -> str:
    """Return the currency that is asked for, or the one with most in escrow."""
    if currency in found.values:
        return currency
    return max(found.values, key=lambda one: found.values[one][-1], default="EUR")


@router.get("/charts/orders")
async def states(reader: Operating, shared: Shared) -> Response:
    """What the chart of open orders by state is drawn from."""
    async with connection(shared.pool) as acquired:
        found = await console_history.states(acquired, reader.now)
    return _drawn(charts.drawn_states(found, reader))


def _drawn(document: dict[str, object]) -> JSONResponse:
    return JSONResponse(document, headers={"Cache-Control": "no-store"})


@router.get("/charts/escrow/table")
async def escrow_table(request: Request, reader: Operating, shared: Shared) -> Response:
    """Money in escrow in words: by day, and by the age of its order."""
    async with connection(shared.pool) as acquired:
        found, aged = await together(
            acquired,
            console_history.escrow(IN_ONE_TRIP, reader.now),
            console_history.escrow_by_age(IN_ONE_TRIP, console.MOST),
        )
    table = charts.table_of_escrow(found, reader)
    return show(request, reader, "console/escrow.html", table=table, aged=aged)


@router.get("/charts/orders/table")
async def states_table(request: Request, reader: Operating, shared: Shared) -> Response:
    """Open orders by state in words."""
    async with connection(shared.pool) as acquired:
        found = await console_history.states(acquired, reader.now)
    table = charts.table_of_states(found, reader)
    return show(request, reader, "console/states.html", table=table)
