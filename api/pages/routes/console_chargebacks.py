"""Payments that their payers' banks take back, and who owes something for them."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from api import paging
from api.pages.page import show
from api.pages.reader import Operating
from api.pages.tones import Tone
from api.routes.chargebacks import chargeback_view, receivable_view
from api.state import Shared
from db import chargebacks
from db.pool import connection
from db.together import IN_ONE_TRIP, together
from domain.payments import ChargebackState
from texts.labels import CHARGEBACKS

router = APIRouter(prefix="/console/chargebacks", include_in_schema=False)

PAGE = "/console/chargebacks"
ON_A_PAGE = 50
MOST_OWING = 100
"""Of who owes something so many are shown; all are in `GET /v1/receivables`."""

STATES: dict[ChargebackState, tuple[Tone, str]] = {
    ChargebackState.OPENED: ("wait", CHARGEBACKS[ChargebackState.OPENED]),
    ChargebackState.WON: ("good", CHARGEBACKS[ChargebackState.WON]),
    ChargebackState.LOST: ("bad", CHARGEBACKS[ChargebackState.LOST]),
}


@router.get("")
async def listed(
    request: Request, reader: Operating, shared: Shared, cursor: paging.Cursor = None
) -> Response:
    """Who owes something, and what banks have asked back, newest first."""
    after = paging.read(cursor or None, paging.BY_INSTANT)
    async with connection(shared.pool) as acquired:
        found, owing = await together(
            acquired,
            chargebacks.page(IN_ONE_TRIP, after, ON_A_PAGE + 1),
            chargebacks.receivables(IN_ONE_TRIP, None, MOST_OWING),
        )
    onward = paging.onward(found, ON_A_PAGE, lambda one: [one.created_at, one.id])
    return show(
        request,
        reader,
        "console/chargebacks.html",
        lines=paging.shown(found[:ON_A_PAGE], chargeback_view),
        owing=[receivable_view(one) for one in owing] if after is None else [],
        names={one.user_id: one.user_name for one in found},
        states=STATES,
        following=f"{PAGE}?cursor={onward}" if onward else "",
        is_later_part=after is not None,
        takes_payments=shared.payments.takes_payments,
    )
