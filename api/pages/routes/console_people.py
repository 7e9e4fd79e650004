"""People as operators find them, and all that belongs to one."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import TypeAdapter
from starlette.responses import Response

from api import paging, render
from api.pages.console.lines import order_lines
from api.pages.console.order_query import read_one
from api.pages.console.words import TRANSFERS
from api.pages.page import show
from api.pages.reader import Operating
from api.routes.notifications import list_notifications
from api.routes.sellers import view as reputation_view
from api.routes.users import get_user
from api.routes.wallets import POSITION
from api.state import Shared
from db import order_search, people_search, reputation, transfers, wallet_entries, wallets
from db.notifications import InboxOwner
from db.order_search import Sought
from db.pool import connection
from db.transfers import Wanted
from domain.identifiers import Identifier

router = APIRouter(prefix="/console/people", include_in_schema=False)

_TEXT: TypeAdapter[str] = TypeAdapter(Identifier)
SHOWN = 10
ENTRIES = 20


@router.get("")
async def people(
    request: Request, reader: Operating, shared: Shared, q: Annotated[str, Query()] = ""
) -> Response:
    """People by their id or name."""
    text = read_one("q", q.strip(), _TEXT)
    found = []
    if text:
        async with connection(shared.pool) as acquired:
            found = await people_search.found(acquired, text)
    return show(request, reader, "console/people.html", q=text or "", found=found)


@router.get("/{user_id:path}")
async def person(
    request: Request,
    user_id: Annotated[Identifier, Path()],
    reader: Operating,
    shared: Shared,
    cursor: paging.Cursor = None,
) -> Response:
    """Somebody's wallet, transfers, orders, rate and notices."""
    known = await get_user(user_id, reader.caller, shared)
    before = paging.read(cursor or None, POSITION)
    async with connection(shared.pool) as acquired:
        balances = await wallets.balances(acquired, user_id)
        rows = await wallet_entries.entries(acquired, user_id, before, ENTRIES + 1)
        moved = await transfers.page(acquired, Wanted(user_id=user_id), None, SHOWN)
        bought, sold = Sought(buyer_ids=[user_id]), Sought(seller_ids=[user_id])
        buys = await order_search.page(acquired, bought, None, SHOWN, with_needs=True)
        sells = await order_search.page(acquired, sold, None, SHOWN, with_needs=True)
        rate = reputation_view(await reputation.of_seller(acquired, user_id, reader.now))
    notices = await list_notifications(InboxOwner(user_id, ()), reader.locale, shared, limit=SHOWN)
    entries = paging.page(
        rows,
        ENTRIES,
        lambda row: render.entry(row, reader.language),
        lambda row: [row.tx_id, row.leg],
    )
    return show(
        request,
        reader,
        "console/person.html",
        person=known,
        balances=[render.balance(one) for one in balances],
        entries=entries.items,
        following=entries.next_cursor,
        transfers=moved,
        kinds=TRANSFERS,
        bought=order_lines(request, reader, shared, buys.rows),
        sold=order_lines(request, reader, shared, sells.rows),
        rate=rate,
        notices=notices.items,
    )
