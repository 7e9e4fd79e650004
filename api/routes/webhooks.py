"""The marketplace's endpoints: where they are, what they are told, and what became of it. For
those who operate: operators say where messages go, support sends them again."""

from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import TypeAdapter

from api import paging
from api.answers import Answer, KeyHeader, KeyWithoutFields, answer_with, key_of, once
from api.auth.caller import SignedIn
from api.auth.capabilities import Capability, demand
from api.auth.tokens import Caller
from api.external_ids import ExternalIdQuery, demand_free, with_metadata
from api.guard.strict_json import StrictRoute
from api.openapi.headers import location
from api.operator_deeds import note
from api.problems import documented, invalid, not_found
from api.schemas.base import Page
from api.schemas.webhooks import (
    DeliveryView,
    EndpointChange,
    EndpointView,
    EndpointWithSecret,
    NewEndpoint,
)
from api.state import Shared
from api.webhook_admin import (
    ENDPOINT,
    LooksOn,
    SetsUp,
    delivery_number,
    delivery_view,
    demand_public,
    endpoint_id_in,
    endpoint_view,
    there,
    with_new_secret,
)
from db import endpoint_tests, webhooks
from db.deliveries import Status
from db.pool import Connection, connection, transaction
from db.webhooks import Endpoint
from documents.webhook import EndpointTestPayload, WebhookPayload
from domain.operator_deeds import Deed, Subject
from domain.vocabulary import Code

BY_NUMBER: TypeAdapter[int] = TypeAdapter(paging.BigNumber)

READING = documented(Code.FORBIDDEN, Code.NOT_FOUND)
CHANGING = documented(Code.FORBIDDEN, Code.NOT_FOUND, Code.IDEMPOTENCY_KEY_REUSED)

OF_RECEIVERS: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": "Tried again; but 410 disables the endpoint."},
    "5XX": {"description": "Tried again."},
}
MessageId = Annotated[str, Header(alias="webhook-id")]
SentAt = Annotated[int, Header(alias="webhook-timestamp")]
Signature = Annotated[str, Header(alias="webhook-signature", examples=["v1,K5oZfzN95Z9…"])]

router = APIRouter(prefix="/v1", tags=["webhook-endpoints"], route_class=StrictRoute)
sent = APIRouter()
"""What endpoints get, for the OpenAPI description."""


@router.post(
    "/webhook-endpoints",
    operation_id="add_webhook_endpoint",
    status_code=201,
    response_model=EndpointWithSecret,
    responses={
        201: {"headers": location("the endpoint")},
        **documented(Code.FORBIDDEN, Code.EXTERNAL_ID_TAKEN, Code.IDEMPOTENCY_KEY_REUSED),
    },
)
async def add_endpoint(
    request: Request, caller: SetsUp, shared: Shared, body: NewEndpoint, key: KeyHeader = None
) -> Response:
    """Have steps of all orders told to an address from now on. The answer shows the secret that
    messages are signed with, once: repeated with the same key, it has null in its place."""
    endpoint_id = uuid4()

    async def add(connection: Connection, secret: str) -> Endpoint:
        await demand_public(shared, body.url)
        with demand_free(ENDPOINT):
            added = await webhooks.add(
                connection,
                endpoint_id,
                body.url,
                body.events,
                secret,
                caller.id,
                body.external_id,
                body.metadata,
            )
        await _note(connection, caller, Deed.ADD_ENDPOINT, endpoint_id)
        return added

    location = f"/v1/webhook-endpoints/{endpoint_id}"
    keyed = key_of(request, caller, key, body)
    return await with_new_secret(shared, keyed, 201, endpoint_id, add, Location=location)


@router.get(
    "/webhook-endpoints",
    operation_id="list_webhook_endpoints",
    response_model=Page[EndpointView],
    responses=documented(Code.FORBIDDEN),
)
async def list_endpoints(
    _caller: LooksOn,
    shared: Shared,
    external_id: ExternalIdQuery = None,
    cursor: paging.Cursor = None,
    limit: paging.Limit = 20,
) -> Page[EndpointView]:
    """All endpoints, newest first."""
    before = paging.read(cursor, paging.BY_INSTANT)
    async with connection(shared.pool) as acquired:
        found = await webhooks.page(acquired, before, limit + 1, external_id)
    return paging.page(found, limit, endpoint_view, lambda one: [one.created_at, one.id])


@router.get(
    "/webhook-endpoints/{endpoint_id}",
    operation_id="get_webhook_endpoint",
    response_model=EndpointView,
    responses=READING,
)
async def get_endpoint(endpoint_id: paging.Id, _caller: LooksOn, shared: Shared) -> EndpointView:
    """One endpoint."""
    number = endpoint_id_in(endpoint_id)
    async with connection(shared.pool) as acquired:
        return endpoint_view(there(await webhooks.get(acquired, number)))


