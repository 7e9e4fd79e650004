"""A mediator's case: everything about an order on one read."""

from functools import partial
from uuid import UUID

from fastapi import APIRouter

from api import paging, render
from api.auth.caller import SignedIn
from api.guard.strict_json import StrictRoute
from api.problems import documented
from api.routes.orders import readable
from api.schemas.cases import CaseView
from api.schemas.orders import EventView
from api.state import Shared
from db import events, wallets
from db.pool import connection
from domain.vocabulary import Action, Code

router = APIRouter(prefix="/v1/orders", tags=["disputes"], route_class=StrictRoute)

MOST_STEPS = 5_000
"""More than an order of 1,000 revisions has."""
MOST_REFUSED = 500


@router.get(
    "/{order_id}/case",
    operation_id="get_order_case",
    response_model=CaseView,
    responses=documented(Code.NOT_FOUND),
)
async def get_case(order_id: paging.Id, caller: SignedIn, shared: Shared) -> CaseView:
    """The order with its brief, deliveries, refusals, statements and proposals, the journal with
    refused attempts, and its ledger. For its parties, mediators once disputed, operators. Of a
    journal beyond 5,000 steps or 500 refused attempts the newest are shown, and `journal_whole`
    says so."""
    row, roles = await readable(shared, caller, order_id)
    async with connection(shared.pool) as acquired:
        journal = await events.newest(acquired, UUID(row.order.id), MOST_STEPS, MOST_REFUSED)
        ledger = await wallets.of_order(acquired, UUID(row.order.id))
    entries = paging.shown(journal, partial(render.event, UUID(row.order.id)))
    return CaseView(
        order=render.order(row, roles),
        deliveries=_accepted(entries, Action.DELIVER),
        refusals=_accepted(entries, Action.REFUSE_REVISION, Action.REFUSE_CANCELLATION),
        statements=_accepted(entries, Action.OPEN_DISPUTE, Action.ADD_STATEMENT),
        proposals=_accepted(entries, Action.PROPOSE_SETTLEMENT, Action.WITHDRAW_SETTLEMENT),
        refused_attempts=[entry for entry in entries if not entry.accepted],
        journal=entries,
        journal_whole=bool(journal) and len(entries) == journal[-1].seq,
        ledger=paging.shown(ledger, render.posting),
    )


def _accepted(entries: list[EventView], *actions: Action) -> list[EventView]:
    return [entry for entry in entries if entry.accepted and entry.action in actions]
