"""The page of an order for its two parties, what is said on it, and what lives on it by itself."""

import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import ValidationError
from starlette.responses import Response

from api import paging
from api.pages.cases.case_paper import case_pdf
from api.pages.deadline_file import TYPE, calendar
from api.pages.forms import KEY, Form, Posted
from api.pages.order_page import REGIONS, OrderPage, Since, happened, order_page
from api.pages.order_reader import Seen, seen
from api.pages.page import answered, drawn, is_fragment, show, to
from api.pages.reader import Reader, SignedIn, seconds_left
from api.pages.standing import CASE, CONSOLE, ORDER, Place, Standing, standing
from api.pages.written import Written, refused, wrong
from api.problems import Problem, not_found
from api.routes.cases import get_case
from api.routes.messages import read_up_to, write_message
from api.routes.orders import readable
from api.routes.stream import News, following
from api.schemas.messages import NewMessage, ReadUpToMessage
from api.state import Services, Shared
from db import order_page as rows_of_page
from db.errors import Unavailable
from db.events import NEWEST
from db.order_page import StoryPlace
from db.pool import connection
from domain.deadlines import nearest_deadline
from domain.vocabulary import Code, Role, known_code
from texts.catalogue import msg

router = APIRouter(prefix="/orders/{order_id}", include_in_schema=False)

Number = Annotated[int | None, Query(ge=1, le=NEWEST)]
MOST_PARTS = 50
"""Of a case: each holds a hundred steps and more."""

DEADLINE_OF = msg("Deadline: %(title)s")


@dataclass(frozen=True)
class Look:
    """What part of the story and of the conversation somebody looks at."""

    place: StoryPlace
    talk: int | None


async def _look(
    story: Literal["newest", "oldest"] = "newest",
    before: Number = None,
    after: Number = None,
    talk: Number = None,
) -> Look:
    on = story == "oldest"
    return Look(StoryPlace(on, after if on else before), talk)


Looking = Annotated[Look, Depends(_look)]


@router.get("")
async def page(
    request: Request,
    reader: SignedIn,
    shared: Shared,
    order_id: paging.Id,
    look: Looking,
    part: Literal["live"] | None = None,
    since: str = "",
) -> Response:
    """Show the order to its buyer or seller; who looks after it has a page of their own."""
    whole = await seen(shared, reader, order_id, look.place, look.talk)
    if whole.role not in ORDER.roles:
        return to(f"{_home(whole.found).base}/{order_id}")
    if part is not None and is_fragment(request):
        return _moved(request, reader, whole, Since.read(since))
    return _shown(request, reader, whole)


def _home(found: Standing) -> Place:
    """Return where somebody looks at an order who looks after it."""
    return CASE if Role.MEDIATOR in found.roles.roles else CONSOLE


def _shown(request: Request, reader: Reader, whole: Seen, text: Written | None = None) -> Response:
    shown = order_page(whole)
    status = text.status if text else 200
    return show(request, reader, "order/page.html", status=status, **_values(shown, text))


def _moved(request: Request, reader: Reader, whole: Seen, before: Since) -> Response:
    """Return the regions of a page that is open, and what happened since it was drawn."""
    shown = order_page(whole)
    values = {**_values(shown, None), "regions": REGIONS, "news": happened(whole, before)}
    return answered(request, drawn(request, reader, "order/_live.html", **values))


def _values(shown: OrderPage, text: Written | None) -> dict[str, Any]:
    return {"order": shown, "offered": shown.offered, "written": text or Written()}


@router.post("/messages")
async def write(
    request: Request, reader: SignedIn, shared: Shared, order_id: paging.Id, form: Posted
) -> Response:
    """Say something on the order; what could not be sent stands in the form again."""
    try:
        body = NewMessage.model_validate(_fields(form))
    except ValidationError as error:
        text = wrong(form, error, reader.formatter)
        return await _again(request, reader, shared, order_id, text)
    try:
        key = form.get(KEY)
        answer = await write_message(request, order_id, reader.caller, shared, body, key)
    except Problem as problem:
        if problem.code is not Code.RATE_LIMITED:
            raise
        text = refused(form, problem.code, problem.status, reader.formatter)
        return await _again(request, reader, shared, order_id, text)
    said = json.loads(bytes(answer.body))
    if answer.status_code == 201:
        return to(f"{ORDER.base}/{order_id}#message-{said['id']}")
    code = known_code(said["code"])
    text = refused(form, code, answer.status_code, reader.formatter)
    return await _again(request, reader, shared, order_id, text)


