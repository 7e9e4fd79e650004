"""Payments out of wallets through the payment provider, asked for by whose wallet it is."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from api import paging, paying_out
from api.answers import KeyHeader, KeyWithoutFields, key_of, required_key
from api.auth.caller import SignedIn
from api.auth.capabilities import Capability, can, demand
from api.guard.strict_json import StrictRoute
from api.openapi.headers import location
from api.paying_out import view
from api.problems import documented, not_found
from api.schemas.base import Page
from api.schemas.payouts import AskedPayout, NewRefusal, PayoutView
from api.state import Shared
from db import payouts
from db.payouts import WantedPayouts
from db.pool import connection
from domain.identifiers import Identifier
from domain.payments import PayoutState
from domain.vocabulary import Code

router = APIRouter(prefix="/v1/payouts", tags=["payments"], route_class=StrictRoute)

PayoutId = Annotated[paging.Id, Path(description="As the call was answered that asked for it.")]
OF_DECISIONS = documented(
    Code.FORBIDDEN,
    Code.NOT_FOUND,
    Code.PAYOUT_NOT_ALLOWED,
    Code.IDEMPOTENCY_KEY_REUSED,
)


@router.post(
    "",
    operation_id="request_payout",
    status_code=201,
    response_model=PayoutView,
    responses={
        201: {"headers": location("the payout")},
        **documented(
            Code.IDEMPOTENCY_KEY_REQUIRED,
            Code.INSUFFICIENT_FUNDS,
            Code.FORBIDDEN,
            Code.NO_PROVIDER,
            Code.PROVIDER_REFUSED,
            Code.PAYOUT_ACCOUNT_NOT_READY,
            Code.IDEMPOTENCY_KEY_REUSED,
        ),
    },
)
async def request_payout(
    request: Request, caller: SignedIn, shared: Shared, body: AskedPayout, key: KeyHeader = None
) -> Response:
    """Has the payment provider pay money of the caller's wallet to their account there. It leaves
    the wallet at once and comes back where it does not arrive. Requires a key. A large one, by
    itself or together with others of the last 24 hours that nobody approved, is `requested`: it
    waits until a second person approves it, and `approval` says why."""
    demand(caller, Capability.TRADE)
    keyed = required_key(request, caller, key, body)
    return (await paying_out.asked_once(shared, caller, body, keyed)).response()


@router.get(
    "",
    operation_id="list_payouts",
    response_model=Page[PayoutView],
    responses=documented(Code.FORBIDDEN),
)
async def list_payouts(
    caller: SignedIn,
    shared: Shared,
    user_id: Annotated[
        Identifier | None, Query(description="Of this user; for those who operate.")
    ] = None,
    state: Annotated[PayoutState | None, Query(description="In this state alone.")] = None,
    cursor: paging.Cursor = None,
    limit: paging.Limit = 50,
) -> Page[PayoutView]:
    """Payouts of the caller, newest first; those who operate see everybody's."""
    if user_id not in (None, caller.id):
        demand(caller, Capability.READ_ALL)
    whose = user_id or (None if can(caller, Capability.READ_ALL) else caller.id)
    after = paging.read(cursor, paging.BY_INSTANT)
    async with connection(shared.pool) as acquired:
        rows = await payouts.page(acquired, WantedPayouts(whose, state), after, limit + 1)
    return paging.page(
        rows, limit, lambda row: view(row, caller), lambda row: [row.created_at, row.id]
    )


@router.get(
    "/{payout_id}",
    operation_id="get_payout",
    response_model=PayoutView,
    responses=documented(Code.NOT_FOUND),
)
async def get_payout(payout_id: PayoutId, caller: SignedIn, shared: Shared) -> PayoutView:
    """One payout: for whose wallet it is of, and for those who operate."""
    number = paging.identifier(payout_id, "payout")
    async with connection(shared.pool) as acquired:
        row = await paying_out.found(acquired, number)
    if row.user_id != caller.id and not can(caller, Capability.READ_ALL):
        raise not_found("payout")
    return view(row, caller)


@router.post(
    "/{payout_id}/cancel",
    operation_id="cancel_payout",
    response_model=PayoutView,
    responses=documented(
        Code.NOT_FOUND,
        Code.NO_PROVIDER,
        Code.PROVIDER_REFUSED,
        Code.PAYOUT_NOT_ALLOWED,
        Code.IDEMPOTENCY_KEY_REUSED,
    ),
)
async def cancel_payout(
    payout_id: PayoutId, caller: SignedIn, shared: Shared, key: KeyWithoutFields
) -> Response:
    """Takes a payout of the caller's back: while it waits for approval, and while the payment
    provider lets it. Its money is in the wallet again, and pays what the caller owes (`recovered`),
    as it does whichever way it comes back."""
    number = paging.identifier(payout_id, "payout")
    return (await paying_out.cancelled_once(shared, caller, number, key)).response()


@router.post(
    "/{payout_id}/approve",
    operation_id="approve_payout",
    response_model=PayoutView,
    responses=OF_DECISIONS,
)
async def approve_payout(
    payout_id: PayoutId, caller: SignedIn, shared: Shared, key: KeyWithoutFields
) -> Response:
    """Lets a large payout go. For operators and finance, and not for who asked for it."""
    demand(caller, Capability.APPROVE_PAYOUTS)
    number = paging.identifier(payout_id, "payout")
    return (await paying_out.approved_once(shared, caller, number, key)).response()


@router.post(
    "/{payout_id}/refuse",
    operation_id="refuse_payout",
    response_model=PayoutView,
    responses=OF_DECISIONS,
)
async def refuse_payout(
    request: Request,
    payout_id: PayoutId,
    caller: SignedIn,
    shared: Shared,
    body: NewRefusal,
    key: KeyHeader = None,
) -> Response:
    """Does not let a large payout go: its money is in the wallet again, and its owner reads why.
    For operators and finance, and not for who asked for it."""
    demand(caller, Capability.APPROVE_PAYOUTS)
    number = paging.identifier(payout_id, "payout")
    keyed = key_of(request, caller, key, body)
    return (await paying_out.refused_once(shared, caller, number, body.reason, keyed)).response()
