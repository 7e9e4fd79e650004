"""People who pay in and are paid out, in every way that it can go."""

from dataclasses import dataclass
from random import Random

from tests.app_under_test import Json
from tests.chaos.banks import Bank
from tests.chaos.dispute_kinds import PlannedDispute
from tests.chaos.payment_kinds import DISPUTED, PAY_INS, PAYOUTS, PlannedPayment
from tests.chaos.played_orders import Progress
from tests.chaos.till import Till

CROWDS = (1, 1, 3)


@dataclass(repr=False)
class PlayedPayment:
    """One planned payment, from its beginning."""

    till: Till
    payment: PlannedPayment

    async def play(self, progress: Progress) -> None:
        """Begins what is planned; what becomes of it is waited for when nothing is broken."""
        random = Random(self.payment.seed)
        await (self._out(random) if self.payment.is_payout else self._in())
        await progress(1)

    async def _in(self) -> None:
        begun = await self.till.begin(self.payment.payer, self.payment.amount)
        if begun is not None:
            await self.till.at_page(begun, *PAY_INS[self.payment.kind])
            await self._asked_back(begun)

    async def _asked_back(self, begun: Json) -> None:
        if self.payment.kind in DISPUTED:
            planned = PlannedDispute(DISPUTED[self.payment.kind], part=1, after=0, late=False)
            bank = Bank(self.till.stand_in, planned, begun)
            await bank.opens()
            await bank.decides()

    async def _out(self, random: Random) -> None:
        till, who, amount = self.till, self.payment.payer, self.payment.amount
        if await till.pay_in(who, amount) is None or not await till.payable(who):
            return
        too_much = self.payment.kind == "more than there is"
        wanted = amount + 1 if too_much else random.randint(1, amount)
        payout = await till.pay_out(who, wanted, random.choice(CROWDS))
        if payout is not None:
            await self._see_off(payout)

    async def _see_off(self, payout: Json) -> None:
        kind, who = self.payment.kind, self.payment.payer
        if kind == "taken back":
            await self.till.take_back(who, payout)
        await self.till.becomes(who, payout, *PAYOUTS[kind][:1])
        if kind == "taken back on its way":
            await self.till.take_back(who, payout)
        if kind == "returned":
            await self.till.ended(who, f"/v1/payouts/{payout['id']}")
        await self.till.becomes(who, payout, *PAYOUTS[kind][1:])
