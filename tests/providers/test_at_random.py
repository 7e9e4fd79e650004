"""Payments at random through a provider that fails at random: no cent is lost, made or sent twice.

What these books would say, counted beside, is what the provider holds in the end.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

import pytest

from domain.payments import PayInState, PayoutState
from providers.protocol import FoundPayout, NewPayout, ProviderAway, ProviderRefused
from tests.providers.acts import Till, euros, pay_in_of

STEPS = 25
CALLS = ("", "GET", "POST", "/transfers", "/payouts", "/reversals", "/sessions")
TROUBLE = ("lost_replies", "rate_limited", "broken", "forbidden")
OUT = (PayoutState.PENDING, PayoutState.PAID)

T = TypeVar("T")


@dataclass
class Market:
    """Somebody's books, and the provider that they mirror."""

    till: Till
    random: Random
    wallets: int = 0
    """All that these books say there is in wallets, in cents."""
    payouts: list[tuple[NewPayout, FoundPayout]] = field(default_factory=list)
    made: int = 0

    async def until_known(self, ask: Callable[[], Awaitable[T]]) -> T:
        """What is answered in the end; at first something may go wrong, and a day may pass."""
        for _ in range(self.random.randrange(3)):
            trouble = {self.random.choice(TROUBLE): 1}
            await self.till.fake.fails(call=self.random.choice(CALLS), **trouble)
            try:
                return await ask()
            except ProviderAway:
                if self.random.random() < 0.5:
                    await self.till.fake.does("forgotten-keys")
            finally:
                await self.till.fake.fails()
        return await ask()

    def name(self) -> str:
        """A name that nothing has yet."""
        self.made += 1
        return f"it-{self.made}"

    async def pay_in(self) -> None:
        """Somebody pays, and may have some of it back."""
        money, name = euros(self.random.randrange(100, 5000)), self.name()
        new = pay_in_of(money, name)
        started = await self.until_known(lambda: self.till.provider.start_pay_in(new))
        await self.till.fake.does(f"sessions/{started.reference}/pays")
        found = await self.until_known(lambda: self.till.provider.find_pay_in(started.reference))
        assert (found.state, found.money) == (PayInState.PAID, money)
        self.wallets += money.amount
        part = euros(self.random.randrange(1, money.amount))
        if self.random.random() < 0.3:
            await self.till.gives_back(started.reference, part.amount)
            self.wallets -= part.amount

    async def pay_out(self) -> None:
        """Somebody is paid out, more than there is now and then."""
        amount = self.random.randrange(1, max(2, self.wallets * 5 // 4))
        payout = NewPayout(self.name(), await self.till.seller(), euros(amount))
        try:
            sent = await self.until_known(lambda: self.till.provider.pay_out(payout))
        except ProviderRefused:
            return
        self.payouts.append((payout, sent))
        self.wallets -= amount if sent.state in OUT else 0

    async def bank(self) -> None:
        """A bank does something with a payout, and these books hear of it."""
        under_way = [one for one in self.payouts if one[1].state in OUT]
        if not under_way:
            return
        payout, sent = self.random.choice(under_way)
        state = self.random.choice(["in_transit", "paid", "failed", "failed"])
        await self.till.fake.does(f"payouts/{sent.reference}/{state}")
        await self.look(payout, sent)

    async def take_back(self) -> None:
        """Somebody takes their payout back, as far as that is possible."""
        if not self.payouts:
            return
        payout, sent = self.random.choice(self.payouts)
        cancel = self.till.provider.cancel_pay_out
        await self.until_known(lambda: cancel(payout.account, sent.reference))
        await self.look(payout, sent)

    async def look(self, payout: NewPayout, sent: FoundPayout) -> None:
        """These books follow what became of a payout."""
        found = await self.until_known(lambda: self.till.found(payout, sent))
        if sent.state in OUT and found.state not in OUT:
            self.wallets += payout.money.amount
        self.payouts[self.payouts.index((payout, sent))] = payout, found


@pytest.mark.parametrize("seed", range(4))
async def test_the_books_and_the_provider_agree(seed: int, till: Till) -> None:
    market = Market(till, Random(seed))
    await till.paid(euros(10_000), "first")
    market.wallets = 10_000
    for _ in range(STEPS):
        step = market.random.choice(
            [market.pay_in, market.pay_out, market.pay_out, market.bank, market.take_back]
        )
        await step()
    books = await till.held()
    assert (books["platform"], books["accounts"]) == (market.wallets, 0)
    out = sum(payout.money.amount for payout, found in market.payouts if found.state in OUT)
    assert books["paid_out"] == out
