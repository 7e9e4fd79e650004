"""A service: for its seller to change, for everybody else to order."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import ValidationError
from pydantic_core import to_json
from starlette.responses import Response

from api import paging, render
from api.answers import required_key
from api.auth.capabilities import Capability, demand
from api.entity_tags import is_version
from api.pages import service_form
from api.pages.field_errors import EMPTY, SAID, said_of
from api.pages.fields import Kind, Shape, Wrong
from api.pages.forms import KEY, SEEN, Form, Posted
from api.pages.ordering import Foreseen, as_seen, differences, foreseen
from api.pages.page import show, to
from api.pages.paying import begun, not_begun, page_of
from api.pages.reader import Reader, SignedIn
from api.pages.routes.services import show_form
from api.pages.taken import document_of
from api.placing import first_step, placed_once
from api.problems import Problem, not_found
from api.schemas.orders import NewOrder
from api.schemas.services import ServiceView
from api.state import Services, Shared
from db import display_names, pay_ins, reputation, services, wallets
from db.pool import Connection, connection
from db.services import ServiceRow
from db.together import IN_ONE_TRIP, together
from domain.ledger import Account, AccountKind
from domain.text import MAX_TEXT
from domain.vocabulary import Code
from texts.catalogue import msg
from texts.parties import UNNAMED
from texts.refusals import placing_said, problem_said

router = APIRouter(include_in_schema=False)

DONE = {
    "offered": msg("Your service is on offer."),
    "saved": msg("Saved. Orders that were placed before stay as they were."),
    "archived": msg("The service is archived: nobody can order it any more."),
    "restored": msg("The service is on offer again."),
}
CHANGED = msg("The service has changed since you looked. Look through it, and order again.")
BRIEF = Shape("brief", Kind.TEXTAREA, is_optional=False, limit=MAX_TEXT)


@dataclass(frozen=True)
class Found:
    """A service as it stands in the database."""

    row: ServiceRow
    view: ServiceView


@dataclass(frozen=True)
class Asked:
    """What a buyer wrote, and what is to be said of it."""

    brief: str = ""
    extra_ids: list[str] = field(default_factory=list)
    error: str = ""
    wrong: str = ""
    changed: list[dict[str, str]] = field(default_factory=list)


async def _found(shared: Services, service_id: str) -> Found:
    number = paging.identifier(service_id, "service")
    async with connection(shared.pool) as acquired:
        row = await services.get(acquired, number)
    if row is None:
        raise not_found("service")
    return Found(row, render.service(row))


async def _seller_called(connection: Connection, found: Found, reader: Reader) -> str:
    seller = found.view.seller_id
    names = await display_names.of(connection, [seller])
    return names.get(seller, reader.formatter.say(UNNAMED["Seller"]))


@router.get("/services/{service_id}")
async def service(
    request: Request, reader: SignedIn, shared: Shared, service_id: str, done: str = ""
) -> Response:
    """Show a service: to its seller as a form, to everybody else with what it takes to order."""
    found = await _found(shared, service_id)
    if found.view.seller_id == reader.caller.id:
        one = service_form.of_service(found.view, reader.language)
        said = reader.formatter.say(DONE[done]) if done in DONE else ""
        return show_form(request, reader, shared, one, found.view, done=said)
    return await _show(request, reader, shared, found, Asked())


async def _show(
    request: Request,
    reader: Reader,
    shared: Services,
    found: Found,
    asked: Asked,
    status: int = 200,
) -> Response:
    async with connection(shared.pool) as acquired:
        seller, earned = await together(
            acquired,
            _seller_called(IN_ONE_TRIP, found, reader),
            reputation.of_seller(IN_ONE_TRIP, found.view.seller_id, reader.now),
        )
    rate = earned.completion_rate
    return show(
        request,
        reader,
        "service.html",
        status=status,
        view=found.view,
        seller=seller,
        rate=None if rate is None else reader.formatter.percent(rate),
        band=earned.band,
        seen_terms=as_seen(found.view, reader),
        asked=asked,
        can_order=reader.can(Capability.TRADE) and not found.view.archived,
    )


@router.post("/services/{service_id}/order")
async def order(
    request: Request, reader: SignedIn, shared: Shared, service_id: str, form: Posted
) -> Response:
    """Show what an order would do with the buyer's money; once that is confirmed, place it."""
    demand(reader.caller, Capability.TRADE)
    found = await _found(shared, service_id)
    asked = Asked(form.get("brief", ""), form.all("extra"))
    if form.get("step") == "back":
        return await _show(request, reader, shared, found, asked)
    try:
        body = _body(found, asked, form)
    except ValidationError as error:
        wrong = _with_errors(asked, error, reader)
        return await _show(request, reader, shared, found, wrong, 422)
    try:
        if form.get("step") == "pay":
            return await _paid_first(request, reader, shared, found, body, asked, form)
        if form.get("step") != "confirm":
            return await _preview(request, reader, shared, found, body, asked, form)
        return to(await _placed(request, reader, shared, body, form))
    except Problem as problem:
        return await _refused(request, reader, shared, problem, found, body, asked, form)


