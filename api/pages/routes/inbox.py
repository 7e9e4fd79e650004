"""The inbox: what its reader was told, by the day, and what of it they have read."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

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

router = APIRouter(include_in_schema=False)
PART = 30
PLACES: dict[Role | None, str] = {
    Role.MEDIATOR: "/disputes/{}",
    Role.OPERATOR: "/console/orders/{}",
}
"""Where an order is for who is told of it in this role, if not among their own."""


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
    )


def _place(notice: NotificationView) -> str:
    if notice.order_id is None:
        return "/wallet"
    return _of_order(notice.order_id, notice.role)


def _of_order(order_id: UUID, role: Role | None) -> str:
    return PLACES.get(role, "/orders/{}").format(order_id)


@router.post("/inbox/read")
async def mark(reader: SignedIn, shared: Shared, form: Posted) -> Response:
    """Mark all as read that was there when the page was shown: what came since stays unread."""
    up_to = paging.number(form.get("up_to", ""), "notification")
    async with transaction(shared.pool) as acquired:
        await mark_read_up_to(acquired, inbox_of(reader.caller), up_to)
    return to("/inbox")
