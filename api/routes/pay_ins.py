"""Payments into wallets, at the payment provider, and what that says."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from api import paging
from api.answers import KeyHeader, required_key
from api.auth.caller import SignedIn
from api.auth.capabilities import Capability, can, demand
from api.guard.strict_json import StrictRoute
from api.openapi.headers import location
from api.paying_in import begun_once, view
from api.problems import documented, not_found
from api.schemas.base import Page
from api.schemas.pay_ins import NewPayIn, PayInView
from api.state import Shared
from db import pay_ins
from db.pool import connection
from domain.identifiers import Identifier
from domain.vocabulary import Code

router = APIRouter(prefix="/v1/pay-ins", tags=["payments"], route_class=StrictRoute)


@router.post(
    "",
    operation_id="start_pay_in",
    status_code=201,
    response_model=PayInView,
    responses={
        201: {"headers": location("the payment")},
        **documented(
            Code.IDEMPOTENCY_KEY_REQUIRED,
            Code.FORBIDDEN,
            Code.NO_PROVIDER,
            Code.PROVIDER_REFUSED,
            Code.IDEMPOTENCY_KEY_REUSED,
        ),
    },
)
async def start_pay_in(
    request: Request, caller: SignedIn, shared: Shared, body: NewPayIn, key: KeyHeader = None
) -> Response:
    """Money for the caller's wallet: answered with the `url` at which they pay the provider.
    Requires a key. Named with it, an order is placed as soon as the money is there; where it cannot
    be placed any more, the money stays in the wallet and `order_refused` says why."""
    demand(caller, Capability.TRADE)
    keyed = required_key(request, caller, key, body)
    return (await begun_once(shared, caller, body, keyed)).response()


@router.get(
    "",
    operation_id="list_pay_ins",
    response_model=Page[PayInView],
    responses=documented(Code.FORBIDDEN),
)
async def list_pay_ins(
    caller: SignedIn,
    shared: Shared,
    user_id: Annotated[
        Identifier | None, Query(description="Of this user; for those who operate.")
    ] = None,
    cursor: paging.Cursor = None,
    limit: paging.Limit = 50,
) -> Page[PayInView]:
    """Payments into the caller's wallet, newest first; those who operate see everybody's."""
    reads_all = can(caller, Capability.READ_ALL)
    if user_id not in (None, caller.id):
        demand(caller, Capability.READ_ALL)
    after = paging.read(cursor, paging.BY_INSTANT)
    whose = user_id or (None if reads_all else caller.id)
    async with connection(shared.pool) as acquired:
        found = await pay_ins.page(acquired, whose, after, limit + 1)
    return paging.page(
        found, limit, lambda one: view(one, caller), lambda one: [one.created_at, one.id]
    )


@router.get(
    "/{pay_in_id}",
    operation_id="get_pay_in",
    response_model=PayInView,
    responses=documented(Code.NOT_FOUND),
)
async def get_pay_in(
    pay_in_id: Annotated[paging.Id, Path(description="As the call was answered that began it.")],
    caller: SignedIn,
    shared: Shared,
) -> PayInView:
    """One payment: for who pays, and for those who operate."""
    number = paging.identifier(pay_in_id, "payment")
    async with connection(shared.pool) as acquired:
        found = await pay_ins.get(acquired, number)
    if found is None or not (found.user_id == caller.id or can(caller, Capability.READ_ALL)):
        raise not_found("payment")
    return view(found, caller)
