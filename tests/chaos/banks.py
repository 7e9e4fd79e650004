"""Payers' banks, which ask for payments back, and keep them or not."""

from dataclasses import dataclass

from embedded.stripe_stand_in.process import StandIn
from tests.app_under_test import Json
from tests.chaos.dispute_kinds import ASKED, DISPUTES, PlannedDispute


@dataclass(repr=False)
class Bank:
    """The bank of one payer, and the payment that it asks about, once it is made."""

    stand_in: StandIn
    planned: PlannedDispute
    pay_in: Json | None = None
    _dispute: str | None = None
    _is_decided: bool = False

    async def after(self, steps: int) -> None:
        """Do what is planned for when so many steps have been taken."""
        if steps == self.planned.after:
            await self.opens()
        elif steps > self.planned.after and not self.planned.late:
            await self.decides()

    async def opens(self) -> None:
        """Ask the payment back, or about it, once."""
        if self.pay_in is None or self._dispute is not None:
            return
        amount = max(1, int(self.pay_in["amount"]["amount"] * self.planned.part))
        opened = await self.stand_in.does(
            f"disputes/of/{self.pay_in['reference']}",
            amount=amount,
            asks=self.planned.kind.startswith(ASKED),
        )
        self._dispute = opened["id"]

    async def decides(self) -> None:
        """Say what becomes of the dispute, once."""
        if self._dispute is None or self._is_decided:
            return
        self._is_decided = True
        for way in DISPUTES[self.planned.kind]:
            await self.stand_in.does(f"disputes/{self._dispute}/{way}")