@router.put(
    "/webhook-endpoints/{endpoint_id}",
    operation_id="replace_webhook_endpoint",
    response_model=EndpointView,
    responses=documented(Code.FORBIDDEN, Code.NOT_FOUND, Code.EXTERNAL_ID_TAKEN),
)
async def put_endpoint(
    endpoint_id: paging.Id, caller: SetsUp, shared: Shared, body: NewEndpoint
) -> EndpointView:
    """Give an endpoint another address, other events, another external id and metadata: what is not
    named is gone. What is on its way goes there, too; secret and being disabled stay."""
    number = endpoint_id_in(endpoint_id)
    await demand_public(shared, body.url)
    async with transaction(shared.pool) as acquired:
        with demand_free(ENDPOINT):
            put = await webhooks.put(
                acquired, number, body.url, body.events, body.external_id, body.metadata
            )
        view = endpoint_view(there(put))
        await _note(acquired, caller, Deed.CHANGE_ENDPOINT, number)
        return view


@router.patch(
    "/webhook-endpoints/{endpoint_id}",
    operation_id="change_webhook_endpoint",
    response_model=EndpointView,
    responses=documented(Code.FORBIDDEN, Code.NOT_FOUND, Code.EXTERNAL_ID_TAKEN),
)
async def change_endpoint(
    endpoint_id: paging.Id, caller: SetsUp, shared: Shared, body: EndpointChange
) -> EndpointView:
    """Change some of what an endpoint is, by a merge patch (RFC 7396): what is not named stays,
    null takes out, and metadata is changed by its names."""
    number = endpoint_id_in(endpoint_id)
    named = body.named()
    if "url" in named:
        await demand_public(shared, body.url)
    async with transaction(shared.pool) as acquired:
        before = there(await webhooks.held(acquired, number))
        endpoint_view(before)  # what cannot be shown is not changed either
        if "metadata" in named:
            named["metadata"] = with_metadata(before.metadata, named["metadata"])
        after = replace(before, **named)
        with demand_free(ENDPOINT):
            put = await webhooks.put(
                acquired, number, after.url, after.events, after.external_id, after.metadata
            )
        view = endpoint_view(there(put))
        await _note(acquired, caller, Deed.CHANGE_ENDPOINT, number)
        return view


@router.delete(
    "/webhook-endpoints/{endpoint_id}",
    operation_id="delete_webhook_endpoint",
    status_code=204,
    responses={204: {"description": "Deleted."}, **READING},
)
async def delete_endpoint(endpoint_id: paging.Id, caller: SetsUp, shared: Shared) -> Response:
    """Forget an endpoint for good, with its address and its secrets. What waits to be sent to it
    fails; a message that is on its way at this moment may still arrive."""
    number = endpoint_id_in(endpoint_id)
    async with transaction(shared.pool) as acquired:
        if not await webhooks.delete(acquired, number):
            raise not_found(ENDPOINT)
        await _note(acquired, caller, Deed.DELETE_ENDPOINT, number)
    return Response(status_code=204)


@router.post(
    "/webhook-endpoints/{endpoint_id}/test",
    operation_id="test_webhook_endpoint",
    status_code=202,
    response_model=DeliveryView,
    responses=CHANGING,
)
async def send_test(
    endpoint_id: paging.Id,
    caller: SignedIn,
    shared: Shared,
    key: KeyWithoutFields,
) -> Response:
    """Send an endpoint a message of type `endpoint.test`, whatever events it wants: signed, tried
    again and listed among its deliveries as those of orders are."""
    demand(caller, Capability.RESEND)
    number = endpoint_id_in(endpoint_id)

    async def work(connection: Connection) -> Answer:
        there(await webhooks.get(connection, number))
        test = await endpoint_tests.add(connection, number)
        sent = await webhooks.delivery(connection, test) if test is not None else None
        if sent is None:
            raise invalid("path.endpoint_id", "is disabled; enable it first")
        await _note(connection, caller, Deed.TEST_ENDPOINT, number)
        return answer_with(202, delivery_view(sent))

    return (await once(shared.pool, key, work)).response()


@router.post(
    "/webhook-endpoints/{endpoint_id}/rotate",
    operation_id="rotate_webhook_secret",
    response_model=EndpointWithSecret,
    responses=CHANGING,
)
async def rotate_secret(
    endpoint_id: paging.Id,
    caller: SetsUp,
    shared: Shared,
    key: KeyWithoutFields,
) -> Response:
    """Give an endpoint a new secret. For 24 hours messages are signed by the one before, too, so
    that the receiver can change over. Rotating again within that time ends the oldest at once. The
    secret is shown as at creation."""
    number = endpoint_id_in(endpoint_id)

    async def rotate(connection: Connection, secret: str) -> Endpoint:
        rotated = there(await webhooks.rotate(connection, number, secret))
        await _note(connection, caller, Deed.ROTATE_KEY, number)
        return rotated

    return await with_new_secret(shared, key, 200, number, rotate)


