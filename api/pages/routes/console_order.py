"""One order, as operators see it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api import paging
from api.auth.capabilities import TO_ORDERS, Capability
from api.pages.acting import offered
from api.pages.console.lines import tone_of, workflow_of
from api.pages.console.order_view import seen_order
from api.pages.console.words import (
    ACCOUNT_KINDS,
    BECAUSE,
    NEEDS,
    PREVIEWED,
    STATUS_TONES,
    STATUSES,
    THEN,
)
from api.pages.page import show
from api.pages.reader import Operating
from api.pages.standing import CONSOLE, Standing, standing
from api.state import Shared
from db.pool import connection
from domain.deadlines import waits_for
from domain.order import Order
from domain.rules import allowed
from domain.vocabulary import Role
from texts.labels import LINES, ROLES, STATES, WINDOWS, label_of

router = APIRouter(prefix="/console/orders", include_in_schema=False)


@router.get("/{order_id}")
async def order(
    request: Request,
    order_id: paging.Id,
    reader: Operating,
    shared: Shared,
    after: Annotated[int, Query(ge=0, lt=2**31)] = 0,
) -> Response:
    """Everything of an order, and what could be done to it now."""
    found = await standing(shared, reader, order_id, CONSOLE)
    row, roles = found.row, found.roles
    async with connection(shared.pool) as acquired:
        seen = await seen_order(acquired, row, roles, reader, after)
    return show(
        request,
        reader,
        "console/order.html",
        whole=seen,
        order=seen.view,
        after=after,
        tone=tone_of(row.order, seen.need),
        state=NEEDS[seen.need] if seen.need == "stuck" else label_of(row.order),
        waits_for=waits_for(seen.current),
        because=BECAUSE,
        then=THEN,
        offered=offered(found),
        withheld=_withheld(found, seen.current),
        kinds=ACCOUNT_KINDS,
        accounts=PREVIEWED,
        statuses=STATUSES,
        status_tones=STATUS_TONES,
        words={"states": STATES, "roles": ROLES, "windows": WINDOWS, "lines": LINES},
        workflow=workflow_of(request, f"/console/orders/{row.order.id}"),
    )


def _withheld(found: Standing, order: Order) -> list[Capability]:
    """Return what operators could do to an order now and its reader may not."""
    could = allowed(order, found.actor(Role.OPERATOR))
    needed = (TO_ORDERS[action] for action in could if not found.roles.may(Role.OPERATOR, action))
    return list(dict.fromkeys(needed))
