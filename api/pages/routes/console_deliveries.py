"""Endpoints of the marketplace, what was sent to them, and sending it again."""

import json
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api import paging
from api.answers import key_of
from api.auth.capabilities import Capability, demand
from api.operator_deeds import note
from api.pages.console.failing import in_words
from api.pages.console.words import STATUS_TONES, STATUSES
from api.pages.forms import KEY, Form, Posted
from api.pages.page import show, to
from api.pages.reader import Operating, Reader
from api.problems import Problem, invalid
from api.routes.webhooks import BY_NUMBER, redeliver, send_test
from api.schemas.base import Nothing
from api.state import Services, Shared
from api.webhook_admin import delivery_view, endpoint_id_in, endpoint_view, there
from db import console, webhooks
from db.console import FailingEndpoint
from db.deliveries import Status
from db.pool import connection, transaction
from db.together import IN_ONE_TRIP, together
from domain.operator_deeds import Deed, Subject
from texts.catalogue import msg

router = APIRouter(prefix="/console/deliveries", include_in_schema=False)

PAGE = "/console/deliveries"
ON_A_PAGE = 50
AGAIN_AT_ONCE = 100
"""Messages that "all" sends again; pressed once more, it goes on with the next."""

DISABLED = msg("The endpoint is disabled, and is told nothing. Enable it first.")
GONE = msg("There is no such message any more.")


@router.get("")
async def endpoints(request: Request, reader: Operating, shared: Shared) -> Response:
    """The endpoints, those to which messages fail on top."""
    async with connection(shared.pool) as acquired:
        found, fails = await together(
            acquired,
            webhooks.page(IN_ONE_TRIP, None, console.ENDPOINTS),
            console.failing(IN_ONE_TRIP),
        )
    failing = {one.id: one for one in fails}
    shown = paging.shown(found, endpoint_view)
    shown.sort(key=lambda one: one.id not in failing)
    return show(request, reader, "console/deliveries.html", endpoints=shown, failing=failing)


@router.get("/{endpoint_id}")
async def endpoint(
    request: Request,
    endpoint_id: paging.Id,
    reader: Operating,
    shared: Shared,
    status: Annotated[str, Query()] = "",
    cursor: paging.Cursor = None,
) -> Response:
    """What an endpoint was sent, also one that was deleted: journals and orders go on naming it."""
    before = paging.read(cursor or None, BY_NUMBER)
    return await _endpoint(request, reader, shared, endpoint_id, _status(status), before)


def _status(text: str) -> Status | None:
    """Return by which state messages are looked for; None where by none.

    Raises:
        Problem: there is no such state (422).
    """
    found = next((one for one in STATUSES if one == text), None)
    if text and found is None:
        raise invalid("query.status", f"must be one of: {', '.join(STATUSES)}")
    return found


async def _endpoint(
    request: Request,
    reader: Reader,
    shared: Services,
    endpoint_id: str,
    status: Status | None = None,
    before: int | None = None,
    refusal: str = "",
    code: int = 200,
) -> Response:
    number = endpoint_id_in(endpoint_id)
    async with connection(shared.pool) as acquired:
        found, sent, failing = await together(
            acquired,
            webhooks.ever(IN_ONE_TRIP, number),
            webhooks.deliveries(IN_ONE_TRIP, number, status, before, ON_A_PAGE + 1),
            console.failing(IN_ONE_TRIP),
        )
    shown = endpoint_view(there(found))
    part = paging.page(sent, ON_A_PAGE, delivery_view, lambda one: one.id)
    return show(
        request,
        reader,
        "console/endpoint.html",
        status=code,
        endpoint=shown,
        failing=_of(number, failing),
        in_words=in_words,
        deliveries=part.items,
        following=part.next_cursor,
        only=status or "",
        statuses=STATUSES,
        status_tones=STATUS_TONES,
        refusal=refusal,
    )


def _of(number: UUID, failing: list[FailingEndpoint]) -> FailingEndpoint | None:
    return next((one for one in failing if one.id == number), None)


@router.post("/{endpoint_id}/test")
async def test(
    request: Request, endpoint_id: paging.Id, reader: Operating, shared: Shared, form: Posted
) -> Response:
    """Send an endpoint a test."""
    demand(reader.caller, Capability.RESEND)
    key = key_of(request, reader.caller, form.get(KEY), Nothing())
    try:
        answer = await send_test(endpoint_id, reader.caller, shared, key)
    except Problem as problem:
        answer = problem.response()
    return await _answered(request, reader, shared, endpoint_id, answer)


@router.post("/{endpoint_id}/again")
async def again(
    request: Request, endpoint_id: paging.Id, reader: Operating, shared: Shared, form: Posted
) -> Response:
    """Send one message again, or all that were given up."""
    demand(reader.caller, Capability.RESEND)
    if form.get("delivery") == "all":
        return await _all_again(request, reader, shared, endpoint_id)
    return await _one_again(request, reader, shared, endpoint_id, form)


async def _one_again(
    request: Request, reader: Reader, shared: Services, endpoint_id: str, form: Form
) -> Response:
    number = form.get("delivery", "")
    # The address is the same for all of an endpoint's: the message belongs to what was asked.
    key = key_of(request, reader.caller, f"{form.get(KEY, '')}{number}"[:100] or None, Nothing())
    try:
        answer = await redeliver(number, reader.caller, shared, key)
    except Problem as problem:
        answer = problem.response()
    return await _answered(request, reader, shared, endpoint_id, answer)


async def _all_again(
    request: Request, reader: Reader, shared: Services, endpoint_id: str
) -> Response:
    number = endpoint_id_in(endpoint_id)
    async with transaction(shared.pool) as acquired:
        found = there(await webhooks.get(acquired, number))
        if found.disabled_at is None:
            for one in await webhooks.deliveries(acquired, number, "failed", None, AGAIN_AT_ONCE):
                await webhooks.redeliver(acquired, one.id)
                await note(acquired, reader.caller, Deed.REDELIVER, Subject.DELIVERY, one.id)
            return to(f"{PAGE}/{endpoint_id}")
    refusal = reader.formatter.say(DISABLED)
    return await _endpoint(request, reader, shared, endpoint_id, refusal=refusal, code=409)


async def _answered(
    request: Request, reader: Reader, shared: Services, endpoint_id: str, answer: Response
) -> Response:
    if answer.status_code == 202:
        return to(f"{PAGE}/{endpoint_id}")
    gone = json.loads(bytes(answer.body)).get("code") == "not-found"
    refusal = reader.formatter.say(GONE if gone else DISABLED)
    return await _endpoint(
        request, reader, shared, endpoint_id, refusal=refusal, code=answer.status_code
    )
