"""The inbox: what its reader was told, by the day, and what of it they have read."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from fastapi import APIRouter, Request
from starlette.responses import Response

from api import paging
from api.pages.forms import Posted
from api.pages.page import show, to
from api.pages.reader import SignedIn
from api.routes.notifications import inbox_of, mark_read_up_to, part_of
from api.schemas.people import NotificationView
from api.state import Shared
from db.pool import transaction
from domain.vocabulary import Role
from texts.sanitize import one_line

router = APIRouter(include_in_schema=False)
PART = 30
PLACES: dict[Role | None, str] = {
    Role.MEDIATOR: "/disputes/{}",
    Role.OPERATOR: "/console/orders/{}",
}
"""Where an order is for who is told of it in this role, if not among their own."""

EXCERPT = 200
"""Characters of a message that are read before one goes there."""


@dataclass(frozen=True)
class Day:
    """What was told on one day."""

    title: str
    notices: Sequence[NotificationView]


@router.get("/inbox")
async def inbox(
    request: Request, reader: SignedIn, shared: Shared, cursor: paging.Cursor = None
) -> Response:
    """Show what the reader was told, the newest first."""
    mine = inbox_of(reader.caller)
    found = await part_of(shared, mine, reader.locale, cursor, PART)
    days = groupby(found.items, key=lambda one: reader.formatter.day(one.at))
    return show(
        request,
        reader,
        "inbox.html",
        days=[Day(title, list(notices)) for title, notices in days],
        unread=found.unread,
        newest=found.items[0].id if found.items else None,
        older=found.next_cursor,
        is_later_part=cursor is not None,
        place=_place,
        excerpt=_excerpt,
    )


def _place(notice: NotificationView) -> str:
    if notice.order_id is None:
        return "/wallet"
    at = PLACES.get(notice.role, "/orders/{}").format(notice.order_id)
    return f"{at}#talk" if _is_message(notice) and notice.role is not Role.OPERATOR else at


def _is_message(notice: NotificationView) -> bool:
    return notice.message_id is not None


def _excerpt(notice: NotificationView) -> str:
    """Return what a notice says first; of a message who wrote what."""
    found = notice.text[1:2] if _is_message(notice) else notice.text[:1]
    return one_line(" ".join(found or notice.text[:1]), EXCERPT)


@router.post("/inbox/read")
async def mark(reader: SignedIn, shared: Shared, form: Posted) -> Response:
    """Mark all as read that was there when the page was shown: what came since stays unread."""
    up_to = paging.number(form.get("up_to", ""), "notification")
    async with transaction(shared.pool) as acquired:
        await mark_read_up_to(acquired, inbox_of(reader.caller), up_to)
    return to("/inbox")
