"""Placing an order: on the service's terms of one moment, with its money, once a key."""

from typing import cast
from urllib.parse import quote
from uuid import uuid4

from api import render
from api.action_service import etag
from api.answers import Answer, answer_with, demand_same, once
from api.auth.order_roles import roles_in
from api.auth.tokens import Caller
from api.causes import cause_of_this_call
from api.currencies import demand_orderable
from api.external_ids import demand_free
from api.gateway import GatewayError
from api.problems import Problem, not_found, refused
from api.schemas.orders import NewOrder
from api.state import Services
from db import services, steps
from db.errors import InsufficientFunds, ServiceChanged, Spoiled, Unavailable
from db.idempotency import KeptAnswer, Key
from db.orders import OrderRow
from db.pool import Connection, connection
from db.services import OnSale, Service, ServiceRow
from domain.command import Refusal
from domain.money import in_words
from domain.order import Extra, Order
from domain.order_texts import OrderTexts
from domain.placing import Terms, place
from domain.policy import Policy
from domain.reasons import Reason
from domain.step import Step
from domain.vocabulary import Code


async def placed_once(shared: Services, caller: Caller, body: NewOrder, key: Key) -> Answer:
    """Place an order, once a key: a refusal is kept as its answer too.

    Raises:
        Problem: the key came with another request before.
        Spoiled: what is kept of the service cannot be read.
    """
    try:
        order, answer = await _placed(shared, caller, body, key)
    except (Problem, Spoiled) as error:
        refusal = error
    else:
        if order is not None:
            await _start(shared, order)
        return answer

    async def refuse(_connection: Connection) -> Answer:
        raise refusal

    return await once(shared.pool, key, refuse)


async def _placed(
    shared: Services, caller: Caller, body: NewOrder, key: Key
) -> tuple[Order | None, Answer]:
    """Return the order that was placed now, and its answer; without one, that of before."""
    async with connection(shared.pool) as acquired:
        while True:
            found = await services.on_sale(acquired, body.service_id, caller.id)
            if found is None:
                raise not_found("service")
            step = first_step(found.row, caller, body, shared.policy)
            try:
                return await _written(acquired, found, step, caller, body, key)
            except ServiceChanged:  # since it was read: it is ordered as it is now, or not at all
                continue


async def _written(
    connection: Connection, found: OnSale, step: Step, caller: Caller, body: NewOrder, key: Key
) -> tuple[Order | None, Answer]:
    order, now = step.order, found.row.read_at
    words = _words(found, body)
    row = OrderRow(order=order, words=words, created_at=now, read_at=now)
    view = render.order(row, roles_in(order, caller))
    headers = {"Location": f"/v1/orders/{order.id}", "ETag": etag(order)}
    answer = answer_with(201, view, **headers)
    try:
        with demand_free("order"):
            version = found.row.version
            earlier = await steps.place_once(
                connection, key, step, words, version, answer, cause_of_this_call()
            )
    except InsufficientFunds as error:
        raise _too_little(step) from error
    if earlier is None:
        return order, answer
    kept = cast("KeptAnswer", demand_same(key, earlier).answer)
    return None, Answer(**vars(kept)).replayed()


async def _start(shared: Services, order: Order) -> None:
    try:
        await shared.relay.start(order)
    except (GatewayError, Unavailable):
        return  # the order is placed and paid; its workflow starts when Temporal is back


def _words(found: OnSale, body: NewOrder) -> OrderTexts:
    service = found.row.service
    titles = {str(extra.id): extra.title for extra in service.extras}
    titles[str(service.id)] = service.title
    return OrderTexts(
        title=service.title,
        brief=body.brief,
        titles=titles,
        external_id=body.external_id,
        metadata=body.metadata,
        buyer_name=found.buyer_name,
        seller_name=found.seller_name,
    )


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
