"""The platform's own accounts, and its commission on the way out: for those who operate."""

from fastapi import APIRouter, Request, Response

from api import render
from api.answers import KeyHeader, required_key
from api.auth.caller import SignedIn
from api.auth.capabilities import Capability, demand
from api.currencies import demand_held
from api.guard.strict_json import StrictRoute
from api.problems import documented
from api.schemas.ledger import AccountsView, NewPayout, TransferView
from api.state import Shared
from api.transfer_service import carried
from db import accounts
from db.pool import connection
from domain.ledger import AccountKind, PostingKind
from domain.vocabulary import Code

router = APIRouter(prefix="/v1/accounts", tags=["accounts"], route_class=StrictRoute)


@router.get(
    "",
    operation_id="get_accounts",
    response_model=AccountsView,
    responses=documented(Code.FORBIDDEN),
)
async def get_accounts(caller: SignedIn, shared: Shared) -> AccountsView:
    """What is in escrow, what was earned and not yet taken out, and what came from outside, by
    currency. For those who operate."""
    demand(caller, Capability.READ_ALL)
    async with connection(shared.pool) as acquired:
        sums = await accounts.sums(acquired)
    return render.accounts(sums)


@router.post(
    "/commission/payouts",
    operation_id="pay_out_commission",
    status_code=201,
    response_model=TransferView,
    responses=documented(
        Code.IDEMPOTENCY_KEY_REQUIRED,
        Code.INSUFFICIENT_FUNDS,
        Code.FORBIDDEN,
        Code.IDEMPOTENCY_KEY_REUSED,
    ),
)
async def pay_out_commission(
    request: Request,
    caller: SignedIn,
    shared: Shared,
    body: NewPayout,
    key: KeyHeader = None,
) -> Response:
    """Takes out of the commission what was earned and not yet taken, or less. Requires a key; for
    operators and finance."""
    demand(caller, Capability.TAKE_COMMISSION)
    keyed = required_key(request, caller, key, body)
    async with connection(shared.pool) as acquired:
        sums = await accounts.sums(acquired)
    held = {one.currency for one in sums if one.kind == AccountKind.COMMISSION}
    demand_held(body.currency, held)
    return await carried(shared.pool, keyed, caller, PostingKind.COMMISSION_PAYOUT, None, body)
