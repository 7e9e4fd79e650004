"""Orders as operators look for them, as a page and as a file."""

from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from api import paging
from api.pages.console.columns import HEADS
from api.pages.console.lines import order_lines
from api.pages.console.order_query import BY_CHANGE, OrderQuery, read_query
from api.pages.console.words import NEEDS, PAYMENTS
from api.pages.page import show
from api.pages.reader import Operating, Reader
from api.routes.orders import view
from api.state import Services, Shared
from api.tables.columns import columns_of
from api.tables.download import CsvDownload
from db import order_search
from db.order_search import FoundOrders
from db.pool import connection
from db.together import IN_ONE_TRIP, together
from documents.order import OrderView
from texts.labels import STATES

router = APIRouter(prefix="/console", include_in_schema=False)

ON_A_PAGE = 50
IN_A_PART = 100
COUNTED = 1_000


@router.get("/orders")
async def orders(
    request: Request, reader: Operating, shared: Shared, cursor: paging.Cursor = None
) -> Response:
    """Orders, by whatever they are looked for."""
    query, after = read_query(request.query_params), paging.read(cursor or None, paging.BY_INSTANT)
    async with connection(shared.pool) as acquired:
        text = await order_search.text_of(acquired, query.sought)
        found, (counted, is_all) = await together(
            acquired,
            order_search.page(
                IN_ONE_TRIP, query.sought, after, ON_A_PAGE + 1, with_needs=True, text=text
            ),
            order_search.count(IN_ONE_TRIP, query.sought, COUNTED, text),
        )
    return show(
        request,
        reader,
        "console/orders.html",
        query=query,
        lines=order_lines(request, reader, found.rows[:ON_A_PAGE]),
        counted=counted,
        is_all=is_all,
        following=_following(query, found),
        states=STATES,
        needs=NEEDS,
        payments=PAYMENTS,
        heads=HEADS,
        chips=query.chips(reader),
        sorts=_sorts(query),
    )


def _following(query: OrderQuery, found: FoundOrders) -> str:
    """Return the address of the next part; nothing at the end."""
    if len(found.rows) > ON_A_PAGE:
        last = found.rows[ON_A_PAGE - 1]
        return query.address(cursor=paging.written([last.at, last.id]))
    return query.address(cursor=paging.written(found.beyond)) if found.beyond else ""


def _sorts(query: OrderQuery) -> dict[str, tuple[str, str]]:
    """Return where each head that sorts leads, and whether the list goes by it."""
    if query.sort == BY_CHANGE:
        return {"placed": (query.address(sort=None), ""), "changed": (query.address(), "ascending")}
    return {
        "placed": (query.address(), "descending"),
        "changed": (query.address(sort=BY_CHANGE), ""),
    }


@router.get("/orders.csv")
async def orders_as_file(request: Request, reader: Operating, shared: Shared) -> Response:
    """The same list, all of it, with the columns that the API's has."""
    query = read_query(request.query_params)
    await shared.exports.note(reader.caller, "orders")
    parts = _parts(shared, reader, query)
    return CsvDownload("orders", columns_of(OrderView), parts, {"Cache-Control": "no-store"})


async def _parts(shared: Services, reader: Reader, query: OrderQuery) -> AsyncIterator[list[Any]]:
    after: order_search.Place | None = None
    while True:
        async with connection(shared.pool) as acquired:
            found = await order_search.page(acquired, query.sought, after, IN_A_PART)
        shown = paging.shown(found.rows, lambda one: view(one.read(), reader.caller))
        yield [one.model_dump(mode="json") for one in shown]
        if len(found.rows) == IN_A_PART:
            after = (found.rows[-1].at, found.rows[-1].id)
        elif found.beyond is not None:
            after = found.beyond
        else:
            return
