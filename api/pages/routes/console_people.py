"""People as operators find them, and all that belongs to one."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import TypeAdapter
from starlette.responses import Response

from api import paging, render
from api.pages.console.columns import BESIDE, HEADS
from api.pages.console.lines import order_lines
from api.pages.console.order_query import read_one
from api.pages.console.transfer_query import readable
from api.pages.console.words import TRANSFERS
from api.pages.page import show
from api.pages.reader import Operating
from api.routes.notifications import notices_of
from api.routes.sellers import view as reputation_view
from api.routes.users import view as user_view
from api.routes.wallets import POSITION, wallet_in
from api.schemas.ledger import WalletView
from api.state import Shared
from db import (
    order_search,
    people_search,
    reputation,
    transfers,
    users,
    wallet_entries,
)
from db.notifications import InboxOwner
from db.order_search import Sought
from db.pool import Connection, connection
from db.together import IN_ONE_TRIP, together
from db.transfers import Transfer, Wanted
from db.wallet_entries import WalletEntry
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
    """Somebody's wallet, transfers, orders, rate and notices. Of whoever is named elsewhere there
    is a page, also where nothing is known of them: an operator without an order, a machine."""
    before = paging.read(cursor or None, POSITION)
    bought, sold = Sought(buyer_ids=[user_id]), Sought(seller_ids=[user_id])
    async with connection(shared.pool) as acquired:
        found = await users.get(acquired, user_id)
        (wallet, rows, moved), buys, sells, rate, notices = await together(
            acquired,
            _money_of(IN_ONE_TRIP, user_id, before),
            order_search.page(IN_ONE_TRIP, bought, None, SHOWN, with_needs=True),
            order_search.page(IN_ONE_TRIP, sold, None, SHOWN, with_needs=True),
            reputation.of_seller(IN_ONE_TRIP, user_id, reader.now),
            notices_of(IN_ONE_TRIP, InboxOwner(user_id, ()), reader.locale, None, SHOWN),
        )
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
        person=user_view(user_id, found or users.NOBODY),
        is_known=found is not None,
        balances=wallet.balances,
        owed=wallet.receivable,
        kept_back=[one for one in wallet.disputed if one.amount],
        entries=entries.items,
        following=entries.next_cursor,
        transfers=paging.shown(moved, readable),
        kinds=TRANSFERS,
        bought=order_lines(request, reader, buys.rows),
        sold=order_lines(request, reader, sells.rows),
        heads=HEADS,
        columns=BESIDE,
        rate=reputation_view(rate),
        notices=notices.items,
    )


async def _money_of(
    connection: Connection, user_id: str, before: tuple[int, int] | None
) -> tuple[WalletView, list[WalletEntry], list[Transfer]]:
    return await together(
        connection,
        wallet_in(IN_ONE_TRIP, user_id),
        wallet_entries.entries(IN_ONE_TRIP, user_id, before, ENTRIES + 1),
        transfers.page(IN_ONE_TRIP, Wanted(user_id=user_id), None, SHOWN),
    )
