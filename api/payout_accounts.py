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
from providers.protocol import AccountGone


async def opened(shared: Services, caller: Caller, body: NewAccount) -> OnboardingView:
    """Open the caller's account unless they have one that is there; return where they make it
    ready.

    Raises:
        Problem: there is no provider, or it refuses (409); it does not answer (503).
    """
    provider = demanded(shared)
    found = await kept(shared, caller.id)
    with in_problems():
        try:
            account = await _one_of(shared, caller.id, found)
            url = await provider.onboarding_url(account.reference, body.return_url)
        except AccountGone:
            if found is None:
                raise
            account = await _replaced(shared, caller.id, found)
            url = await provider.onboarding_url(account.reference, body.return_url)
    return OnboardingView(state=account.state, asked=list(account.asked), url=url)


async def _one_of(shared: Services, user_id: str, found: KeptAccount | None) -> KeptAccount:
    if found is None:
        return await _begun(shared, user_id)
    return await _looked_at(shared, user_id, found)


async def _begun(shared: Services, user_id: str) -> KeptAccount:
    """Open an account for who has none. It is known before anything else is asked of it: what the
    provider says of it then finds it, and so does who asks again when the provider has forgotten
    that it was opened."""
    provider, asked_at = shared.payments, datetime.now(UTC)
    said = await provider.open_account(user_id)
    async with connection(shared.pool) as acquired:
        return await payout_accounts.note(acquired, provider.name, user_id, said, asked_at)


async def _replaced(shared: Services, user_id: str, gone: KeptAccount) -> KeptAccount:
    """Open another account for whose own is gone at the provider."""
    provider, asked_at = shared.payments, datetime.now(UTC)
    said = await provider.open_account(user_id, gone.reference)
    async with connection(shared.pool) as acquired:
        return await payout_accounts.replace(acquired, provider.name, user_id, said, asked_at, gone)


async def kept(shared: Services, user_id: str) -> KeptAccount | None:
    """Return somebody's account as the provider said last that it is."""
    async with connection(shared.pool) as acquired:
        return await payout_accounts.get(acquired, shared.payments.name, user_id)


async def known(shared: Services, user_id: str) -> KeptAccount | None:
    """Return somebody's account; of one that is not ready the provider is asked, since what it says
    by itself may be on its way. One that is gone there is none.

    Raises:
        Problem: there is no provider, or it refuses (409); it does not answer (503).
    """
    demanded(shared)
    found = await kept(shared, user_id)
    with in_problems():
        try:
            return found and await _looked_at(shared, user_id, found)
        except AccountGone:
            return None


async def _looked_at(shared: Services, user_id: str, found: KeptAccount) -> KeptAccount:
    """Return an account as the provider says now that it is, where it was not ready before.

    Raises:
        AccountGone: there is none such any more.
    """
    if found.state is AccountState.ACTIVE:
        return found
    provider, asked_at = shared.payments, datetime.now(UTC)
    said = await provider.find_account(found.reference)
    async with connection(shared.pool) as acquired:
        return await payout_accounts.note(acquired, provider.name, user_id, said, asked_at, found)


def view(account: KeptAccount | None) -> PayoutAccountView:
    """Return an account as a document."""
    if account is None:
        return PayoutAccountView(state=AccountState.NONE, asked=[])
    return PayoutAccountView(state=account.state, asked=list(account.asked))
