"""Orders: placing and reading them."""

from dataclasses import replace
from functools import partial
from urllib.parse import quote
from uuid import UUID, uuid4

from fastapi import APIRouter, Request, Response
from pydantic import TypeAdapter

from api import paging, render
from api.action_service import etag
from api.answers import Answer, KeyHeader, answer_with, once, required_key
from api.auth.caller import SignedIn, demand
from api.auth.order_roles import CallerRoles, demand_roles, roles_in
from api.auth.tokens import Authority, Caller
from api.currencies import demand_orderable
from api.external_ids import demand_free
from api.gateway import GatewayError
from api.guard.strict_json import StrictRoute
from api.openapi.headers import ETAG, location
from api.order_filters import SoughtOrders
from api.problems import Problem, documented, not_found, refused
from api.schemas.base import Page
from api.schemas.ledger import PostingView
from api.schemas.orders import EventView, NewOrder, RequestView
from api.state import Services, Shared
from db import (
    display_names,
    events,
    order_search,
    orders,
    requests,
    services,
    steps,
    wallets,
)
from db.errors import InsufficientFunds, Spoiled, Unavailable
from db.idempotency import Key
from db.orders import OrderRow
from db.pool import Connection, connection
from db.services import Service, ServiceRow
from db.together import IN_ONE_TRIP, together
from documents.order import OrderView
from domain.command import Refusal
from domain.money import in_words
from domain.order import Extra, Order
from domain.order_texts import OrderTexts
from domain.placing import Terms, place
from domain.policy import Policy
from domain.reasons import Reason
from domain.step import Step
from domain.vocabulary import Code

router = APIRouter(prefix="/v1/orders", tags=["orders"], route_class=StrictRoute)

POSITION: TypeAdapter[tuple[paging.RowInstant, UUID]] = TypeAdapter(tuple[paging.RowInstant, UUID])
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
    demand(caller, Authority.USER)
    keyed = required_key(request, caller, key, body)
    return (await placed_once(shared, caller, body, keyed)).response()


async def placed_once(shared: Services, caller: Caller, body: NewOrder, key: Key) -> Answer:
    """Place an order, once a key: a refusal is kept as its answer too."""
    placed: list[Order] = []

    async def work(connection: Connection) -> Answer:
        row = await _place(connection, caller, body, shared.policy)
        placed.append(row.order)
        view = render.order(row, roles_in(row.order, caller))
        headers = {"Location": f"/v1/orders/{row.order.id}", "ETag": etag(row.order)}
        return answer_with(201, view, **headers)

    answer = await once(shared.pool, key, work)
    for order in placed:
        await _start(shared, order)
    return answer


async def _start(shared: Shared, order: Order) -> None:
    try:
        await shared.relay.start(order)
    except (GatewayError, Unavailable):
        return  # the order is placed and paid; its workflow starts when Temporal is back


async def _place(
    connection: Connection, caller: Caller, body: NewOrder, policy: Policy
) -> OrderRow:
    row = await services.held(connection, body.service_id, "ordering")
    if row is None:
        raise not_found("service")
    service, now = row.service, row.read_at
    step = first_step(row, caller, body, policy)
    titles = {str(extra.id): extra.title for extra in service.extras}
    titles[str(service.id)] = service.title
    words = OrderTexts(
        title=service.title,
        brief=body.brief,
        titles=titles,
        external_id=body.external_id,
        metadata=body.metadata,
    )
    try:
        with demand_free("order"):
            await steps.place(connection, step, words)
    except InsufficientFunds as error:
        raise _too_little(step) from error
    names = await display_names.of(connection, [step.order.buyer_id, step.order.seller_id])
    words = replace(
        words,
        buyer_name=names.get(step.order.buyer_id),
        seller_name=names.get(step.order.seller_id),
    )
    return OrderRow(order=step.order, words=words, created_at=now, read_at=now)


def first_step(row: ServiceRow, caller: Caller, body: NewOrder, policy: Policy) -> Step:
    """Return the step that an order for a service begins with, as it is now; whether there is
    enough money for it, only the wallet says.

    Raises:
        Problem: it cannot be ordered so.
    """
    _demand_as_seen(row, body.service_version)
    demand_orderable(row.service.currency)
    extra_ids = tuple(str(extra_id) for extra_id in body.extra_ids)
    order_id = str(uuid4())
    step = place(order_id, caller.id, _terms(row.service), extra_ids, policy, row.read_at)
    if isinstance(step, Refusal):
        raise refused(step)
    return step


def _demand_as_seen(row: ServiceRow, version: int | None) -> None:
    if row.is_archived:
        raise Problem(
            Code.SERVICE_ARCHIVED,
            "Its seller has archived this service, so it takes no orders. Nothing changed; their"
            f" other services are at /v1/services?seller_id={quote(row.service.seller_id)}.",
        )
    if version is not None and version != row.version:
        raise Problem(
            Code.VERSION_MISMATCH,
            f"The service has moved on from version {version} to {row.version}; read it again"
            " before ordering. Nothing changed.",
        )


def _terms(service: Service) -> Terms:
    return Terms(
        service_id=str(service.id),
        seller_id=service.seller_id,
        currency=service.currency,
        price=service.price,
        delivery_time=service.delivery_time,
        revision_time=service.revision_time,
        revisions_included=service.revisions_included,
        extras=tuple(
            Extra(id=str(extra.id), price=extra.price, delivery_time=extra.delivery_time)
            for extra in service.extras
        ),
    )


def _too_little(step: Step) -> Problem:
    price = in_words(step.order.total, step.order.currency)
    return Problem(Code.INSUFFICIENT_FUNDS, Reason.ORDER_TOO_DEAR.says(price=price))


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
    after = paging.read(cursor, POSITION)
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
        if caller.id in spoiled.known_to or Authority.OPERATOR in caller.roles:
            raise
        raise not_found("order") from spoiled
    if row is None:
        raise not_found("order")
    return row, demand_roles(row.order, caller)
