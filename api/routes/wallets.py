"""Wallets: one's own, anybody's, and what the payment provider puts in and takes out."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import TypeAdapter

from api import paging, render
from api.answers import KeyHeader, required_key
from api.auth.caller import SignedIn
from api.auth.capabilities import Capability, demand
from api.currencies import demand_held
from api.guard.strict_json import StrictRoute
from api.locale import CallerLocale, Locale
from api.problems import documented
from api.schemas.base import Page
from api.schemas.ledger import EntryView, NewPayout, NewTopUp, TransferView, WalletView
from api.state import Shared
from api.transfer_service import carried
from db import chargebacks, wallet_entries, wallets
from db.pool import Connection, connection
from db.together import IN_ONE_TRIP, together
from domain.identifiers import Identifier
from domain.ledger import PostingKind
from domain.vocabulary import Code

router = APIRouter(prefix="/v1", tags=["wallets"], route_class=StrictRoute)

POSITION: TypeAdapter[tuple[paging.BigNumber, paging.SmallNumber]] = TypeAdapter(
    tuple[paging.BigNumber, paging.SmallNumber]
)
RESPONSES = documented(
    Code.IDEMPOTENCY_KEY_REQUIRED,
    Code.INSUFFICIENT_FUNDS,
    Code.FORBIDDEN,
    Code.IDEMPOTENCY_KEY_REUSED,
)
UserId = Annotated[Identifier, Path(description="Whose wallet.")]


@router.get(
    "/wallet",
    operation_id="get_wallet",
    response_model=WalletView,
    responses=documented(),
)
async def get_wallet(caller: SignedIn, shared: Shared) -> WalletView:
    """What the caller holds; money in escrow is not in the wallet."""
    return await _wallet(shared, caller.id)


@router.get(
    "/wallet/entries",
    operation_id="list_wallet_entries",
    response_model=Page[EntryView],
    responses=documented(),
)
async def get_entries(
    caller: SignedIn,
    to: CallerLocale,
    shared: Shared,
    cursor: paging.Cursor = None,
    limit: paging.Limit = 50,
) -> Page[EntryView]:
    """What came into and left the caller's wallets, newest first."""
    return await entries_of(shared, caller.id, to, cursor, limit)


@router.get(
    "/wallets/{user_id}/entries",
    operation_id="list_entries_of_wallet",
    response_model=Page[EntryView],
    responses=documented(Code.FORBIDDEN),
)
async def get_entries_of(
    user_id: UserId,
    caller: SignedIn,
    to: CallerLocale,
    shared: Shared,
    cursor: paging.Cursor = None,
    limit: paging.Limit = 50,
) -> Page[EntryView]:
    """What came into and left anybody's wallets, newest first. For those who
    operate."""
    demand(caller, Capability.READ_ALL)
    return await entries_of(shared, user_id, to, cursor, limit)


@router.get(
    "/wallets/{user_id}",
    operation_id="get_wallet_of",
    response_model=WalletView,
    responses=documented(Code.FORBIDDEN),
)
async def get_wallet_of(user_id: UserId, caller: SignedIn, shared: Shared) -> WalletView:
    """What anybody holds; nothing where nobody is known by this id. For those who operate."""
    demand(caller, Capability.READ_ALL)
    return await _wallet(shared, user_id)


async def _wallet(shared: Shared, user_id: str) -> WalletView:
    async with connection(shared.pool) as acquired:
        return await wallet_in(acquired, user_id)


async def wallet_in(connection: Connection, user_id: str) -> WalletView:
    """What somebody holds and owes, and what of it is kept back: all at one instant."""
    balances, withheld, owed = await together(
        connection,
        wallets.balances(IN_ONE_TRIP, user_id),
        wallets.withheld(IN_ONE_TRIP, user_id),
        chargebacks.owed(IN_ONE_TRIP, user_id),
    )
    return render.wallet(balances, withheld, owed)


async def entries_of(
    shared: Shared,
    user_id: str,
    to: Locale,
    cursor: str | None,
    limit: int,
    within: tuple[datetime, datetime] | None = None,
) -> Page[EntryView]:
    """Return a part of what came into and left somebody's wallets, at any time or `within` two
    instants, newest first."""
    before = paging.read(cursor, POSITION)
    async with connection(shared.pool) as acquired:
        rows = await wallet_entries.entries(acquired, user_id, before, limit + 1, within=within)
    return paging.page(
        rows, limit, lambda row: render.entry(row, to.language), lambda row: [row.tx_id, row.leg]
    )


@router.post(
    "/wallets/{user_id:path}/top-ups",
    operation_id="top_up_wallet",
    status_code=201,
    response_model=TransferView,
    responses=RESPONSES,
)
async def top_up(
    request: Request,
    user_id: UserId,
    caller: SignedIn,
    shared: Shared,
    body: NewTopUp,
    key: KeyHeader = None,
) -> Response:
    """Money that the payment provider has received for a user. Requires a key; for operators,
    finance and payment providers."""
    demand(caller, Capability.CARRY_MONEY)
    keyed = required_key(request, caller, key, body)
    return await carried(shared.pool, keyed, caller, PostingKind.TOP_UP, user_id, body)


@router.post(
    "/wallets/{user_id:path}/payouts",
    operation_id="pay_out_wallet",
    status_code=201,
    response_model=TransferView,
    responses=RESPONSES,
)
async def pay_out(
    request: Request,
    user_id: UserId,
    caller: SignedIn,
    shared: Shared,
    body: NewPayout,
    key: KeyHeader = None,
) -> Response:
    """Money that the payment provider pays out to a user, in any currency that their wallet has
    ever held. Requires a key; for operators, finance and payment providers."""
    demand(caller, Capability.CARRY_MONEY)
    keyed = required_key(request, caller, key, body)
    async with connection(shared.pool) as acquired:
        held = await wallets.balances(acquired, user_id)
    demand_held(body.currency, {balance.currency for balance in held})
    return await carried(shared.pool, keyed, caller, PostingKind.PAYOUT, user_id, body)
