"""The caller's account at the payment provider, to which they are paid out."""

from fastapi import APIRouter, Request, Response

from api import payout_accounts
from api.answers import Answer, KeyHeader, answer_with, kept_under, key_of, once
from api.auth.caller import SignedIn
from api.auth.capabilities import Capability, demand
from api.guard.strict_json import StrictRoute
from api.problems import documented
from api.schemas.payouts import NewAccount, OnboardingView, PayoutAccountView
from api.state import Shared
from db.pool import Connection
from domain.vocabulary import Code

router = APIRouter(prefix="/v1/payout-account", tags=["payments"], route_class=StrictRoute)


@router.get(
    "",
    operation_id="get_payout_account",
    response_model=PayoutAccountView,
    responses=documented(Code.NO_PROVIDER, Code.PROVIDER_REFUSED),
)
async def get_payout_account(caller: SignedIn, shared: Shared) -> PayoutAccountView:
    """Whether the payment provider pays the caller out, and what it still asks of them."""
    return payout_accounts.view(await payout_accounts.known(shared, caller.id))


@router.post(
    "",
    operation_id="open_payout_account",
    response_model=OnboardingView,
    responses=documented(
        Code.FORBIDDEN, Code.NO_PROVIDER, Code.PROVIDER_REFUSED, Code.IDEMPOTENCY_KEY_REUSED
    ),
)
async def open_payout_account(
    request: Request, caller: SignedIn, shared: Shared, body: NewAccount, key: KeyHeader = None
) -> Response:
    """Opens an account for the caller at the payment provider, unless they have one; answered with
    the `url` at which they tell it what it asks of them."""
    demand(caller, Capability.TRADE)
    keyed = key_of(request, caller, key, body)
    if (kept := await kept_under(shared.pool, keyed)) is not None:
        return kept.response()  # also while the provider is away
    shown = await payout_accounts.opened(shared, caller, body)

    async def work(_acquired: Connection) -> Answer:
        return answer_with(200, shown)

    return (await once(shared.pool, keyed, work)).response()