def _body(found: Found, asked: Asked, form: Form) -> NewOrder:
    document: dict[str, Any] = {
        "service_id": str(found.view.id),
        "brief": asked.brief,
        "extra_ids": asked.extra_ids,
        "service_version": _version(form.get(SEEN, "")),
    }
    return NewOrder.model_validate_json(to_json(document))


def _version(seen: str) -> int | None:
    """Return the version that a page was of; one that no service has where it says none."""
    if not seen:
        return None
    return int(seen) if is_version(seen) else 0


def _with_errors(asked: Asked, error: ValidationError, reader: Reader) -> Asked:
    """Say what is wrong with a brief; the rest is the page's own."""
    about = [one for one in error.errors() if one["loc"][:1] == ("brief",)]
    if not about:
        return Asked(asked.brief, [], wrong=problem_said(Code.INVALID_REQUEST, reader.formatter))
    kind = str(about[0]["msg"]).removeprefix("Value error, ")
    kind = kind if about[0]["type"] == "value_error" else str(about[0]["type"])
    if (BRIEF.kind, kind) in SAID:
        said = said_of(BRIEF, Wrong("brief", kind), reader.formatter, "EUR")
    else:
        said = reader.formatter.say(EMPTY[BRIEF.kind])
    return Asked(asked.brief, asked.extra_ids, error=said)


async def _foreseen(reader: Reader, shared: Services, found: Found, body: NewOrder) -> Foreseen:
    step = first_step(found.row, reader.caller, body, shared.policy)
    account = Account(kind=AccountKind.WALLET, owner=reader.caller.id)
    async with connection(shared.pool) as acquired:
        held, seller = await together(
            acquired,
            wallets.balance(IN_ONE_TRIP, account, step.order.currency),
            _seller_called(IN_ONE_TRIP, found, reader),
        )
    return foreseen(found.view, step.order, held, seller, reader)


async def _preview(
    request: Request,
    reader: Reader,
    shared: Services,
    found: Found,
    body: NewOrder,
    asked: Asked,
    form: Form,
    status: int = 200,
    refusal: str = "",
) -> Response:
    return show(
        request,
        reader,
        "service_order.html",
        status=status,
        view=found.view,
        asked=asked,
        foreseen=await _foreseen(reader, shared, found, body),
        seen_terms={name: form.get(f"was_{name}", "") for name in ("title", "price", "time")},
        version=form.get(SEEN, ""),
        can_pay=shared.payments.takes_payments,
        refusal=refusal,
    )


async def _paid_first(
    request: Request,
    reader: Reader,
    shared: Services,
    found: Found,
    body: NewOrder,
    asked: Asked,
    form: Form,
) -> Response:
    """Begin the payment of what is missing, with which the order is placed; where another amount is
    missing by now, show that first.

    Raises:
        Problem: it was refused.
    """
    if await _is_begun(shared, reader, form):
        return to(page_of(reader, form))
    missing = (await _foreseen(reader, shared, found, body)).missing
    if missing is None or str(missing) != form.get("missing"):
        return await _preview(request, reader, shared, found, body, asked, form, 409)
    return to(await begun(request, shared, reader, form, missing, body))


async def _is_begun(shared: Services, reader: Reader, form: Form) -> bool:
    """Return whether this form has begun a payment before: what is missing may be there since."""
    number = UUID(page_of(reader, form).rpartition("/")[2])
    async with connection(shared.pool) as acquired:
        known = await pay_ins.get(acquired, number)
    return known is not None and known.url is not None


async def _placed(
    request: Request, reader: Reader, shared: Services, body: NewOrder, form: Form
) -> str:
    """Place an order, once for each form that was shown, and return where it is.

    Raises:
        Problem: it was refused.
    """
    key = required_key(request, reader.caller, form.get(KEY), body)
    answer = await placed_once(shared, reader.caller, body, key)
    return f"/orders/{document_of(answer)['id']}"


async def _refused(
    request: Request,
    reader: Reader,
    shared: Services,
    problem: Problem,
    found: Found,
    body: NewOrder,
    asked: Asked,
    form: Form,
) -> Response:
    """Show why an order was refused, with all that was written: what is missing in the wallet, or
    what has changed."""
    refusal = not_begun(problem, reader.formatter)
    if refusal or problem.code is Code.INSUFFICIENT_FUNDS:
        return await _preview(
            request, reader, shared, found, body, asked, form, problem.status, refusal
        )
    fresh = await _found(shared, str(found.view.id))
    known = {str(extra.id) for extra in fresh.view.extras}
    was = {name: form.get(f"was_{name}", "") for name in ("title", "price", "time")}
    moved_on = problem.code is Code.VERSION_MISMATCH
    said = (
        reader.formatter.say(CHANGED)
        if moved_on
        else placing_said(problem.code, problem.detail, reader.formatter)
    )
    again = Asked(
        asked.brief,
        [one for one in asked.extra_ids if one in known],
        wrong=said,
        changed=differences(was, fresh.view, reader) if moved_on else [],
    )
    return await _show(request, reader, shared, fresh, again, problem.status)
