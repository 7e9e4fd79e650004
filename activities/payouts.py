"""What a payment on its way out asks of the world: of the provider, and of the books."""

from uuid import UUID

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.provider_silence import silence_noted
from db import payout_accounts, payouts
from db.payouts import Payout
from db.pool import Pool, connection
from domain.base import Frozen
from domain.money import Money
from domain.payments import PaymentRef, PayoutState, Way
from providers.protocol import (
    AccountGone,
    FoundPayout,
    NewPayout,
    Provider,
    ProviderRefused,
    ProviderStuck,
)

log = structlog.get_logger()


class PayoutRef(Frozen):
    """A payout, by its id."""

    id: str


class PayoutActivities:
    """The activities of `PayoutWorkflow`."""

    def __init__(self, pool: Pool, provider: Provider) -> None:
        self._pool = pool
        self._provider = provider

    @activity.defn(name="carry_payout")
    async def carry_payout(self, payout: PayoutRef) -> PayoutState | None:
        """Carry a payout on from where it stands, and return its state then; None where there is
        none. The provider is asked to pay what may be paid, under the same key however often; of
        what it has, it is asked what became of it. Only what it answers is booked. Of what it has
        paid and refuses to speak of, nothing more is known than that."""
        row = await self._row(payout)
        if row is None:
            return None
        if not _concerns_the_provider(row):
            return await self._settled(row, FoundPayout("", row.state)) if row.seen else row.state
        payment, was_silent = PaymentRef(Way.OUT, row.id), row.silent_since is not None
        try:
            async with silence_noted(self._pool, payment, was_silent=was_silent):
                found = await self._answer(row)
        except ProviderStuck as error:
            await self._note_trouble(row, error)
            raise
        except ApplicationError:
            # Whose account is gone by now: it is looked at for as long as it may come back.
            if row.state is PayoutState.PAID:
                return row.state
            raise
        return await self._settled(row, found)

    async def _row(self, payout: PayoutRef) -> Payout | None:
        async with connection(self._pool) as acquired:
            return await payouts.get(acquired, UUID(payout.id))

    async def _answer(self, row: Payout) -> FoundPayout:
        if row.reference is None:
            return await self._paid_out(row)
        return await self._provider.find_payout(row.account, row.reference)

    async def _paid_out(self, row: Payout) -> FoundPayout:
        """Ask the provider to pay, unless somebody has taken it back in the meantime."""
        async with connection(self._pool) as acquired:
            is_still_wanted = await payouts.begin_call(acquired, row.id)
        if not is_still_wanted:
            return FoundPayout("", PayoutState.PENDING)
        money = Money(amount=row.amount, currency=row.currency)
        try:
            return await self._provider.pay_out(NewPayout(str(row.id), row.account, money))
        except ProviderRefused as error:
            if isinstance(error, AccountGone):
                await self._doubt_account(row)
            return FoundPayout("", PayoutState.FAILED, str(error))

    async def _settled(self, row: Payout, found: FoundPayout) -> PayoutState | None:
        async with connection(self._pool) as acquired:
            return await payouts.settle(acquired, row.id, found, row.seen)

    async def _doubt_account(self, row: Payout) -> None:
        """Have its owner's account asked about when they look: it passes for ready."""
        async with connection(self._pool) as acquired:
            await payout_accounts.doubt(acquired, row.provider, row.account)

    async def _note_trouble(self, row: Payout, error: ProviderStuck) -> None:
        log.error("the money of a payout is stuck at the provider", payout=str(row.id))
        async with connection(self._pool) as acquired:
            await payouts.note_trouble(acquired, row.id, str(error))


def _concerns_the_provider(row: Payout) -> bool:
    """Return whether the provider has a payout or is to have it now."""
    return row.state is PayoutState.PENDING or row.reference is not None
