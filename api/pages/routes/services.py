"""Services: one's own to change, and everybody's to look at."""

import json
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from api import paging, render
from api.answers import Answer, required_key
from api.auth.capabilities import Capability, demand
from api.pages import service_form
from api.pages.amounts import sign_of
from api.pages.forms import KEY, SEEN, Form, Posted
from api.pages.page import answered, drawn, show, to
from api.pages.reader import Reader, SignedIn
from api.pages.service_form import Unusable, WrittenService
from api.pages.written_values import currencies, units
from api.problems import Problem, not_found
from api.routes.service_changes import change, shelved
from api.routes.services import offered, place_in_list
from api.schemas.base import Nothing
from api.schemas.services import ServiceView
from api.state import Services, Shared
from db import display_names, orders, reputation, service_listing, services
from db.pool import Connection, connection
from db.service_listing import AGED_AT_ONCE, ListedService
from db.together import IN_ONE_TRIP, together
from domain.identifiers import MAX_IDENTIFIER
from domain.reputation import VISIBILITY, Band
from domain.vocabulary import Code, known_code
from texts.catalogue import msg
from texts.refusals import problem_said

router = APIRouter(include_in_schema=False)
PART = 20
OWN_AT_ONCE = 100
MOST_COUNTED = 1_000
"""How many sales of a service are counted."""

LISTED: dict[float, str] = {
    VISIBILITY[Band.GREEN]: msg("Listed among the first"),
    VISIBILITY[Band.ORANGE]: msg("Listed further down"),
    VISIBILITY[Band.RED]: msg("Listed last"),
}


@router.get("/services")
async def listing(
    request: Request,
    reader: SignedIn,
    shared: Shared,
    all: str = "",  # noqa: A002  # as the address has it
    seller: str = "",
    cursor: paging.Cursor = None,
) -> Response:
    """Show one's own services; what is on offer to who asks for `all` of it or for those of one
    `seller`, or sells nothing."""
    async with connection(shared.pool) as acquired:
        own, archived, _ = await together(
            acquired,
            _own(IN_ONE_TRIP, reader, archived=False),
            _own(IN_ONE_TRIP, reader, archived=True),
            reputation.age(IN_ONE_TRIP, AGED_AT_ONCE),
        )
        if own + archived and not (all or seller or cursor):
            return await _show_own(request, reader, acquired, own, archived)
        return await _show_offers(request, reader, acquired, seller, cursor, bool(own + archived))


async def _own(acquired: Connection, reader: Reader, *, archived: bool) -> list[ListedService]:
    return await service_listing.page(
        acquired, reader.caller.id, reader.now, None, OWN_AT_ONCE, archived=archived
    )


async def _show_own(
    request: Request,
    reader: Reader,
    acquired: Connection,
    own: Sequence[ListedService],
    archived: Sequence[ListedService],
) -> Response:
    sold = await orders.sold(acquired, [one.id for one in (*own, *archived)], MOST_COUNTED)
    return show(
        request,
        reader,
        "services.html",
        own=_views(own),
        archived=_views(archived),
        listed={one.id: LISTED.get(one.visibility, "") for one in own},
        sold=sold,
        most_counted=MOST_COUNTED,
    )


async def _show_offers(
    request: Request,
    reader: Reader,
    acquired: Connection,
    seller: str,
    cursor: str | None,
    sells: bool,
) -> Response:
    now, before = place_in_list(cursor, reader.now)
    by = seller[:MAX_IDENTIFIER].replace("\x00", "") or None
    rows, names = await together(
        acquired,
        service_listing.page(IN_ONE_TRIP, by, now, before, PART + 1, aged=True),
        display_names.of(IN_ONE_TRIP, [by] if by else []),
    )
    shown = _views(rows[:PART])
    return show(
        request,
        reader,
        "services_on_offer.html",
        offers=shown,
        names=names | {one.seller_id: one.seller_name for one in rows if one.seller_name},
        seller=by,
        sells=sells,
        is_later_part=before is not None,
        more=paging.onward(rows, PART, lambda one: [now, one.visibility, one.created_at, one.id]),
    )


def _views(rows: Sequence[ListedService]) -> list[ServiceView]:
    return paging.shown(rows, lambda one: render.service(one.read()))


async def view_of(shared: Services, service_id: str) -> ServiceView:
    """Return a service.

    Raises:
        Problem: there is none (404).
    """
    async with connection(shared.pool) as acquired:
        row = await services.get(acquired, paging.identifier(service_id, "service"))
    if row is None:
        raise not_found("service")
    return render.service(row)


