"""The queue of disputes."""

from fastapi import APIRouter

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
    after = paging.read(cursor, paging.BY_INSTANT)
    async with connection(shared.pool) as acquired:
        rows = await orders.disputes(acquired, after, limit + 1)
    return paging.page(
        rows, limit, lambda one: view(one.read(), caller), lambda one: [one.at, one.id]
    )
