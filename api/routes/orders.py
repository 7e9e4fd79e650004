"""Orders: placing and reading them."""

from typing import Annotated, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Request, Response
from pydantic import TypeAdapter

from api import paging, render
from api.action_service import etag
from api.answers import Answer, KeyHeader, answer_with, once, required_key
from api.auth.access import SignedIn, Standing, demand, demand_standing, standing
from api.auth.tokens import Authority, Caller
from api.currencies import demand_orderable
from api.gateway import GatewayError
from api.problems import Problem, documented, not_found
from api.schemas.base import Page
from api.schemas.ledger import PostingView
from api.schemas.orders import EventView, NewOrder, RequestView
from api.state import Shared
from db import events, orders, requests, services, steps, wallets
from db.errors import InsufficientFunds, Unavailable
from db.orders import OrderRow, Relation
from db.pool import Connection, connection
from documents.order import OrderView, Words
from domain.act import Refusal
from domain.money import in_words
from domain.order import Extra, Order
from domain.placing import Terms, place
from domain.policy import Policy
from domain.step import Step
from domain.vocabulary import Code, Role, State

router = APIRouter(prefix="/v1/orders", tags=["orders"])

POSITION: TypeAdapter[tuple[paging.Instant, UUID]] = TypeAdapter(tuple[paging.Instant, UUID])
SEQUENCE: TypeAdapter[paging.Number] = TypeAdapter(paging.Number)


@router.post(
    "",
    status_code=201,
    response_model=OrderView,
    responses=documented(
        Code.IDEMPOTENCY_KEY_REQUIRED,
        Code.INSUFFICIENT_FUNDS,
        Code.FORBIDDEN,
        Code.NOT_FOUND,
        Code.IDEMPOTENCY_KEY_REUSED,
    ),
)
async def place_order(
    request: Request, caller: SignedIn, shared: Shared, body: NewOrder, key: KeyHeader = None
) -> Response:
    """Place an order; its price goes from the caller's wallet into escrow. Requires a key."""
    demand(caller, Authority.USER)
    keyed = required_key(request, caller, key, body)
    placed: list[Order] = []

    async def work(connection: Connection) -> Answer:
        row = await _place(connection, caller, body, shared.policy)
        placed.append(row.order)
        view = render.order(row, Standing(caller, (Role.BUYER,)))
        headers = {"Location": f"/v1/orders/{row.order.id}", "ETag": etag(row.order)}
        return answer_with(201, view, **headers)

    answer = await once(shared.pool, keyed, work)
    for order in placed:
        await _start(shared, order)
    return answer.response()


async def _start(shared: Shared, order: Order) -> None:
    try:
        await shared.dispatcher.start(order)
    except (GatewayError, Unavailable):
        return  # the order is placed and paid; its workflow starts when Temporal is back


async def _place(
    connection: Connection, caller: Caller, body: NewOrder, policy: Policy
) -> OrderRow:
    service = await services.get(connection, body.service_id)
    if service is None:
        raise not_found("service")
    demand_orderable(service["currency"])
    extra_ids = tuple(str(extra_id) for extra_id in body.extra_ids)
    now = service["read_at"]
    step = place(str(uuid4()), caller.id, _terms(service), extra_ids, policy, now)
    if isinstance(step, Refusal):
        raise _refused(step)
    titles = {extra["id"]: extra["title"] for extra in service["extras"]}
    titles[str(service["id"])] = service["title"]
    try:
        await steps.place(connection, step, service["title"], body.brief, titles)
    except InsufficientFunds as error:
        raise _too_little(step) from error
    words = Words(title=service["title"], brief=body.brief, titles=titles)
    return OrderRow(order=step.order, words=words, created_at=now, read_at=now)


def _terms(service: dict[str, object]) -> Terms:
    view = render.service(service)
    return Terms(
        service_id=str(view.id),
        seller_id=view.seller_id,
        currency=view.price.currency,
        price=view.price.amount,
        delivery_time=view.delivery_time,
        revision_time=view.revision_time,
        extras=tuple(
            Extra(id=str(extra.id), price=extra.price.amount, delivery_time=extra.delivery_time)
            for extra in view.extras
        ),
    )


