"""What the tests of the provider have people do."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from domain.money import Money
from embedded.stripe_stand_in.process import StandIn
from providers.protocol import FoundPayout, NewPayIn, NewPayout, ProviderEvent, StartedPayIn
from providers.stripe import StripeProvider
from tests.app_under_test import eventually
from tests.webhooks.receiver import Hook, Receiver

Json = dict[str, Any]
RETURN_URL = "https://shop.example.org/wallet"


def euros(cents: int) -> Money:
    """So much in euros."""
    return Money(amount=cents, currency="EUR")


def pay_in_of(money: Money, name: str = "pay-in-1") -> NewPayIn:
    """A payment of somebody's."""
    return NewPayIn(name, "bruno", money, "A logo", RETURN_URL)


@dataclass
class Till:
    """A provider, and the fake behind it that does what payers and banks do."""

    provider: StripeProvider
    fake: StandIn

    async def paid(self, money: Money, name: str = "pay-in-1") -> StartedPayIn:
        """A payment that was made."""
        started = await self.provider.start_pay_in(pay_in_of(money, name))
        await self.fake.does(f"sessions/{started.reference}/pays")
        return started

    async def gives_back(self, reference: str, cents: int) -> None:
        """Somebody of the platform sends part of a payment back to its payer, in the dashboard."""
        found = await self.provider.find_pay_in(reference)
        assert found.payment is not None
        await self.provider._stripe.refunds.create_async(
            {"payment_intent": found.payment, "amount": cents}
        )

    async def seller(self, name: str = "selma") -> str:
        """The account of somebody who is paid out."""
        account = await self.provider.open_account(name)
        await self.fake.does(f"accounts/{account.reference}/active")
        return account.reference

    async def ready(self, cents: int = 10_000) -> NewPayout:
        """A payout of so much that can be made: the money is there, and so is the account."""
        await self.paid(euros(cents), "pay-in-of-payout")
        return NewPayout("payout-1", await self.seller(), euros(cents))

    async def sent(self, payout: NewPayout) -> FoundPayout:
        """A payout under way."""
        return await self.provider.pay_out(payout)

    async def found(self, payout: NewPayout, sent: FoundPayout) -> FoundPayout:
        """What became of it."""
        return await self.provider.find_payout(payout.account, sent.reference)

    async def held(self, currency: str = "EUR") -> Json:
        """What the fake holds, and what has moved."""
        books: Json = (await self.fake.books())[currency]
        assert books["balanced"], books
        return books

    async def told(self, receiver: Receiver, name: str) -> ProviderEvent:
        """The first event of this name, as it is read."""
        return self.read(await heard(receiver, name))

    def read(self, hook: Hook) -> ProviderEvent:
        """What a request says."""
        return self.provider.read_event(hook.body, hook.headers, datetime.now(UTC))


async def heard(receiver: Receiver, name: str, at: int = 0) -> Hook:
    """The request that tells of this, once it is there."""

    async def look() -> list[Hook]:
        return [hook for hook in receiver.hooks if json.loads(hook.body)["type"] == name]

    return (await eventually(look, lambda hooks: len(hooks) > at))[at]
