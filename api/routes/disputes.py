"""The queue of disputes."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import TypeAdapter

from api import paging, render
from api.auth.caller import SignedIn, demand
from api.auth.order_roles import roles_in
from api.auth.tokens import Authority
from api.guard.strict_json import StrictRoute
from api.problems import documented
from api.schemas.base import Page
from api.state import Shared
from db import orders
from db.orders import OrderRow
from db.pool import connection
from documents.order import OrderView
from domain.vocabulary import Code

router = APIRouter(prefix="/v1/disputes", tags=["disputes"], route_class=StrictRoute)

POSITION: TypeAdapter[tuple[paging.Instant, UUID]] = TypeAdapter(tuple[paging.Instant, UUID])


@router.get("", response_model=Page[OrderView], responses=documented(Code.FORBIDDEN))
async def list_disputes(
    caller: SignedIn, shared: Shared, cursor: paging.Cursor = None, limit: paging.Limit = 20
) -> Page[OrderView]:
    """Orders in dispute, the longest waiting first. For mediators and operators."""
    demand(caller, Authority.MEDIATOR, Authority.OPERATOR)
    after = paging.read(cursor, POSITION)
    async with connection(shared.pool) as acquired:
        rows = await orders.disputes(acquired, after, limit + 1)

    def show(row: OrderRow) -> OrderView:
        return render.order(row, roles_in(row.order, caller))

    return paging.page(rows, limit, show, _position)


def _position(row: OrderRow) -> list[object]:
    dispute = row.order.dispute
    return [dispute.opened_at if dispute else row.created_at, row.order.id]
