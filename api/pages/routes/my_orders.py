"""My orders: what waits for its reader first, and what comes of it if they do nothing."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api import paging
from api.auth.caller import demand
from api.auth.tokens import Authority
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
from api.routes.orders import POSITION
from api.state import Shared
from db import order_search, orders
from db.order_search import FoundOrders, Place
from db.pool import Connection, connection

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
    demand(reader.caller, Authority.USER)
    after = paging.read(cursor, POSITION)
    async with connection(shared.pool) as acquired:
        has = await orders.sides_of(acquired, reader.caller.id)
        chosen = List.read(reader.caller.id, side, state, q, has)
        running, rest = await _found(acquired, chosen, after)
    shown, beyond = _part(rest)
    own = rows(shown, reader)
    at_work = rows(running.rows[:RUNNING_AT_ONCE], reader) if running else []
    return show(
        request,
        reader,
        "my_orders.html",
        list=chosen,
        tabs=tabs(chosen, has),
        groups=groups(at_work, own) if running else [],
        rows=own,
        older=None if beyond is None else paging.written(beyond),
        is_later_part=cursor is not None,
        has_more_running=running is not None and len(running.rows) > RUNNING_AT_ONCE,
        is_filter_shown=chosen.is_filtered or len(at_work) + len(own) >= FEW or beyond is not None,
        choices=[{"value": one, "label": label} for one, (label, _) in CHOICES.items()],
    )


async def _found(
    acquired: Connection, chosen: List, after: Place | None
) -> tuple[FoundOrders | None, FoundOrders]:
    """Return what runs, where that is shown by itself, and a part of the rest or of what is
    sought."""
    running = None
    if not chosen.is_filtered and after is None:
        sought = chosen.sought(Choice.RUNNING)
        running = await order_search.page(acquired, sought, None, RUNNING_AT_ONCE + 1)
    rest = chosen.sought(chosen.choice if chosen.is_filtered else Choice.ENDED)
    return running, await order_search.page(acquired, rest, after, PART + 1)


def _part(found: FoundOrders) -> tuple[list[order_search.Listed], Place | None]:
    shown = found.rows[:PART]
    if len(found.rows) > PART:
        return shown, (shown[-1].at, shown[-1].id)
    return shown, found.beyond
