"""My orders: what waits for its reader first, and what comes of it if they do nothing."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api import paging
from api.auth.capabilities import Capability, demand
from api.pages.order_lists import (
    CHOICES,
    FEW,
    RUNNING_AT_ONCE,
    Choice,
    List,
    groups,
    rows,
    tabs,
)
from api.pages.page import show
from api.pages.reader import SignedIn
from api.state import Shared
from db import order_search, orders
from db.order_search import FoundOrders, Place
from db.orders import Listed
from db.pool import connection
from db.together import IN_ONE_TRIP, together

router = APIRouter(include_in_schema=False)
PART = 20


@router.get("/orders")
async def my_orders(
    request: Request,
    reader: SignedIn,
    shared: Shared,
    side: Annotated[str, Query(alias="as")] = "",
    state: str = "",
    q: str = "",
    cursor: paging.Cursor = None,
) -> Response:
    """Show the orders of one side: what runs, by whose move it is, and what has ended. A filter, or
    what is older, is one list, the newest first."""
    demand(reader.caller, Capability.TRADE)
    after = paging.read(cursor, paging.BY_INSTANT)
    asked = List.read(reader.caller.id, side, state, q)
    async with connection(shared.pool) as acquired:
        has, found, text = await together(
            acquired,
            orders.sides_of(IN_ONE_TRIP, reader.caller.id),
            order_search.page(IN_ONE_TRIP, asked.running, None, RUNNING_AT_ONCE + 1),
            order_search.text_of(IN_ONE_TRIP, asked.with_words),
        )
        running = rows(found.rows[:RUNNING_AT_ONCE], reader)
        chosen = asked.on(has, running)
        sought = chosen.sought(chosen.choice if chosen.is_filtered else Choice.ENDED)
        rest = await order_search.page(acquired, sought, after, PART + 1, text=text)
    shown, beyond = _part(rest)
    own = rows(shown, reader)
    is_grouped = not chosen.is_filtered and after is None
    here = [row for row in running if row.role is chosen.role]
    return show(
        request,
        reader,
        "my_orders.html",
        list=chosen,
        tabs=tabs(chosen, has, running, reader),
        groups=groups(here, own) if is_grouped else [],
        rows=[] if is_grouped else own,
        older=None if beyond is None else paging.written(beyond),
        is_later_part=after is not None,
        has_more_running=len(found.rows) > RUNNING_AT_ONCE,
        is_filter_shown=chosen.is_filtered or len(here) + len(own) >= FEW or beyond is not None,
        choices=[{"value": one, "label": label} for one, (label, _) in CHOICES.items()],
    )


def _part(found: FoundOrders) -> tuple[list[Listed], Place | None]:
    shown = found.rows[:PART]
    if len(found.rows) > PART:
        return shown, (shown[-1].at, shown[-1].id)
    return shown, found.beyond
