"""The queue of disputes."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import TypeAdapter

from api import paging
from api.auth.caller import SignedIn
from api.auth.capabilities import Capability, demand
from api.guard.strict_json import StrictRoute
from api.problems import documented
from api.routes.orders import view
from api.schemas.base import Page
from api.state import Shared
from db import orders
from db.pool import connection
from documents.order import OrderView
from domain.vocabulary import Code

router = APIRouter(prefix="/v1/disputes", tags=["disputes"], route_class=StrictRoute)

POSITION: TypeAdapter[tuple[paging.RowInstant, UUID]] = TypeAdapter(tuple[paging.RowInstant, UUID])


@router.get(
    "",
    operation_id="list_disputes",
    response_model=Page[OrderView],
    responses=documented(Code.FORBIDDEN),
)
async def list_disputes(
    caller: SignedIn, shared: Shared, cursor: paging.Cursor = None, limit: paging.Limit = 20
) -> Page[OrderView]:
    """Orders in dispute, the longest waiting first. For mediators and those who
    operate."""
    demand(caller, Capability.SEE_CASES)
    after = paging.read(cursor, POSITION)
    async with connection(shared.pool) as acquired:
        rows = await orders.disputes(acquired, after, limit + 1)
    return paging.page(
        rows, limit, lambda one: view(one.read(), caller), lambda one: [one.at, one.id]
    )
