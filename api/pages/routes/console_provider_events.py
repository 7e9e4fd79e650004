"""What the payment provider said, and what of it needs a person."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from api import paging
from api.pages.console.event_lines import event_line, payment_ids, to_do_about
from api.pages.console.order_query import Chip
from api.pages.console.payment_words import FILTERS, outcomes_of
from api.pages.page import show
from api.pages.reader import Operating
from api.problems import invalid
from api.routes.provider_events import POSITION
from api.state import Shared
from db import provider_events
from db.pool import connection

router = APIRouter(prefix="/console/provider-events", include_in_schema=False)

PAGE = "/console/provider-events"
ON_A_PAGE = 50


@router.get("")
async def events(
    request: Request,
    reader: Operating,
    shared: Shared,
    outcome: str = "",
    cursor: paging.Cursor = None,
) -> Response:
    """What was said, the last received first, with what a person does about what needs one."""
    if outcome and outcome not in FILTERS:
        raise invalid("query.outcome", f"must be one of: {', '.join(FILTERS)}")
    before = paging.read(cursor or None, POSITION)
    async with connection(shared.pool) as acquired:
        found = await provider_events.page(acquired, outcomes_of(outcome), before, ON_A_PAGE + 1)
        known = await provider_events.concerned(acquired, payment_ids(found))
    shown = found[:ON_A_PAGE]
    onward = paging.onward(found, ON_A_PAGE, lambda one: one.number)
    query = f"outcome={outcome}&" if outcome else ""
    return show(
        request,
        reader,
        "console/provider_events.html",
        lines=paging.shown(shown, lambda one: event_line(one, known, reader)),
        to_do=to_do_about(shown, reader),
        outcome=outcome,
        filters=FILTERS,
        chips=[Chip(reader.formatter.say(FILTERS[outcome]), PAGE)] if outcome else [],
        following=f"{PAGE}?{query}cursor={onward}" if onward else "",
        is_later_part=before is not None,
        takes_payments=shared.payments.takes_payments,
    )
