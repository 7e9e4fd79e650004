"""Disputes, payouts, extras, agreements and ends of orders, all at once and in any order: no cent
is lost or doubled, and whatever the books say of it is true."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from uuid import UUID

import pytest

from db import audit, chargebacks
from db.errors import InsufficientFunds
from db.requests import Pending
from domain.actions import AcceptSettlement, BuyExtra, Fields, PositiveMoney, ProposeSettlement
from domain.order import Order
from domain.payments import PayoutState, ProviderEventKind
from domain.vocabulary import Action, State
from tests.db.disputed import BUYER, LOST, OPENED, WON, Payments
from tests.db.market import Market, Owner, act_of, buyer_of, cancellation, completion, seller_of
from tests.db.oracles import violations
from tests.db.returns import cancelled, reversed_by_hand, said, sent, written

ORDERS = 3
PAYOUTS = 6
ENDS = (PayoutState.PAID, PayoutState.FAILED, PayoutState.RETURNED, PayoutState.CANCELLED)


@dataclass(frozen=True)
class Day:
    """A day on which much happens, drawn from a seed."""

    payments: Payments
    draw: Random

    async def begins(self) -> list[Awaitable[None]]:
        """Places some orders, each with its payment; gives all that then happens at once."""
        await self.payments.market.top_up(BUYER, 5_000)
        states = [self.draw.choice((State.DELIVERED, State.IN_PROGRESS)) for _ in range(ORDERS)]
        placed = [await self.payments.order(state) for state in states]
        happens: list[Awaitable[None]] = [self._relay(), self._relay()]
        for number, (pay_in, order) in enumerate(placed):
            happens += [self._life(order), *self._disputes(pay_in, f"{number}")]
        happens += [self._payout() for _ in range(PAYOUTS)]
        self.draw.shuffle(happens)
        return happens

    def _disputes(self, pay_in: UUID, name: str) -> Iterator[Awaitable[None]]:
        first, second = f"{name}-d", f"{name}-e"
        end = self.draw.choice((WON, LOST))
        told: list[tuple[ProviderEventKind, str]] = self.draw.choice(
            (
                [(OPENED, first), (end, first)],
                [(OPENED, first), (OPENED, second), (WON, first), (end, second)],
            )
        )
        for kind, reference in told:
            yield self.payments.say(kind, pay_in, reference)

    async def _life(self, order: Order) -> None:
        ways: tuple[Callable[[Order], Awaitable[None]], ...] = (
            self._completed,
            self._cancelled,
            self._grown,
            self._settled,
        )
        with suppress(InsufficientFunds):
            await self.draw.choice(ways)(order)

    async def _completed(self, order: Order) -> None:
        await self.payments.market.record(completion(await self.payments.read(order.id)))

    async def _cancelled(self, order: Order) -> None:
        await self.payments.market.record(cancellation(await self.payments.read(order.id)))

    async def _grown(self, order: Order) -> None:
        if order.extras:
            await self._acts(order, Action.BUY_EXTRA, BuyExtra(extra_id=order.extras[0].id))
        await self._completed(order)

    async def _settled(self, order: Order) -> None:
        refund = PositiveMoney(amount=self.draw.randint(1, 1_999), currency="EUR")
        fields = ProposeSettlement(refund=refund, reason="Half of it.")
        await self._acts(order, Action.PROPOSE_SETTLEMENT, fields, by_buyer=False)
        now = await self.payments.read(order.id)
        if now.settlements:
            agreed = AcceptSettlement(settlement_id=now.settlements[0].id)
            await self._acts(order, Action.ACCEPT_SETTLEMENT, agreed)

    async def _acts(
        self, order: Order, action: Action, fields: Fields, *, by_buyer: bool = True
    ) -> None:
        now = await self.payments.read(order.id)
        actor = (buyer_of if by_buyer else seller_of)(now)
        await self.payments.market.record(act_of(now, action, actor, fields))

    async def _payout(self) -> None:
        market, amount = self.payments.market, self.draw.randint(1, 1_600)
        is_by_hand, end = self.draw.random() < 0.3, self.draw.choice(ENDS)
        with suppress(InsufficientFunds):
            if is_by_hand:
                await reversed_by_hand(market, await written(market, amount))
            elif end is PayoutState.CANCELLED:
                await cancelled(market, await sent(market, amount))
            else:
                await said(market, await sent(market, amount), end)

    async def _relay(self) -> None:
        for _ in range(5):
            await self.carries_out()

    async def carries_out(self) -> list[UUID]:
        """Does what is to be done for disputes, as an API and workers do; gives what is left."""
        pool = self.payments.market.pool
        async with pool.acquire() as connection:
            for one in await chargebacks.not_carried(connection, 100):
                asked = await chargebacks.carry(connection, one)
                if asked is not None:
                    await self._decided(asked)
            return await chargebacks.not_carried(connection, 100)

    async def _decided(self, asked: Pending) -> None:
        while (await self.payments.decides(asked)).status not in ("recorded", "decided"):
            pass


@pytest.mark.parametrize("seed", range(12))
async def test_no_cent_is_lost_or_doubled_whatever_happens_at_once(
    seed: int, market: Market, owner: Owner
) -> None:
    day = Day(Payments(market), Random(seed))
    await asyncio.gather(*await day.begins())
    assert await violations(owner) == []
    left = [await day.carries_out() for _ in range(10)]
    assert left[-1] == []
    assert await violations(owner) == []
    assert await audit.findings(owner) == []
