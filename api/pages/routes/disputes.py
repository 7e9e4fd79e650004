"""The mediators' pages: the queue of disputes, and the case with all that was said and done."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import ValidationError
from starlette.responses import Response

from api import paging
from api.auth.capabilities import Capability, demand
from api.auth.order_roles import CallerRoles
from api.pages.acting import offered
from api.pages.cases.case import CasePage, case_page
from api.pages.cases.case_paper import case_pdf
from api.pages.cases.queue import FILTERS, queue
from api.pages.cases.standing import Target, dispute_of
from api.pages.cases.story import SHOWS, shown
from api.pages.forms import KEY, Form, Posted
from api.pages.page import show, to
from api.pages.panel import Panel, Sheet, panel
from api.pages.reader import Mediating, Reader, SignedIn
from api.pages.standing import CASE, standing_at
from api.pages.time_left import units
from api.problems import Problem, not_found
from api.routes.cases import case_of
from api.routes.messages import write_message
from api.routes.orders import readable
from api.schemas.messages import NewMessage
from api.state import Services, Shared
from db import display_names, reputation
from db.orders import OrderRow
from db.pool import connection
from db.together import IN_ONE_TRIP, together
from domain.text import MAX_TEXT
from domain.vocabulary import Action, Code
from texts.catalogue import msg
from texts.formatter import Formatter
from texts.refusals import problem_said

router = APIRouter(include_in_schema=False)

IN_A_PART = 100
"""Steps of the story that stand on one page."""

NOT_WRITTEN = msg("Write something, in up to %(most)s characters.")

Shown = Annotated[str, Query(alias="show", max_length=20)]


@router.get("/disputes")
async def disputes(
    request: Request, reader: Mediating, shared: Shared, show_only: Shown = "all"
) -> Response:
    """The queue: past their target first, then those that wait the longest."""
    chosen = show_only if show_only in FILTERS else "all"
    async with connection(shared.pool) as acquired:
        found = await queue(acquired, reader, chosen)
    return show(request, reader, "disputes/queue.html", queue=found, filters=FILTERS, chosen=chosen)


@router.get("/disputes/{order_id}")
async def dispute(
    request: Request,
    reader: SignedIn,
    shared: Shared,
    order_id: paging.Id,
    show_only: Shown = "all",
    cursor: paging.Cursor = None,
) -> Response:
    """A case; an earlier part of its story with a cursor."""
    found = await _case(shared, reader, order_id)
    if found is None:
        return to(f"/orders/{order_id}")
    return await _page(request, shared, reader, *found, show_only=show_only, cursor=cursor)


@router.get("/disputes/{order_id}/case.json")
async def case_file(
    reader: Mediating, shared: Shared, order_id: paging.Id, cursor: paging.Cursor = None
) -> Response:
    """The same as programs read it, to keep."""
    found = await _case(shared, reader, order_id)
    if found is None:
        return to(f"/orders/{order_id}")
    row, roles = found
    async with connection(shared.pool) as acquired:
        document = await case_of(acquired, row, roles, cursor, IN_A_PART)
    headers = {
        "Content-Disposition": f'attachment; filename="case-{row.order.id}.json"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(document.model_dump_json(indent=2), 200, headers, "application/json")


@router.get("/disputes/{order_id}/case.pdf")
async def case_paper(
    request: Request, reader: Mediating, shared: Shared, order_id: paging.Id
) -> Response:
    """The same on paper, as a whole."""
    found = await _case(shared, reader, order_id)
    if found is None:
        return to(f"/orders/{order_id}")
    return await case_pdf(request, reader, shared, *found)


@router.post("/disputes/{order_id}/messages")
async def write(
    request: Request, reader: Mediating, shared: Shared, order_id: paging.Id, form: Posted
) -> Response:
    """Write to both sides, once for each form that is shown."""
    text = form.get("text", "")
    try:
        body = NewMessage(text=text)
    except ValidationError:
        most = reader.formatter.number(MAX_TEXT)
        wrong = reader.formatter.say(NOT_WRITTEN, {"most": most})
        return await _again(request, shared, reader, order_id, form, wrong, 422)
    try:
        answer = await write_message(
            request, order_id, reader.caller, shared, body, form.get(KEY) or None
        )
    except Problem as problem:
        if problem.code in (Code.NOT_FOUND, Code.UNAVAILABLE):
            raise
        return await _refused(request, shared, reader, order_id, form, problem.code, problem.status)
    if answer.status_code != 201:
        code = Code.ACTION_NOT_ALLOWED if answer.status_code == 409 else Code.FORBIDDEN
        return await _refused(request, shared, reader, order_id, form, code, answer.status_code)
    return to(f"/disputes/{order_id}#talk")


async def _refused(
    request: Request,
    shared: Services,
    reader: Reader,
    order_id: str,
    form: Form,
    code: Code,
    status: int,
) -> Response:
    wrong = problem_said(code, reader.formatter)
    return await _again(request, shared, reader, order_id, form, wrong, status)


async def _again(
    request: Request,
    shared: Services,
    reader: Reader,
    order_id: str,
    form: Form,
    wrong: str,
    status: int,
) -> Response:
    """Return the case with what was written and is not sent."""
    found = await _case(shared, reader, order_id)
    if found is None:
        return to(f"/orders/{order_id}")
    written = form.get("text", "")
    return await _page(request, shared, reader, *found, status=status, wrong=wrong, written=written)


async def _case(
    shared: Services, reader: Reader, order_id: str
) -> tuple[OrderRow, CallerRoles] | None:
    """Return an order that is or was in dispute; None to its parties, who have a page of their own.

    Raises:
        Problem: the reader looks after no cases (403), or there is none (404).
    """
    try:
        row, roles = await readable(shared, reader.caller, order_id)
    except Problem:
        demand(reader.caller, Capability.SEE_CASES)
        raise
    if reader.caller.id in row.order.parties:
        return None
    if row.order.dispute is None:
        raise not_found("case")
    return row, roles


async def _page(
    request: Request,
    shared: Services,
    reader: Reader,
    row: OrderRow,
    roles: CallerRoles,
    *,
    show_only: str = "all",
    cursor: str | None = None,
    status: int = 200,
    wrong: str = "",
    written: str = "",
) -> Response:
    case = await _told(shared, reader, row, roles, cursor)
    chosen = show_only if show_only in SHOWS else "all"
    values: dict[str, Any] = {
        "case": case,
        "shows": SHOWS,
        "chosen": chosen,
        "story": shown(case.story, chosen),
    }
    if cursor is not None:
        return show(request, reader, "disputes/earlier.html", **values)
    found = standing_at(CASE, row, roles, reader)
    return show(
        request,
        reader,
        "disputes/case.html",
        status=status,
        panel=_ruling(Sheet(found, Action.RESOLVE, Form(()))),
        offered=offered(found) if case.is_open else None,
        left=_left(case.target, row.read_at, reader.formatter),
        read_at=row.read_at,
        wrong=wrong,
        written=written,
        limit=MAX_TEXT,
        **values,
    )


def _left(target: Target | None, now: datetime, formatter: Formatter) -> Sequence[tuple[int, str]]:
    """Return what is left of a target as it is counted down; 0 once it is over."""
    seconds = max(0, int((target.at - now).total_seconds())) if target else 0
    return units(seconds, formatter) if target else ()


async def _told(
    shared: Services, reader: Reader, row: OrderRow, roles: CallerRoles, cursor: str | None
) -> CasePage:
    mediator = dispute_of(row.order).mediator_id
    async with connection(shared.pool) as acquired:
        document, names, earlier = await together(
            acquired,
            case_of(IN_ONE_TRIP, row, roles, cursor, IN_A_PART),
            display_names.of(IN_ONE_TRIP, [mediator] if mediator else []),
            reputation.of_seller(IN_ONE_TRIP, row.order.seller_id, reader.now),
        )
    return case_page(row, roles, reader, document, names, earlier)


def _ruling(sheet: Sheet) -> Panel | None:
    """Return the form of a ruling; None to those who cannot decide the case now."""
    return panel(sheet) if sheet.is_possible else None