@router.post(
    "/webhook-endpoints/{endpoint_id}/disable",
    operation_id="disable_webhook_endpoint",
    response_model=EndpointView,
    responses=CHANGING,
)
async def disable_endpoint(
    endpoint_id: paging.Id,
    caller: SetsUp,
    shared: Shared,
    key: KeyWithoutFields,
) -> Response:
    """Tell an endpoint nothing any more. What is on its way fails, and can be sent again later;
    what happens while it is disabled is not kept for it."""
    number = endpoint_id_in(endpoint_id)

    async def work(connection: Connection) -> Answer:
        found = await webhooks.disable(connection, number, "disabled by an operator")
        view = endpoint_view(there(found))
        await _note(connection, caller, Deed.DISABLE_ENDPOINT, number)
        return answer_with(200, view)

    return (await once(shared.pool, key, work)).response()


@router.post(
    "/webhook-endpoints/{endpoint_id}/enable",
    operation_id="enable_webhook_endpoint",
    response_model=EndpointView,
    responses=CHANGING,
)
async def enable_endpoint(
    endpoint_id: paging.Id,
    caller: SetsUp,
    shared: Shared,
    key: KeyWithoutFields,
) -> Response:
    """Tell an endpoint of steps again, from now on."""
    number = endpoint_id_in(endpoint_id)

    async def work(connection: Connection) -> Answer:
        view = endpoint_view(there(await webhooks.enable(connection, number)))
        await _note(connection, caller, Deed.ENABLE_ENDPOINT, number)
        return answer_with(200, view)

    return (await once(shared.pool, key, work)).response()


@router.get(
    "/webhook-endpoints/{endpoint_id}/deliveries",
    operation_id="list_webhook_deliveries",
    response_model=Page[DeliveryView],
    responses=READING,
)
async def list_deliveries(
    endpoint_id: paging.Id,
    _caller: LooksOn,
    shared: Shared,
    status: Annotated[Status | None, Query(description="Only these.")] = None,
    cursor: paging.Cursor = None,
    limit: paging.Limit = 20,
) -> Page[DeliveryView]:
    """What an endpoint was sent, newest first, and how far each message is."""
    number, before = endpoint_id_in(endpoint_id), paging.read(cursor, BY_NUMBER)
    async with connection(shared.pool) as acquired:
        there(await webhooks.get(acquired, number))
        found = await webhooks.deliveries(acquired, number, status, before, limit + 1)
    return paging.page(found, limit, delivery_view, lambda one: one.id)


@router.post(
    "/webhook-deliveries/{delivery_id}/redeliver",
    operation_id="redeliver_webhook",
    status_code=202,
    response_model=DeliveryView,
    responses=CHANGING,
)
async def redeliver(
    delivery_id: paging.NumberedId,
    caller: SignedIn,
    shared: Shared,
    key: KeyWithoutFields,
) -> Response:
    """Send a message again, whatever became of it, with the same `webhook-id` and the order as it
    was after the step. One that waits for its next attempt is tried at once."""
    demand(caller, Capability.RESEND)
    number = delivery_number(delivery_id)

    async def work(connection: Connection) -> Answer:
        again = await webhooks.redeliver(connection, number)
        if again is not None:
            await note(connection, caller, Deed.REDELIVER, Subject.DELIVERY, number)
            return answer_with(202, delivery_view(again))
        if await webhooks.delivery(connection, number) is None:
            raise not_found("webhook delivery")
        raise invalid("path.delivery_id", "its endpoint is disabled; enable it first")

    return (await once(shared.pool, key, work)).response()


async def _note(connection: Connection, by: Caller, deed: Deed, endpoint_id: UUID) -> None:
    await note(connection, by, deed, Subject.ENDPOINT, endpoint_id)


@sent.post(
    "order",
    operation_id="order_event",
    tags=["webhooks"],
    status_code=204,
    responses=OF_RECEIVERS,
)
async def order_event(
    body: WebhookPayload,
    message_id: MessageId,
    timestamp: SentAt,
    signature: Signature,
) -> None:
    """A step of an order, posted to each endpoint that wants to hear of it and signed by the
    Standard Webhooks specification. Any 2xx is a receipt, and everything else is tried again for
    days: a message may arrive twice, with the same `webhook-id`, and after a later one."""


@sent.post(
    "endpoint",
    operation_id="endpoint_event",
    tags=["webhooks"],
    status_code=204,
    responses=OF_RECEIVERS,
)
async def endpoint_event(
    body: EndpointTestPayload,
    message_id: MessageId,
    timestamp: SentAt,
    signature: Signature,
) -> None:
    """A test that was asked for with `POST /v1/webhook-endpoints/{endpoint_id}/test`: it tells of
    no order, and asks for nothing but a receipt. Signed and tried again as everything else."""
