"""Payments that their payers' banks take back, and what people owe for them: for those who
operate."""

from fastapi import APIRouter
from pydantic import TypeAdapter

from api import paging
from api.auth.caller import SignedIn
from api.auth.capabilities import Capability, demand
from api.guard.strict_json import StrictRoute
from api.problems import documented
from api.schemas.base import Page
from api.schemas.chargebacks import ChargebackView, ReceivableView
from api.state import Shared
from db import chargebacks
from db.chargebacks import Chargeback, Receivable
from db.pool import connection
from db.reading import reading
from domain.money import Money
from domain.vocabulary import Code

router = APIRouter(prefix="/v1", tags=["payments"], route_class=StrictRoute)

PLACE: TypeAdapter[tuple[paging.Name, paging.Name]] = TypeAdapter(tuple[paging.Name, paging.Name])


@router.get(
    "/chargebacks",
    operation_id="list_chargebacks",
    response_model=Page[ChargebackView],
    responses=documented(Code.FORBIDDEN),
)
async def list_chargebacks(
    caller: SignedIn, shared: Shared, cursor: paging.Cursor = None, limit: paging.Limit = 50
) -> Page[ChargebackView]:
    """Payments that their payers' banks have asked back, newest first. For those who operate."""
    demand(caller, Capability.READ_ALL)
    after = paging.read(cursor, paging.BY_INSTANT)
    async with connection(shared.pool) as acquired:
        found = await chargebacks.page(acquired, after, limit + 1)
    return paging.page(found, limit, chargeback_view, lambda one: [one.created_at, one.id])


@router.get(
    "/receivables",
    operation_id="list_receivables",
    response_model=Page[ReceivableView],
    responses=documented(Code.FORBIDDEN),
)
async def list_receivables(
    caller: SignedIn, shared: Shared, cursor: paging.Cursor = None, limit: paging.Limit = 50
) -> Page[ReceivableView]:
    """Who owes something for payments that were taken back, by their ids. For those who operate."""
    demand(caller, Capability.READ_ALL)
    after = paging.read(cursor, PLACE)
    async with connection(shared.pool) as acquired:
        found = await chargebacks.receivables(acquired, after, limit + 1)
    return paging.page(found, limit, receivable_view, lambda one: [one.user_id, one.currency])


def chargeback_view(one: Chargeback) -> ChargebackView:
    """Return a chargeback as a document."""
    with reading(f"chargeback {one.id}"):
        return ChargebackView(
            id=one.id,
            provider=one.provider,
            reference=one.reference,
            pay_in_id=one.pay_in_id,
            order_id=one.order_id,
            user_id=one.user_id,
            amount=Money(amount=one.amount, currency=one.currency),
            state=one.state,
            evidence_until=one.evidence_until,
            reason=one.reason,
            carried_out=one.is_carried_out,
            created_at=one.created_at,
            ended_at=one.ended_at,
        )


def receivable_view(one: Receivable) -> ReceivableView:
    """Return what somebody owes as a document."""
    return ReceivableView(
        user_id=one.user_id,
        user_name=one.user_name,
        amount=Money(amount=one.amount, currency=one.currency),
    )
