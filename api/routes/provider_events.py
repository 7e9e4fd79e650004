"""What the payment provider has said, read by those who operate."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import TypeAdapter

from api import paging
from api.auth.caller import SignedIn
from api.auth.capabilities import Capability, demand
from api.guard.strict_json import StrictRoute
from api.problems import documented
from api.schemas.base import Page
from api.schemas.pay_ins import ProviderEventView
from api.state import Shared
from db import provider_events
from db.pool import connection
from db.provider_events import KeptEvent
from db.reading import reading
from domain.money import Money
from domain.payments import EventOutcome
from domain.vocabulary import Code

router = APIRouter(prefix="/v1/provider-events", tags=["payments"], route_class=StrictRoute)

POSITION: TypeAdapter[int] = TypeAdapter(paging.BigNumber)


@router.get(
    "",
    operation_id="list_provider_events",
    response_model=Page[ProviderEventView],
    responses=documented(Code.FORBIDDEN),
)
async def list_events(
    caller: SignedIn,
    shared: Shared,
    outcome: Annotated[
        EventOutcome | None, Query(description="Only those of which this came.")
    ] = None,
    cursor: paging.Cursor = None,
    limit: paging.Limit = 50,
) -> Page[ProviderEventView]:
    """What the payment provider has said, the last received first. `theirs_only` is of a payment
    that is not known here, `differs` of another amount than ours: neither is booked, both are for a
    person. For those who operate."""
    demand(caller, Capability.READ_ALL)
    before = paging.read(cursor, POSITION)
    async with connection(shared.pool) as acquired:
        found = await provider_events.page(
            acquired, [outcome] if outcome else [], before, limit + 1
        )
    return paging.page(found, limit, _view, lambda one: one.number)


def _view(event: KeptEvent) -> ProviderEventView:
    amount, currency = event.amount, event.currency
    with reading(f"event {event.id} of the payment provider"):
        return ProviderEventView(
            id=event.id,
            provider=event.provider,
            kind=event.kind,
            name=event.name,
            at=event.at,
            received_at=event.received_at,
            reference=event.reference,
            our_id=event.ours,
            amount=Money(amount=amount, currency=currency) if amount and currency else None,
            reason=event.reason,
            outcome=event.outcome,
        )
