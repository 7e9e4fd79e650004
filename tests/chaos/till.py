"""What payers, sellers and banks do at the payment provider, and what they ask the API for it."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx

from embedded.stripe_stand_in.process import StandIn
from tests.app_under_test import Json, Person
from tests.chaos.clients import Answer, Clients
from tests.contract import eur

LOOK_SECONDS = 0.5
RETURN_URL = "https://shop.example.org/wallet"
UNDER_WAY = ("open", "requested", "pending")


@dataclass(repr=False)
class Till:
    """The provider as people meet it; `patience` is for how many seconds what becomes of a payment
    is waited for."""

    clients: Clients
    stand_in: StandIn
    patience: float

    async def begin(self, who: Person, amount: int, order: Json | None = None) -> Json | None:
        """A payment into somebody's wallet, with what they order."""
        body: dict[str, Any] = {**eur(amount), "return_url": RETURN_URL}
        if order is not None:
            body["order"] = order
        return await self._made(who, "pay-in", "/v1/pay-ins", body)

    async def pay_in(self, who: Person, amount: int) -> Json | None:
        """A payment that is made at once and arrives."""
        begun = await self.begin(who, amount)
        if begun is None:
            return None
        await self.at_page(begun, "pays")
        return await self.ended(who, f"/v1/pay-ins/{begun['id']}")

    async def at_page(self, pay_in: Json, *ways: str) -> None:
        """What a payer does where they pay, one after the other."""
        for way in ways:
            await self.stand_in.does(f"sessions/{pay_in['reference']}/{way}")

    async def payable(self, who: Person) -> bool:
        """Somebody opens an account and says all that is asked of them; whether they could."""
        path, body = "/v1/payout-account", {"return_url": RETURN_URL}
        wanted = self.clients.intent(who, "seller", "payout-account", path, body)
        answer = await self.clients.insist(wanted)
        if answer is None or answer.status != 200:
            return False
        account = answer.document["url"].rpartition("/")[2]
        await self.stand_in.does(f"accounts/{account}/active")
        return True

    async def pay_out(self, who: Person, amount: int, times: int = 1) -> Json | None:
        """A payout that somebody asks for, so many times at once under one key."""
        return await self._made(who, "provider-payout", "/v1/payouts", eur(amount), times)

    async def take_back(self, who: Person, payout: Json) -> Answer | None:
        """Somebody thinks better of a payout, which may be too late."""
        path = f"/v1/payouts/{payout['id']}/cancel"
        return await self.clients.insist(self.clients.intent(who, "seller", "take-back", path, {}))

    async def becomes(self, who: Person, payout: Json, *states: str) -> None:
        """What the bank does with a payout, once the provider has it."""
        path = f"/v1/payouts/{payout['id']}"
        known = await self._looked(who, path, lambda one: one["reference"] or _is_over(one))
        reference = known and known["reference"]
        for state in states if reference else ():
            with suppress(httpx.HTTPStatusError):  # something else became of it meanwhile
                await self.stand_in.does(f"payouts/{reference}/{state}")

    async def ended(self, who: Person, path: str) -> Json | None:
        """A payment, once it is over; None where patience ran out."""
        return await self._looked(who, path, _is_over)

    async def with_order(self, who: Person, pay_in: Json) -> Json | None:
        """A payment with an order, once that is placed or refused."""
        path = f"/v1/pay-ins/{pay_in['id']}"
        return await self._looked(who, path, lambda one: one["order_id"] or one["order_refused"])

    async def _made(
        self, who: Person, what: str, path: str, body: Json, times: int = 1
    ) -> Json | None:
        wanted = self.clients.intent(who, "user", what, path, body)
        answers = await asyncio.gather(*(self.clients.insist(wanted) for _ in range(times)))
        answer = answers[0]
        return answer.document if answer and answer.status == 201 else None

    async def _looked(self, who: Person, path: str, is_so: Callable[[Json], object]) -> Json | None:
        clock = asyncio.get_running_loop().time
        until = clock() + self.patience
        while clock() < until:
            seen = await self.clients.read(who, path)
            if seen is not None and is_so(seen):
                return seen
            await asyncio.sleep(LOOK_SECONDS)
        return None


def _is_over(payment: Json) -> bool:
    return payment["state"] not in UNDER_WAY
