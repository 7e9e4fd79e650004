"""Services: what sellers offer."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Request, Response
from pydantic import BeforeValidator, TypeAdapter

from api import paging, render
from api.answers import Answer, KeyHeader, answer_with, key_of, once
from api.auth.caller import SignedIn
from api.auth.capabilities import Capability, beyond, can, demand
from api.auth.tokens import Caller
from api.currencies import demand_current
from api.external_ids import ExternalIdQuery, demand_free
from api.guard.strict_json import StrictRoute
from api.openapi.headers import SERVICE_ETAG, location
from api.problems import documented, not_found
from api.schemas.base import Page
from api.schemas.services import NewExtra, NewService, ServiceView
from api.state import Services, Shared
from db import clock, reputation, service_listing, services
from db.idempotency import Key
from db.pool import Connection, connection
from db.service_listing import AGED_AT_ONCE
from db.services import Service, ServiceExtra
from db.together import IN_ONE_TRIP, together
from domain.identifiers import Identifier
from domain.vocabulary import Code

router = APIRouter(prefix="/v1/services", tags=["services"], route_class=StrictRoute)

POSITION: TypeAdapter[tuple[paging.Instant, float, paging.RowInstant, UUID]] = TypeAdapter(
    tuple[paging.Instant, float, paging.RowInstant, UUID]
)

LONGEST_LIST = timedelta(days=1)


def place_in_list(
    cursor: str | None, now: datetime
) -> tuple[datetime, service_listing.Place | None]:
    """Return of which instant a part of a list speaks, and where it begins. The instant is that of
    the first part, as the cursor says it, but none before yesterday: for whoever is listed in
    another place since, all is counted that has ended since.

    Raises:
        Problem: the cursor is none of this list.
    """
    position = paging.read(cursor, POSITION)
    if position is None:
        return now, None
    return max(position[0], now - LONGEST_LIST), position[1:]


@router.post(
    "",
    operation_id="offer_service",
    status_code=201,
    response_model=ServiceView,
    responses={
        201: {"headers": location("the service") | SERVICE_ETAG},
        **documented(Code.FORBIDDEN, Code.EXTERNAL_ID_TAKEN, Code.IDEMPOTENCY_KEY_REUSED),
    },
)
async def offer(
    request: Request, caller: SignedIn, shared: Shared, body: NewService, key: KeyHeader = None
) -> Response:
    """Offer a service; the caller becomes its seller."""
    keyed = key_of(request, caller, key, body)
    return (await offered(shared, caller, body, keyed)).response()


async def offered(shared: Services, caller: Caller, body: NewService, key: Key | None) -> Answer:
    """Offer a service, once a key.

    Raises:
        Problem: it cannot be offered, and there is no key to keep the refusal.
    """
    demand(caller, Capability.TRADE)

    async def work(connection: Connection) -> Answer:
        demand_current(body.price.currency, "body.price.currency")
        with demand_free("service"):
            service = await _add(connection, caller, body)
        headers = {"Location": f"/v1/services/{service.id}", "ETag": etag(service)}
        return answer_with(201, service, **headers)

    return await once(shared.pool, key, work)


async def _add(connection: Connection, caller: Caller, body: NewService) -> ServiceView:
    service = Service(
        id=uuid4(),
        seller_id=caller.id,
        title=body.title,
        description=body.description,
        price=body.price.amount,
        currency=body.price.currency,
        delivery_time=body.delivery_time,
        revision_time=body.revision_time or body.delivery_time,
        revisions_included=body.revisions_included,
        extras=[_extra(extra) for extra in body.extras],
        external_id=body.external_id,
        metadata=body.metadata,
    )
    return render.service(await services.add(connection, service))


def _extra(extra: NewExtra) -> ServiceExtra:
    return ServiceExtra(
        id=uuid4(),
        title=extra.title,
        price=extra.price.amount,
        delivery_time=extra.delivery_time,
    )


def etag(service: ServiceView) -> str:
    """Return a service's entity tag: its version."""
    return f'"{service.version}"'


def _true_or_false(value: object) -> object:
    """Leave to be judged what is one of the two words, and nothing else that Python reads so."""
    if isinstance(value, str) and value not in ("true", "false"):
        raise ValueError("must be true or false")
    return value


@router.get(
    "",
    operation_id="list_services",
    response_model=Page[ServiceView],
    responses=documented(Code.FORBIDDEN),
)
async def list_services(
    caller: SignedIn,
    shared: Shared,
    seller_id: Annotated[Identifier | None, Query(description="Only this seller's.")] = None,
    external_id: ExternalIdQuery = None,
    archived: Annotated[
        bool,
        BeforeValidator(_true_or_false),
        Query(
            description="`true`: those that are archived, of your own; those who operate see all."
        ),
    ] = False,
    cursor: paging.Cursor = None,
    limit: paging.Limit = 20,
) -> Page[ServiceView]:
    """Services on offer: those of well-kept sellers first, then the newest. The parts of one list
    all speak of the instant of the first, for a day."""
    if archived:
        _demand_own(caller, seller_id)
    now, before = place_in_list(cursor, await shared.clock.now())
    async with connection(shared.pool) as acquired:
        if before is None:  # by the clock by which orders end: of what has ended none is left out
            now, _ = await together(
                acquired, clock.now(IN_ONE_TRIP), reputation.age(IN_ONE_TRIP, AGED_AT_ONCE)
            )
        rows = await service_listing.page(
            acquired,
            seller_id,
            now,
            before,
            limit + 1,
            external_id=external_id,
            archived=archived,
            aged=True,
        )
    return paging.page(
        rows,
        limit,
        lambda listed: render.service(listed.read()),
        lambda listed: [now, listed.visibility, listed.created_at, listed.id],
    )


def _demand_own(caller: Caller, seller_id: str | None) -> None:
    if seller_id != caller.id and not can(caller, Capability.READ_ALL):
        raise beyond(
            Capability.READ_ALL,
            "What others have archived is not listed: ask with your own seller_id.",
        )


@router.get(
    "/{service_id}",
    operation_id="get_service",
    response_model=ServiceView,
    responses={200: {"headers": SERVICE_ETAG}, **documented(Code.NOT_FOUND)},
)
async def get_service(
    service_id: paging.Id, _caller: SignedIn, shared: Shared, response: Response
) -> ServiceView:
    """One service with its extras, also when it is archived: orders of before name it."""
    async with connection(shared.pool) as acquired:
        row = await services.get(acquired, paging.identifier(service_id, "service"))
    if row is None:
        raise not_found("service")
    view = render.service(row)
    response.headers["ETag"] = etag(view)
    return view
