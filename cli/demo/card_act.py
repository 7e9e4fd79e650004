"""The last act of the demonstration: an order paid by card, its seller paid out, and what the bank
sends back. The payment provider is a stand-in on this machine, and says so."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cli.stories.cast import Cast
from cli.stories.world import Json, Refused, Who
from cli.terminal import Terminal
from domain.money import in_words

if TYPE_CHECKING:
    from embedded.stripe_stand_in.process import StandIn

TITLE = "Act 8: paid by card, paid out, and sent back by the bank"
STANDS_IN = "  The payment provider is a stand-in of Stripe on this machine: no money moves."
BRIEF = "A green fish, for a fishmonger's window."
DELIVERY = {"message": "The fish, in green."}
PRICE = {"amount": 2000, "currency": "EUR"}
EARNED = {"amount": 1600, "currency": "EUR"}
PATIENCE_SECONDS = 60


@dataclass
class CardAct:
    """Has Ana pay Ben by card, and Ben be paid out."""

    cast: Cast
    stand_in: "StandIn"
    console: Terminal
    return_url: str

    async def play(self) -> Counter[str]:
        """Play the act; return what came into the books by it and is there still.

        Raises:
            Refused: the product does something else.
        """
        self.console.head(TITLE)
        self.console.tell(STANDS_IN, "dim")
        order = await self._paid_by_card(self.cast.who("ana"))
        await self._worked(order)
        await self._paid_out(self.cast.who("ben"))
        return await self._at_the_provider()

    async def _paid_by_card(self, ana: Who) -> Json:
        service = self.cast.services["logo"]["id"]
        wish = {**PRICE, "return_url": self.return_url}
        wish |= {"order": {"service_id": service, "brief": BRIEF}}
        begun = await self.cast.world.ask("POST", "/v1/pay-ins", ana, wish)
        await self._told("Ana goes to pay by card", begun["state"])
        await self.stand_in.does(f"sessions/{begun['reference']}/pays")
        paid = await self._once(f"/v1/pay-ins/{begun['id']}", ana, "order_id")
        self.cast.placed.append((paid["order_id"], ana))
        await self._told("Ana pays, and her order is placed", paid["state"])
        return await self.cast.world.ask("GET", f"/v1/orders/{paid['order_id']}", ana)

    async def _worked(self, order: Json) -> None:
        ana, ben = self.cast.who("ana"), self.cast.who("ben")
        path = f"/v1/orders/{order['id']}/actions"
        await self.cast.world.ask("POST", f"{path}/accept", ben)
        await self.cast.world.ask("POST", f"{path}/deliver", ben, DELIVERY)
        done = await self.cast.world.ask("POST", f"{path}/complete", ana)
        await self._told("Ben delivers, and Ana accepts the work", done["state"])

    async def _paid_out(self, ben: Who) -> None:
        back = {"return_url": self.return_url}
        opened = await self.cast.world.ask("POST", "/v1/payout-account", ben, back)
        account = opened["url"].rpartition("/")[2]
        await self.stand_in.does(f"accounts/{account}/active")
        await self._told("Ben says who he is, and where his bank is", "active")
        payout = await self.cast.world.ask("POST", "/v1/payouts", ben, EARNED)
        await self._told("Ben asks to be paid out", payout["state"])
        path = f"/v1/payouts/{payout['id']}"
        sent = await self._once(path, ben, "reference")
        await self._arrives(path, ben, sent, "paid", "His bank has it")
        await self._arrives(
            path, ben, sent, "failed", "His bank sends it back: the account is shut"
        )

    async def _arrives(self, path: str, ben: Who, sent: Json, what: str, said: str) -> None:
        before = (await self.cast.world.ask("GET", path, ben))["state"]
        await self.stand_in.does(f"payouts/{sent['reference']}/{what}")
        found = await self._once(path, ben, "state", other_than=before)
        await self._told(said, found["state"])

    async def _once(self, path: str, who: Who, name: str, other_than: object = None) -> Json:
        for _ in range(PATIENCE_SECONDS * 10):
            found = await self.cast.world.ask("GET", path, who)
            if found[name] != other_than:
                return found
            await asyncio.sleep(0.1)
        raise Refused({"detail": f"nothing came of {path} in a minute"})

    async def _told(self, said: str, state: str) -> None:
        self.console.tell(f"  {said:<48} {state}")
        money = await self.cast.money()
        held = (f"{self.cast.names.get(one, one)} {_words(sums)}" for one, sums in money.items())
        self.console.tell(f"    {'   '.join(held)}", "green")

    async def _at_the_provider(self) -> Counter[str]:
        books = (await self.stand_in.books())["EUR"]
        held = Counter({"EUR": int(books["platform"])})
        self.console.tell(f"  The stand-in holds {_words(held)}, as the books have it.", "dim")
        return held


def _words(held: Counter[str]) -> str:
    return " ".join(in_words(amount, code) for code, amount in held.items() if amount) or "–"
