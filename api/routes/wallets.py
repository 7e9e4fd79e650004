"""Wallets: one's own, and what the payment provider puts in and takes out."""

import hashlib
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response
from pydantic import TypeAdapter

from api import paging, render
from api.answers import Answer, Key, KeyHeader, answer_with, once, required_key, reused
from api.auth.caller import SignedIn, demand
from api.auth.tokens import Authority
from api.currencies import demand_current
from api.guard.strict_json import StrictRoute
from api.problems import Problem, documented, invalid
from api.schemas.base import Page
from api.schemas.ledger import EntryView, TransferView, WalletView
from api.state import Shared
from db import wallets
from db.errors import AnotherContent, InsufficientFunds
from db.pool import Connection, connection
from domain.actions import NewPrice, PositiveMoney
from domain.currencies import is_known
from domain.identifiers import Identifier
from domain.ledger import PostingKind, wallet
from domain.money import NO_CURRENCY, Money
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
    async with connection(shared.pool) as acquired:
        balances = await wallets.balances(acquired, caller.id)
    return WalletView(balances=[render.balance(held) for held in balances])


@router.get(
    "/wallet/entries",
    operation_id="list_wallet_entries",
    response_model=Page[EntryView],
    responses=documented(),
)
async def get_entries(
    caller: SignedIn, shared: Shared, cursor: paging.Cursor = None, limit: paging.Limit = 50
) -> Page[EntryView]:
    """What came into and left the caller's wallets, newest first."""
    before = paging.read(cursor, POSITION)
    async with connection(shared.pool) as acquired:
        rows = await wallets.entries(acquired, caller.id, before, limit + 1)
    return paging.page(rows, limit, render.entry, lambda row: [row.tx_id, row.leg])


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
    body: NewPrice,
    key: KeyHeader = None,
) -> Response:
    """Money that the payment provider has received for a user. Requires a key; operators only."""
    demand(caller, Authority.OPERATOR)
    keyed = required_key(request, caller, key, body)
    return await _transfer(shared, keyed, PostingKind.TOP_UP, user_id, body)


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
    body: PositiveMoney,
    key: KeyHeader = None,
) -> Response:
    """Money that the payment provider pays out to a user, in any currency that their wallet has
    ever held. Requires a key; operators only."""
    demand(caller, Authority.OPERATOR)
    keyed = required_key(request, caller, key, body)
    await _demand_held(shared, user_id, body.currency)
    return await _transfer(shared, keyed, PostingKind.PAYOUT, user_id, body)


async def _demand_held(shared: Shared, user_id: str, currency: str) -> None:
    """Refuse a payout in what is no currency; what a wallet has held is one, whatever became of
    it since."""
    if is_known(currency):
        return
    async with connection(shared.pool) as acquired:
        held = await wallets.balances(acquired, user_id)
    if currency not in {balance.currency for balance in held}:
        raise invalid("body.currency", NO_CURRENCY)


async def _transfer(
    shared: Shared, key: Key, kind: PostingKind, user_id: str, money: PositiveMoney
) -> Response:
    # The ledger's key comes from the caller's: a second barrier behind the kept answer.
    digest = hashlib.sha256(f"{key.caller}\n{key.key}".encode()).hexdigest()

    async def work(connection: Connection) -> Answer:
        if kind is PostingKind.TOP_UP:
            demand_current(money.currency, "body.currency")
        try:
            await wallets.move(
                connection, f"{kind}:{digest}", kind, user_id, money.amount, money.currency
            )
        except InsufficientFunds as error:
            detail = f"The wallet holds less than {money}. Nothing changed."
            raise Problem(Code.INSUFFICIENT_FUNDS, detail) from error
        except AnotherContent as error:  # the kept answer has expired, the books have not
            raise reused() from error
        held = await wallets.balance(connection, wallet(user_id), money.currency)
        view = TransferView(
            id=UUID(digest[:32]),
            kind=kind,
            user_id=user_id,
            amount=money,
            balance=Money(amount=held, currency=money.currency),
        )
        return answer_with(201, view)

    return (await once(shared.pool, key, work)).response()