def _fields(form: Form) -> dict[str, Any]:
    links = [one for one in form.all("links") if one.strip()]
    return {"text": form.get("text", ""), "links": links}


async def _again(
    request: Request, reader: Reader, shared: Services, order_id: str, text: Written
) -> Response:
    whole = await seen(shared, reader, order_id, StoryPlace())
    if whole.role not in ORDER.roles:  # who writes on the case has its page
        raise not_found("order")
    return _shown(request, reader, whole, text)


@router.post("/messages/read")
async def read(
    request: Request, reader: SignedIn, shared: Shared, order_id: paging.Id, form: Posted
) -> Response:
    """Mark what was said as read, since the reader looks at it."""
    try:
        body = ReadUpToMessage.model_validate({"up_to": form.get("up_to", "")})
    except ValidationError:
        raise not_found("message") from None
    await read_up_to(request, order_id, reader.caller, shared, body)
    if is_fragment(request):
        return answered(request, "")
    return to(f"{ORDER.base}/{order_id}#conversation")


@router.get("/deadline.ics")
async def deadline(
    request: Request, reader: SignedIn, shared: Shared, order_id: paging.Id
) -> Response:
    """Return the order's deadline for a calendar; 404 where none runs."""
    found = await standing(shared, reader, order_id, ORDER)
    order = found.row.order
    due = nearest_deadline(order)
    if due is None:
        raise not_found("deadline")
    title = reader.formatter.say(DEADLINE_OF, {"title": found.row.words.title})
    url = f"{str(request.base_url).rstrip('/')}{ORDER.base}/{order_id}"
    text = calendar(order.id, order.version, due, title, url, found.row.read_at)
    return _file(text.encode(), f"order-{order_id}.ics", TYPE)


@router.get("/case.json")
async def case(reader: SignedIn, shared: Shared, order_id: paging.Id) -> Response:
    """Return all that is kept of the order, as the API gives it: its case, in parts, the newest
    first."""
    parts = [await get_case(order_id, reader.caller, shared)]
    while parts[-1].next_cursor is not None and len(parts) < MOST_PARTS:
        parts.append(await get_case(order_id, reader.caller, shared, parts[-1].next_cursor))
    text = ",".join(part.model_dump_json() for part in parts)
    return _file(f"[{text}]".encode(), f"order-{order_id}.json", "application/json")


@router.get("/case.pdf")
async def case_on_paper(
    request: Request, reader: SignedIn, shared: Shared, order_id: paging.Id
) -> Response:
    """Return the same to be read by people, who may be others than the two."""
    row, roles = await readable(shared, reader.caller, order_id)
    return await case_pdf(request, reader, shared, row, roles)


def _file(content: bytes, name: str, kind: str) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, 200, headers, kind)


async def _readable(reader: SignedIn, shared: Shared, order_id: paging.Id) -> UUID:
    found = await standing(shared, reader, order_id, ORDER)
    return UUID(found.row.order.id)


async def _heard(
    last_event_id: Annotated[str, Header(alias="Last-Event-ID")] = "", after: str = ""
) -> Since:
    return Since.read(last_event_id or after)


@router.get("/stream", response_class=EventSourceResponse)
async def stream(
    order: Annotated[UUID, Depends(_readable)],
    heard: Annotated[Since, Depends(_heard)],
    reader: SignedIn,
    shared: Shared,
) -> AsyncIterator[ServerSentEvent]:
    """Say `moved` whenever the order, or what is said on it, has gone beyond what was heard; the
    page then asks for its regions. It ends with the session."""

    async def look() -> News:
        nonlocal heard
        now = await _newest(shared, order)
        if now is None or now == heard:
            return News(())
        heard = now
        return News((ServerSentEvent(event="moved", id=str(now), raw_data=str(now)),))

    async with aclosing(following(shared, order, seconds_left(reader), look)) as events:
        async for event in events:
            yield event


async def _newest(shared: Services, order: UUID) -> Since | None:
    """Return how far the order is; None while the database is away."""
    try:
        async with connection(shared.pool) as acquired:
            return Since(*await rows_of_page.newest(acquired, order))
    except Unavailable:
        return None
