"""Money out: a transfer to somebody's account, then a payout of that account to their bank.

What did not arrive is only told as failed, returned or cancelled once the transfer is taken back:
until then the money is at their account, and may not be in their wallet here as well.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import stripe

from domain.payments import PayoutState
from providers.protocol import FoundPayout, NewPayout, ProviderRefused, ProviderStuck
from providers.stripe.amounts import to_stripe
from providers.stripe.connection import (
    PAGE,
    PAYOUT,
    Connection,
    asked,
    in_our_words,
    naming_an_account,
    noted,
)

STATES = {
    "pending": PayoutState.PENDING,
    "in_transit": PayoutState.PENDING,
    "paid": PayoutState.PAID,
    "failed": PayoutState.FAILED,
    "canceled": PayoutState.CANCELLED,
}
CAME_BACK = (PayoutState.FAILED, PayoutState.CANCELLED)
SHORT_OF_MONEY = "balance_insufficient"
NOT_AVAILABLE_YET = (
    "The marketplace does not have this much available at the payment provider yet. Nothing is"
    " wrong with your account: ask again in a day or two."
)
"""For Stripe's own words, which speak of "your account" to the platform: whoever is paid out would
take it for theirs."""


class Payouts(Connection):
    """What becomes of payments to those who have earned them."""

    async def pay_out(self, payout: NewPayout) -> FoundPayout:
        """Send money to an account; the same answer for the same id.

        Raises:
            ProviderRefused: nothing was sent, or it is back.
            AccountGone: so it is, since there is no such account.
            ProviderStuck: it was sent, and cannot be taken back.
        """
        amount = to_stripe(payout.money, is_payout=True)
        transfer = await self._transfer_of(payout.id)
        if transfer is None:
            transfer = await self._transferred(payout, amount)
        _demand_same(payout, amount, transfer)
        sent = await self._sent_before(payout.id, transfer, payout.account)
        if sent is None:
            sent = await self._sent(payout, transfer)
        return await self._settled(sent)

    async def find_payout(self, account: str, reference: str) -> FoundPayout:
        """Return what became of a payment out; once it failed or was cancelled, that is told when
        the money is with us again.

        Raises:
            ProviderStuck: it failed, and cannot be taken back from the account.
        """
        return await self._settled(
            await asked(
                self._stripe.payouts.retrieve_async(reference, options={"stripe_account": account})
            )
        )

    async def cancel_pay_out(self, account: str, reference: str) -> FoundPayout:
        """Take a payment out back, where it is not under way yet, and return what became of it."""
        options: stripe.RequestOptions = {
            "stripe_account": account,
            "idempotency_key": f"sequestre-payout-{reference}-cancel",
        }
        try:
            cancelled = await asked(self._stripe.payouts.cancel_async(reference, options=options))
        except ProviderRefused:
            # It is on its way, or through.
            return await self.find_payout(account, reference)
        return await self._settled(cancelled)

    async def _transfer_of(self, payout_id: str) -> stripe.Transfer | None:
        # Stripe forgets a key after a day, and a worker may ask again later: so it looks first.
        with _telling(f"Whether {payout_id} has left"):
            found = await self._stripe.transfers.list_async(
                {"transfer_group": _group(payout_id), "limit": 1}
            )
        return found.data[0] if found.data else None

    async def _transferred(self, payout: NewPayout, amount: int) -> stripe.Transfer:
        with _of_the_platform(), naming_an_account():
            return await self._stripe.transfers.create_async(
                {
                    "amount": amount,
                    "currency": payout.money.currency.lower(),
                    "destination": payout.account,
                    "transfer_group": _group(payout.id),
                    "metadata": {PAYOUT: payout.id},
                },
                {"idempotency_key": f"{_group(payout.id)}-transfer"},
            )

    async def _sent_before(
        self, payout_id: str, transfer: stripe.Transfer, account: str
    ) -> stripe.Payout | None:
        with _telling(f"Whether {transfer.id} was paid on"):
            made = await self._stripe.payouts.list_async(
                {"created": {"gte": transfer.created}, "limit": PAGE},
                {"stripe_account": account},
            )
            async for payout in made.auto_paging_iter():
                if noted(payout.metadata, PAYOUT) == payout_id:
                    return payout
        return None

    async def _sent(self, payout: NewPayout, transfer: stripe.Transfer) -> stripe.Payout:
        if transfer.reversed:
            raise ProviderRefused("It was taken back after Stripe had refused to pay it on.")
        try:
            return await asked(
                self._stripe.payouts.create_async(
                    {
                        "amount": transfer.amount,
                        "currency": transfer.currency,
                        "metadata": {PAYOUT: payout.id},
                    },
                    {
                        "idempotency_key": f"{_group(payout.id)}-payout",
                        "stripe_account": payout.account,
                    },
                )
            )
        except ProviderRefused:
            await self._taken_back(payout.id, transfer)
            raise

    async def _settled(self, payout: stripe.Payout) -> FoundPayout:
        state = STATES.get(payout.status, PayoutState.PENDING)
        payout_id = noted(payout.metadata, PAYOUT)
        if state in CAME_BACK and payout_id is not None:
            transfer = await self._transfer_of(payout_id)
            if transfer is not None:
                await self._taken_back(payout_id, transfer)
        return FoundPayout(payout.id, state, payout.failure_message or payout.failure_code)

    async def _taken_back(self, payout_id: str, transfer: stripe.Transfer) -> None:
        left = transfer.amount - transfer.amount_reversed
        if not left:
            return
        # A key is answered with the same refusal for a day, and the money may be there in an hour.
        # Twice it cannot be taken back: Stripe reverses no more than was transferred.
        key = f"{_group(payout_id)}-reversal-{_hour()}"
        try:
            await asked(
                self._stripe.transfers.reversals.create_async(
                    transfer.id,
                    {"amount": left, "metadata": {PAYOUT: payout_id}},
                    {"idempotency_key": key},
                )
            )
        except ProviderRefused as error:
            raise ProviderStuck(f"{transfer.id} cannot be taken back: {error}") from error


@contextmanager
def _of_the_platform() -> Iterator[None]:
    """Send money of the platform's own.

    Raises:
        ProviderRefused: the platform lacks it, in words for whoever is paid out.
    """
    try:
        yield
    except ProviderRefused as error:
        if getattr(error.__cause__, "code", None) == SHORT_OF_MONEY:
            raise ProviderRefused(NOT_AVAILABLE_YET) from error
        raise


@contextmanager
def _telling(what: str) -> Iterator[None]:
    """Ask where money is. Who is refused the answer knows nothing of it: it may be out.

    Raises:
        ProviderStuck: Stripe will not say.
    """
    try:
        with in_our_words():
            yield
    except ProviderRefused as error:
        raise ProviderStuck(f"{what} is not told: {error}") from error


def _hour() -> str:
    return f"{datetime.now(UTC):%Y%m%d%H}"


def _demand_same(payout: NewPayout, amount: int, transfer: stripe.Transfer) -> None:
    asked_for = (amount, payout.money.currency.lower())
    if (transfer.amount, transfer.currency) != asked_for or transfer.destination != payout.account:
        raise ProviderStuck(f"{transfer.id} was made for {payout.id}, and not as it is asked for")


def _group(payout_id: str) -> str:
    return f"sequestre-payout-{payout_id}"
