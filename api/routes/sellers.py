"""Sellers' reputations, and the orders behind them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import TypeAdapter

from api import paging
from api.auth.caller import SignedIn
from api.auth.capabilities import demand_own
from api.guard.strict_json import StrictRoute
from api.problems import documented
from api.schemas.base import Page
from api.schemas.reputation import CountedOrder, ReputationView
from api.state import Shared
from db import clock, reputation
from db.pool import connection
from db.reading import reading
from db.reputation import EndedOrder
from domain.identifiers import Identifier
from domain.reputation import Reputation
from domain.vocabulary import Code

router = APIRouter(
    prefix="/v1/sellers/{seller_id:path}/reputation", tags=["sellers"], route_class=StrictRoute
)

SellerId = Annotated[Identifier, Path(description="Whose.")]
POSITION: TypeAdapter[tuple[paging.Instant, paging.Instant, UUID]] = TypeAdapter(
    tuple[paging.Instant, paging.Instant, UUID]
)


@router.get(
    "",
    operation_id="get_reputation",
    response_model=ReputationView,
    responses=documented(),
)
async def get_reputation(seller_id: SellerId, _caller: SignedIn, shared: Shared) -> ReputationView:
    """Completed among completed and cancelled, of the orders that ended in the last 180 days."""
    async with connection(shared.pool) as acquired:
        now = await clock.now(acquired)
        return view(await reputation.of_seller(acquired, seller_id, now))


@router.get(
    "/orders",
    operation_id="list_counted_orders",
    response_model=Page[CountedOrder],
    responses=documented(Code.FORBIDDEN),
)
async def get_orders_behind(
    seller_id: SellerId,
    caller: SignedIn,
    shared: Shared,
    cursor: paging.Cursor = None,
    limit: paging.Limit = 20,
) -> Page[CountedOrder]:
    """The orders that the rate is counted from, the last to end first. For the seller alone, and
    for those who operate. The parts of one list all speak of the instant of the first."""
    demand_own(caller, seller_id, "The orders behind the rate")
    position = paging.read(cursor, POSITION)
    async with connection(shared.pool) as acquired:
        now, before = (position[0], position[1:]) if position else (await clock.now(acquired), None)
        rows = await reputation.orders_behind(acquired, seller_id, now, before, limit + 1)
    return paging.page(
        rows,
        limit,
        _counted,
        lambda row: [now, row.ended_at, row.order_id],
    )


def _counted(row: EndedOrder) -> CountedOrder:
    with reading(f"order {row.order_id}"):
        return CountedOrder(**vars(row))


def view(found: Reputation) -> ReputationView:
    """A reputation as a document."""
    return ReputationView(
        completion_rate=found.completion_rate,
        band=found.band,
        visibility=found.visibility,
        completed=found.completed,
        cancelled=found.cancelled,
    )
