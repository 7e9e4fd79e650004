"""Where people are paid out: their accounts at the payment provider, as that says they are."""

from datetime import UTC, datetime

from api.auth.tokens import Caller
from api.payment_provider import demanded, in_problems
from api.schemas.payouts import NewAccount, OnboardingView, PayoutAccountView
from api.state import Services
from db import payout_accounts
from db.payout_accounts import KeptAccount
from db.pool import connection
from domain.payments import AccountState


async def opened(shared: Services, caller: Caller, body: NewAccount) -> OnboardingView:
    """Open the caller's account unless they have one; return where they make it ready.

    Raises:
        Problem: there is no provider, or it refuses (409); it does not answer (503).
    """
    account = await known(shared, caller.id) or await _begun(shared, caller.id)
    with in_problems():
        url = await demanded(shared).onboarding_url(account.reference, body.return_url)
    return OnboardingView(state=account.state, asked=list(account.asked), url=url)


async def _begun(shared: Services, user_id: str) -> KeptAccount:
    """Open an account for who has none. It is known before anything else is asked of it: what the
    provider says of it then finds it, and so does who asks again when the provider has forgotten
    that it was opened."""
    provider, asked_at = demanded(shared), datetime.now(UTC)
    with in_problems():
        said = await provider.open_account(user_id)
    async with connection(shared.pool) as acquired:
        return await payout_accounts.note(acquired, provider.name, user_id, said, asked_at)


async def kept(shared: Services, user_id: str) -> KeptAccount | None:
    """Return somebody's account as the provider said last that it is."""
    async with connection(shared.pool) as acquired:
        return await payout_accounts.get(acquired, shared.payments.name, user_id)


async def known(shared: Services, user_id: str) -> KeptAccount | None:
    """Return somebody's account; of one that is not ready the provider is asked, since what it says
    by itself may be on its way.

    Raises:
        Problem: there is no provider, or it refuses (409); it does not answer (503).
    """
    provider, asked_at = demanded(shared), datetime.now(UTC)
    found = await kept(shared, user_id)
    if found is None or found.state is AccountState.ACTIVE:
        return found
    with in_problems():
        said = await provider.find_account(found.reference)
    async with connection(shared.pool) as acquired:
        return await payout_accounts.note(acquired, provider.name, user_id, said, asked_at)


def view(account: KeptAccount | None) -> PayoutAccountView:
    """Return an account as a document."""
    if account is None:
        return PayoutAccountView(state=AccountState.NONE, asked=[])
    return PayoutAccountView(state=account.state, asked=list(account.asked))