@router.get("/services/new")
async def new(request: Request, reader: SignedIn, shared: Shared) -> Response:
    """Show the form of a new service."""
    demand(reader.caller, Capability.TRADE)
    return show_form(request, reader, shared, service_form.blank(), None)


@router.post("/services/new")
async def create(request: Request, reader: SignedIn, shared: Shared, form: Posted) -> Response:
    """Offer a service; with more or fewer extras, or a look at what one would receive, the form
    comes back."""
    demand(reader.caller, Capability.TRADE)
    one = service_form.written(form)
    if _is_still_written(form):
        return show_form(request, reader, shared, one, None)
    try:
        body = service_form.new_service(one, reader.formatter)
    except Unusable as unusable:
        return show_form(request, reader, shared, unusable.written, None, status=422)
    key = required_key(request, reader.caller, form.get(KEY), body)
    try:
        service_id = _done(await offered(shared, reader.caller, body, key))["id"]
    except Problem as problem:
        wrong = problem_said(problem.code, reader.formatter)
        return show_form(request, reader, shared, one, None, status=problem.status, wrong=wrong)
    return to(f"/services/{service_id}?done=offered")


def _is_still_written(form: Form) -> bool:
    return any(name in form for name in ("more", "drop", "look"))


def _done(answer: Answer) -> dict[str, Any]:
    """Return what was done.

    Raises:
        Problem: it was refused.
    """
    document: dict[str, Any] = json.loads(answer.body)
    if answer.status >= 400:
        raise Problem(known_code(document["code"]), document["detail"])
    return document


@router.post("/services/receive")
async def receive(request: Request, reader: SignedIn, shared: Shared, form: Posted) -> Response:
    """Say what a seller would receive of a price while they write it."""
    net = service_form.receives(service_form.written(form), shared.policy.commission_bps)
    return answered(request, drawn(request, reader, "service_receive.html", net=net))


def show_form(
    request: Request,
    reader: Reader,
    shared: Services,
    one: WrittenService,
    view: ServiceView | None,
    *,
    status: int = 200,
    wrong: str = "",
    done: str = "",
) -> Response:
    """Show a service as its seller writes it: `view` is the one that there is."""
    return show(
        request,
        reader,
        "service_form.html",
        status=status,
        one=one,
        view=view,
        wrong=wrong,
        done=done,
        net=service_form.receives(one, shared.policy.commission_bps),
        commission=reader.formatter.percent(shared.policy.commission_bps / 10_000),
        sign=sign_of(one.currency, reader.language),
        currencies=currencies(reader.language),
        units=units(reader.formatter),
    )


@router.post("/services/{service_id}")
async def save(
    request: Request, reader: SignedIn, shared: Shared, service_id: str, form: Posted
) -> Response:
    """Change a service of one's own."""
    demand(reader.caller, Capability.TRADE)
    view = await _own_view(reader, shared, service_id)
    one = service_form.written(form)
    if _is_still_written(form):
        return show_form(request, reader, shared, one, view)
    try:
        body = service_form.changed_service(one, view, reader.formatter)
        await change(shared, reader.caller, service_id, body, f'"{form.get(SEEN, "")}"')
    except Unusable as unusable:
        return show_form(request, reader, shared, unusable.written, view, status=422)
    except Problem as problem:
        wrong = problem_said(problem.code, reader.formatter)
        return show_form(request, reader, shared, one, view, status=problem.status, wrong=wrong)
    return to(f"/services/{service_id}?done=saved")


@router.post("/services/{service_id}/archive")
async def archive(
    request: Request, reader: SignedIn, shared: Shared, service_id: str, form: Posted
) -> Response:
    """Take a service of one's own off the listing."""
    key = required_key(request, reader.caller, form.get(KEY), Nothing())
    _done(await shelved(shared, reader.caller, service_id, key, services.archive))
    return to(f"/services/{service_id}?done=archived")


@router.post("/services/{service_id}/restore")
async def restore(
    request: Request, reader: SignedIn, shared: Shared, service_id: str, form: Posted
) -> Response:
    """Offer an archived service of one's own again."""
    key = required_key(request, reader.caller, form.get(KEY), Nothing())
    _done(await shelved(shared, reader.caller, service_id, key, services.restore))
    return to(f"/services/{service_id}?done=restored")


async def _own_view(reader: Reader, shared: Services, service_id: str) -> ServiceView:
    view = await view_of(shared, service_id)
    if view.seller_id != reader.caller.id:
        raise Problem(Code.FORBIDDEN, "Only its seller changes a service.")
    return view