def _refused(refusal: Refusal) -> Problem:
    field, _, message = refusal.detail.partition(": ")
    if refusal.code is not Code.INVALID_REQUEST:
        return Problem(refusal.code, refusal.detail)
    errors = [{"field": f"body.{field}", "message": message}]
    return Problem(refusal.code, refusal.detail, errors=errors)


def _too_little(step: Step) -> Problem:
    price = in_words(step.order.total, step.order.currency)
    detail = f"The order costs {price}, and your wallet holds less. Nothing changed; top it up."
    return Problem(Code.INSUFFICIENT_FUNDS, detail)


@router.get("", response_model=Page[OrderView], responses=documented())
async def list_orders(
    caller: SignedIn,
    shared: Shared,
    role: Annotated[
        Literal["buyer", "seller"] | None, Query(description="Only those where you are this.")
    ] = None,
    state: State | None = None,
    cursor: paging.Cursor = None,
    limit: paging.Limit = 20,
) -> Page[OrderView]:
    """The caller's orders, newest first; an operator's list without a role holds all orders."""
    before = paging.read(cursor, POSITION)
    everything: Relation = "anyone" if Authority.OPERATOR in caller.roles else "party"
    async with connection(shared.pool) as acquired:
        rows = await orders.page(acquired, role or everything, caller.id, state, before, limit + 1)
    return paging.page(
        rows, limit, lambda row: _view(row, caller), lambda row: [row.created_at, row.order.id]
    )


def _view(row: OrderRow, caller: Caller) -> OrderView:
    return render.order(row, standing(caller, row.order) or Standing(caller, ()))


@router.get("/{order_id}", response_model=OrderView, responses=documented(Code.NOT_FOUND))
async def get_order(
    order_id: paging.Id, caller: SignedIn, shared: Shared, response: Response
) -> OrderView:
    """One order, with what the caller may do now. Its ETag is its version."""
    row, what = await readable(shared, caller, order_id)
    response.headers["ETag"] = etag(row.order)
    return render.order(row, what)


@router.get(
    "/{order_id}/events", response_model=Page[EventView], responses=documented(Code.NOT_FOUND)
)
async def get_events(
    order_id: paging.Id,
    caller: SignedIn,
    shared: Shared,
    cursor: paging.Cursor = None,
    limit: paging.Limit = 100,
) -> Page[EventView]:
    """The order's journal, oldest first: every step, and every attempt that was refused."""
    row, _ = await readable(shared, caller, order_id)
    after = paging.read(cursor, SEQUENCE) or 0
    async with connection(shared.pool) as acquired:
        rows = await events.page(acquired, UUID(row.order.id), after, limit + 1)
    return paging.page(rows, limit, render.event, lambda one: one["seq"])


@router.get(
    "/{order_id}/ledger", response_model=Page[PostingView], responses=documented(Code.NOT_FOUND)
)
async def get_ledger(order_id: paging.Id, caller: SignedIn, shared: Shared) -> Page[PostingView]:
    """Every movement of the order's money, oldest first."""
    row, _ = await readable(shared, caller, order_id)
    async with connection(shared.pool) as acquired:
        rows = await wallets.of_order(acquired, UUID(row.order.id))
    return Page(items=[render.posting(one) for one in rows], next_cursor=None)


@router.get(
    "/{order_id}/requests/{request_id}",
    response_model=RequestView,
    responses=documented(Code.NOT_FOUND),
)
async def get_request(
    order_id: paging.Id, request_id: paging.Id, caller: SignedIn, shared: Shared
) -> RequestView:
    """What became of an action that was answered with 202."""
    row, _ = await readable(shared, caller, order_id)
    async with connection(shared.pool) as acquired:
        found = await requests.get(acquired, UUID(row.order.id), request_id)
    if found is None:
        raise not_found("request")
    return render.request(UUID(row.order.id), found)


async def readable(
    shared: Shared, caller: Caller, order_id: paging.Id
) -> tuple[OrderRow, Standing]:
    """An order that the caller may see, and what they are to it; 404 otherwise."""
    async with connection(shared.pool) as acquired:
        row = await orders.get(acquired, paging.identifier(order_id, "order"))
    if row is None:
        raise not_found("order")
    return row, demand_standing(caller, row.order)
