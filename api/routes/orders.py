"""Orders: placing and reading them."""

from functools import partial
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import TypeAdapter

from api import paging, render
from api.action_service import etag
from api.answers import KeyHeader, required_key
from api.auth.caller import SignedIn
from api.auth.capabilities import Capability, can, demand
from api.auth.order_roles import CallerRoles, demand_roles, roles_in
from api.auth.tokens import Caller
from api.guard.strict_json import StrictRoute
from api.openapi.headers import ETAG, location
from api.order_filters import SoughtOrders
from api.placing import placed_once
from api.problems import documented, not_found
from api.schemas.base import Page
from api.schemas.ledger import PostingView
from api.schemas.orders import EventView, NewOrder, RequestView
from api.state import Shared
from db import (
    events,
    order_search,
    orders,
    requests,
    wallets,
)
from db.errors import Spoiled
from db.orders import OrderRow
from db.pool import Connection, connection
from db.together import IN_ONE_TRIP, together
from documents.order import OrderView
from domain.vocabulary import Code

router = APIRouter(prefix="/v1/orders", tags=["orders"], route_class=StrictRoute)

SEQUENCE: TypeAdapter[paging.Number] = TypeAdapter(paging.Number)


@router.post(
    "",
    operation_id="place_order",
    status_code=201,
    response_model=OrderView,
    responses={
        201: {"headers": location("the order") | ETAG},
        **documented(
            Code.IDEMPOTENCY_KEY_REQUIRED,
            Code.INSUFFICIENT_FUNDS,
            Code.FORBIDDEN,
            Code.NOT_FOUND,
            Code.SERVICE_ARCHIVED,
            Code.EXTERNAL_ID_TAKEN,
            Code.VERSION_MISMATCH,
            Code.IDEMPOTENCY_KEY_REUSED,
        ),
    },
)
async def place_order(
    request: Request, caller: SignedIn, shared: Shared, body: NewOrder, key: KeyHeader = None
) -> Response:
    """Place an order; its price goes from the caller's wallet into escrow. Requires a key. It is
    placed on the service's terms of one moment; name the `service_version` that the buyer saw, and
    it is placed on these or refused (412)."""
    demand(caller, Capability.TRADE)
    keyed = required_key(request, caller, key, body)
    return (await placed_once(shared, caller, body, keyed)).response()


@router.get(
    "",
    operation_id="list_orders",
    response_model=Page[OrderView],
    responses=documented(Code.FORBIDDEN),
)
async def list_orders(
    caller: SignedIn,
    shared: Shared,
    sought: SoughtOrders,
    cursor: paging.Cursor = None,
    limit: paging.Limit = 20,
) -> Page[OrderView]:
    """The caller's orders, newest first; an operator's list without a role holds all orders. Where
    few of many are sought, a part can hold fewer than its `limit`, or none: the list goes on for
    as long as there is a `next_cursor`."""
    after = paging.read(cursor, paging.BY_INSTANT)
    async with connection(shared.pool) as acquired:
        found = await order_search.page(acquired, sought, after, limit + 1)
    return paging.page(
        found.rows,
        limit,
        lambda one: view(one.read(), caller),
        lambda one: [one.at, one.id],
        found.beyond,
    )


def view(row: OrderRow, caller: Caller) -> OrderView:
    """An order in a list: whoever sees the list sees it, whatever they are to it."""
    return render.order(row, roles_in(row.order, caller))


@router.get(
    "/{order_id}",
    operation_id="get_order",
    response_model=OrderView,
    responses={200: {"headers": ETAG}, **documented(Code.NOT_FOUND)},
)
async def get_order(
    order_id: paging.Id, caller: SignedIn, shared: Shared, response: Response
) -> OrderView:
    """One order, with what the caller may do now. Its ETag is its version."""
    row, roles = await readable(shared, caller, order_id)
    response.headers["ETag"] = etag(row.order)
    return render.order(row, roles)


@router.get(
    "/{order_id}/events",
    operation_id="list_order_events",
    response_model=Page[EventView],
    responses=documented(Code.NOT_FOUND),
)
async def get_events(
    order_id: paging.Id,
    caller: SignedIn,
    shared: Shared,
    cursor: paging.Cursor = None,
    limit: paging.Limit = 100,
) -> Page[EventView]:
    """The order's journal, oldest first: every step, and every attempt that was refused. A part
    ends before its `limit` where people wrote much: it holds no more than 256 KiB of their
    words."""
    row, _ = await readable(shared, caller, order_id)
    after = paging.read(cursor, SEQUENCE) or 0
    async with connection(shared.pool) as acquired:
        found = await events.page(acquired, UUID(row.order.id), after, limit)
    show = partial(render.event, UUID(row.order.id))
    return paging.part(found.entries, show, lambda one: one.seq, more=found.more)


@router.get(
    "/{order_id}/ledger",
    operation_id="list_order_postings",
    response_model=Page[PostingView],
    responses=documented(Code.NOT_FOUND),
)
async def get_ledger(order_id: paging.Id, caller: SignedIn, shared: Shared) -> Page[PostingView]:
    """Every movement of the order's money, oldest first."""
    row, _ = await readable(shared, caller, order_id)
    async with connection(shared.pool) as acquired:
        rows = await wallets.of_order(acquired, UUID(row.order.id))
    return Page(items=paging.shown(rows, render.posting), next_cursor=None)


@router.get(
    "/{order_id}/requests/{request_id}",
    operation_id="get_order_request",
    response_model=RequestView,
    responses=documented(Code.NOT_FOUND),
)
async def get_request(
    order_id: paging.Id, request_id: paging.Id, caller: SignedIn, shared: Shared
) -> RequestView:
    """What became of an action that was answered with 202."""
    number = paging.identifier(order_id, "order")
    async with connection(shared.pool) as acquired:
        _, found = await together(
            acquired,
            readable_in(IN_ONE_TRIP, caller, order_id),
            requests.get(IN_ONE_TRIP, number, request_id),
        )
    if found is None:
        raise not_found("request")
    return render.request(number, found)


async def readable(
    shared: Shared, caller: Caller, order_id: paging.Id
) -> tuple[OrderRow, CallerRoles]:
    """An order that the caller may see, and what they are to it; 404 otherwise.

    Raises:
        Spoiled: they may know of it, and what is kept of it cannot be read.
    """
    async with connection(shared.pool) as acquired:
        return await readable_in(acquired, caller, order_id)


async def readable_in(
    connection: Connection, caller: Caller, order_id: str
) -> tuple[OrderRow, CallerRoles]:
    """The same by a connection, alone or together with what else is read of the order."""
    try:
        row = await orders.get(connection, paging.identifier(order_id, "order"))
    except Spoiled as spoiled:
        if caller.id in spoiled.known_to or can(caller, Capability.READ_ALL):
            raise
        raise not_found("order") from spoiled
    if row is None:
        raise not_found("order")
    return row, demand_roles(row.order, caller)
