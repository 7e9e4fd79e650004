"""The page of each action on an order: its form, what it would do, and doing it. The same at the
order's page for its parties, at the case for mediators, and in the console for who operates."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from api import paging
from api.pages.carrying_out import Failed, Recorded, carry_out, fields_of, foresee
from api.pages.fields import Kind, Unreadable
from api.pages.forms import Form, Posted
from api.pages.latest_step import LatestStep, latest_step
from api.pages.page import answered, drawn, is_fragment, show, to
from api.pages.panel import (
    MORE,
    STEP,
    Foreseen,
    Sheet,
    Trouble,
    on_nothing,
    panel,
    refused,
    unreadable,
)
from api.pages.reader import Mediating, Operating, Reader, SignedIn
from api.pages.standing import CASE, CONSOLE, ORDER, Place, Standing, home_of, standing
from api.pages.who_gets import Part
from api.pages.written_values import form_of
from api.problems import STATUS, Problem, not_found
from api.routes.orders import get_request
from api.schemas.orders import RequestView
from api.state import Services, Shared
from db import requests
from db.errors import Unavailable
from db.pool import connection
from domain.vocabulary import Action, Code

router = APIRouter(include_in_schema=False)


MOVED_ON = (Code.ACTION_NOT_ALLOWED, Code.DEADLINE_PASSED, Code.VERSION_MISMATCH)


@dataclass(frozen=True)
class Visit:
    """A reader at the page of an action."""

    request: Request
    shared: Services
    place: Place
    sheet: Sheet

    def page(
        self,
        trouble: Trouble | None = None,
        foreseen: Foreseen | None = None,
        more: int = 0,
        latest: LatestStep | None = None,
    ) -> Response:
        """Return the page, with what was written in it."""
        shown = replace(panel(self.sheet.with_its_thing(), trouble, foreseen, more), latest=latest)
        status = trouble.status if trouble else 200
        reader = self.sheet.found.reader
        return show(self.request, reader, "action/page.html", status=status, panel=shown)

    async def in_vain(self, trouble: Trouble) -> Response:
        """Return the page with why it was refused; where the order is another one than its reader
        thought, with who did what last."""
        latest = None
        if trouble.code in MOVED_ON:
            latest = await latest_step(self.shared, self.sheet.found, self.sheet.role)
        return self.page(trouble, latest=latest)


async def look(visit: Visit) -> Response:
    """Show the form of an action, or what it would do where there is nothing to fill in."""
    if not visit.sheet.is_possible:
        return await visit.in_vain(impossible(visit.sheet))
    if visit.sheet.asks_nothing:
        return await _preview(visit)
    return visit.page()


async def go_on(visit: Visit) -> Response:
    """Take a form one step on: another line, the form again, what it would do, or doing it."""
    form = visit.sheet.form
    if form.get(MORE):
        return visit.page(more=1)
    match form.get(STEP):
        case "form":
            return visit.page()
        case "split":
            return await _split(visit)
        case "confirm":
            return await _confirm(visit)
        case _:
            return await _preview(visit)


async def _preview(visit: Visit) -> Response:
    sheet = visit.sheet.with_its_thing()
    if not sheet.is_possible:
        return await visit.in_vain(impossible(sheet))
    try:
        _, found = await foresee(visit.shared, sheet, fields_of(sheet))
    except Unreadable as error:
        return visit.page(unreadable(sheet, error))
    except Failed as failed:
        return await _as_it_stands(visit, failed.trouble)
    return visit.page(foreseen=found)


async def _split(visit: Visit) -> Response:
    """Return who would get what, while somebody still looks for the amount."""
    sheet, reader = visit.sheet, visit.sheet.found.reader
    wrong, status = "", 200
    parts: tuple[Part, ...] = ()
    try:
        _, found = await foresee(visit.shared, sheet, fields_of(sheet, silent=True))
        parts = found.parts
    except Unreadable as error:
        trouble = unreadable(sheet, error)
        wrong, status = trouble.complaints[0].text, trouble.status
    except Failed as failed:
        wrong, status = failed.trouble.complaints[0].text, failed.trouble.status
    text = drawn(visit.request, reader, "action/_split.html", wrong=wrong, parts=parts)
    return answered(visit.request, text, status)


async def _confirm(visit: Visit) -> Response:
    # Not looked at first, whether it is possible: a form that comes a second time has its answer.
    sheet = visit.sheet
    try:
        recorded = await carry_out(visit.request, visit.shared, sheet, fields_of(sheet))
    except Unreadable as error:
        return visit.page(unreadable(sheet, error))
    except Failed as failed:
        return await _as_it_stands(visit, failed.trouble)
    if recorded is None:
        return to(sheet.found.address)
    return await _written_down(visit, recorded)


async def _as_it_stands(visit: Visit, trouble: Trouble) -> Response:
    """Return the page as the order stands now, which may be why it was refused."""
    before = visit.sheet.found
    try:
        found = await standing(visit.shared, before.reader, before.row.order.id, visit.place)
    except (Problem, Unavailable):
        found = before
    sheet = Sheet(found, visit.sheet.action, visit.sheet.form)
    again = Visit(visit.request, visit.shared, visit.place, sheet)
    return await again.in_vain(trouble) if found is not before else again.page(trouble)


def impossible(sheet: Sheet) -> Trouble:
    """Return why an action cannot be done now, or not on what it was to stand on."""
    hidden = (shape.name for shape in sheet.shapes if shape.kind is Kind.HIDDEN)
    named = {name: sheet.form[name] for name in hidden if name in sheet.form}
    refusal = sheet.found.refusal(sheet.action, named)
    if refusal is None:
        return on_nothing(sheet)
    return refused(sheet, refusal.code, STATUS[refusal.code], refusal.detail)


async def _written_down(visit: Visit, recorded: Recorded) -> Response:
    found = visit.sheet.found
    try:
        asked = await get_request(
            found.row.order.id, recorded.request_id, found.reader.caller, visit.shared
        )
    except Unavailable:  # it is written down: what a page says of a failure would not be true
        return to(_address_of(found, recorded.request_id))
    return _under_way(visit.request, found, asked, 202)


def _address_of(found: Standing, request_id: str) -> str:
    return f"{found.address}/requests/{request_id}"


def _under_way(request: Request, found: Standing, asked: RequestView, status: int) -> Response:
    values: dict[str, Any] = {
        "back": found.address,
        "address": _address_of(found, asked.id),
        "at": asked.received_at,
    }
    if is_fragment(request):
        text = drawn(request, found.reader, "action/_written_down.html", **values)
        return answered(request, text)
    return show(request, found.reader, "action/written_down.html", status=status, **values)


async def _became(
    request: Request, shared: Services, found: Standing, place: Place, request_id: str
) -> Response:
    """Say what became of a request that was written down; one that was refused is shown to who
    made it, with what they wrote."""
    asked = await get_request(found.row.order.id, request_id, found.reader.caller, shared)
    if asked.actor is None or asked.actor.id != found.reader.caller.id:
        raise not_found("request")
    outcome = asked.outcome
    if outcome is None:
        return _under_way(request, found, asked, 200)
    if is_fragment(request):  # the whole page says it, and not a part of this one
        onward = found.address if outcome.accepted else _address_of(found, request_id)
        return answered(request, "", 200, {"HX-Redirect": onward})
    if outcome.accepted or outcome.code is None:
        return to(found.address)
    sheet = Sheet(found, Action(asked.action), await _form_of(shared, found, asked))
    trouble = refused(sheet, outcome.code, STATUS[outcome.code], outcome.detail or "")
    return await Visit(request, shared, place, sheet).in_vain(trouble)


async def _form_of(shared: Services, found: Standing, asked: RequestView) -> Form:
    async with connection(shared.pool) as acquired:
        kept = await requests.said_in(acquired, asked.order_id, asked.id)
    return form_of(Action(asked.action), kept, found.reader.language)


def _action(name: str) -> Action:
    try:
        return Action(name)
    except ValueError:
        raise not_found("action") from None


Step = Callable[[Visit], Awaitable[Response]]


async def _at(
    request: Request,
    shared: Services,
    reader: Reader,
    place: Place,
    order_id: str,
    name: str,
    form: Form,
    step: Step,
) -> Response:
    action = _action(name)
    found = await standing(shared, reader, order_id, place)
    home = home_of(found)
    if home is not place:
        return to(f"{home.base}/{order_id}/actions/{action}")
    found.roles.roles_for(action)  # or else nobody is to fill in what they may not send
    return await step(Visit(request, shared, place, Sheet(found, action, form)))


def _include(place: Place, who: Any) -> None:
    """Put the pages of one place under its address, for those who come there."""

    async def page(
        request: Request, reader: Reader, shared: Shared, order_id: paging.Id, action: str
    ) -> Response:
        form = Form(tuple(request.query_params.multi_items()))
        return await _at(request, shared, reader, place, order_id, action, form, look)

    async def send(
        request: Request,
        reader: Reader,
        shared: Shared,
        order_id: paging.Id,
        action: str,
        form: Posted,
    ) -> Response:
        return await _at(request, shared, reader, place, order_id, action, form, go_on)

    async def became(
        request: Request, reader: Reader, shared: Shared, order_id: paging.Id, request_id: str
    ) -> Response:
        found = await standing(shared, reader, order_id, place)
        return await _became(request, shared, found, place, request_id)

    for route in (page, send, became):
        route.__annotations__["reader"] = who
    address = f"{place.base}/{{order_id}}"
    router.add_api_route(f"{address}/actions/{{action}}", page, methods=["GET"])
    router.add_api_route(f"{address}/actions/{{action}}", send, methods=["POST"])
    router.add_api_route(f"{address}/requests/{{request_id}}", became, methods=["GET"])


for _place, _who in ((ORDER, SignedIn), (CASE, Mediating), (CONSOLE, Operating)):
    _include(_place, _who)
