"""Services changed, archived and restored by their sellers. Orders keep what they were placed
with."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Response

from api import paging, render
from api.answers import Answer, KeyWithoutFields, answer_with, once
from api.auth.caller import SignedIn
from api.auth.capabilities import Capability, demand
from api.auth.tokens import Caller
from api.entity_tags import version_in
from api.external_ids import demand_free
from api.guard.strict_json import StrictRoute
from api.openapi.headers import SERVICE_ETAG
from api.problems import Problem, documented, not_found
from api.routes.services import etag
from api.schemas.service_changes import ServiceChange
from api.schemas.services import ServiceView
from api.service_terms import changed
from api.state import Services, Shared
from db import services
from db.idempotency import Key
from db.pool import Connection, transaction
from db.services import ServiceRow
from domain.vocabulary import Code

router = APIRouter(prefix="/v1/services/{service_id}", tags=["services"], route_class=StrictRoute)

IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description="The ETag of the service that you saw: change it only if it is still so.",
        examples=['"3"'],
    ),
]


@router.patch(
    "",
    operation_id="change_service",
    response_model=ServiceView,
    responses={
        200: {"headers": SERVICE_ETAG},
        **documented(Code.FORBIDDEN, Code.NOT_FOUND, Code.EXTERNAL_ID_TAKEN, Code.VERSION_MISMATCH),
    },
)
async def change_service(
    service_id: paging.Id,
    caller: SignedIn,
    shared: Shared,
    body: ServiceChange,
    response: Response,
    if_match: IfMatch = None,
) -> ServiceView:
    """Change what is sold from now on, by a merge patch (RFC 7396): what is not named stays, null
    takes out. Orders keep what they were placed with. What changes nothing is answered alike,
    whatever version it asks for."""
    view = await change(shared, caller, service_id, body, if_match)
    response.headers["ETag"] = etag(view)
    return view


async def change(
    shared: Services, caller: Caller, service_id: str, body: ServiceChange, if_match: str | None
) -> ServiceView:
    """Change a service that is the caller's, if it is still the one that they saw.

    Raises:
        Problem: it cannot be changed so, or not by them.
    """
    demand(caller, Capability.TRADE)
    async with transaction(shared.pool) as acquired:
        row = await _own(acquired, caller, service_id)
        service = changed(row.service, body)
        if service != row.service:
            _demand_version(row, if_match)
            with demand_free("service"):
                row = await services.change(acquired, service)
        return render.service(row)


def _demand_version(row: ServiceRow, if_match: str | None) -> None:
    wanted = version_in(if_match, row.version, "service")
    if wanted is not None and wanted != row.version:
        raise Problem(
            Code.VERSION_MISMATCH,
            f"The service has moved on from version {wanted} to {row.version}; read it again before"
            " changing it.",
        )


async def _own(connection: Connection, caller: Caller, service_id: str) -> ServiceRow:
    """Return a service that stays as it is until the caller has changed it.

    Raises:
        Problem: there is none (404), or it is somebody else's (403).
    """
    row = await services.held(connection, paging.identifier(service_id, "service"))
    if row is None:
        raise not_found("service")
    if row.service.seller_id != caller.id:
        raise Problem(Code.FORBIDDEN, "Only its seller changes, archives and restores a service.")
    return row


SHELVED: dict[int | str, dict[str, Any]] = {
    200: {"headers": SERVICE_ETAG},
    **documented(Code.FORBIDDEN, Code.NOT_FOUND, Code.IDEMPOTENCY_KEY_REUSED),
}
Move = Callable[[Connection, UUID], Awaitable[ServiceRow]]


@router.post(
    "/archive",
    operation_id="archive_service",
    response_model=ServiceView,
    responses=SHELVED,
)
async def archive_service(
    service_id: paging.Id, caller: SignedIn, shared: Shared, key: KeyWithoutFields
) -> Response:
    """Take a service off every list; nobody can order it any more. Its orders go on as they were
    placed. One that is archived already stays so."""
    answer = await shelved(shared, caller, service_id, key, services.archive)
    return answer.response()


@router.post(
    "/restore",
    operation_id="restore_service",
    response_model=ServiceView,
    responses=SHELVED,
)
async def restore_service(
    service_id: paging.Id, caller: SignedIn, shared: Shared, key: KeyWithoutFields
) -> Response:
    """Offer an archived service again, under its id and on its terms. One that is on offer already
    stays so."""
    answer = await shelved(shared, caller, service_id, key, services.restore)
    return answer.response()


async def shelved(
    shared: Services, caller: Caller, service_id: str, key: Key | None, move: Move
) -> Answer:
    """Archive or restore a service that is the caller's, once a key.

    Raises:
        Problem: it is not theirs, and there is no key to keep the refusal.
    """
    demand(caller, Capability.TRADE)

    async def work(connection: Connection) -> Answer:
        row = await _own(connection, caller, service_id)
        view = render.service(await move(connection, row.service.id))
        return answer_with(200, view, ETag=etag(view))

    return await once(shared.pool, key, work)
