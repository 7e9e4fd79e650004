"""The lives of the planned orders, played by careful clients, and brought to their end."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random

from tests.app_under_test import MEDIATOR, Json, Person
from tests.chaos.banks import Bank
from tests.chaos.clients import Answer, Intent
from tests.chaos.kinds import Move, Step
from tests.chaos.market import Market, fields, intent_for, person
from tests.chaos.plan import PlannedOrder
from tests.chaos.till import Till
from tests.contract import FINAL

CROWD = 3
LOOK_SECONDS = 0.5
INTRUSIONS = ("stranger", "wrong role", "again", "stale", "malformed")
TALK = 0.25
"""How probable it is that somebody says something after a move."""
INTRUSION = 0.12
"""How probable something out of place is after a move."""

SHELVED = 0.5
"""How probable it is that a seller archives a service that was just ordered."""
PAYOUT = 0.3
REGRET = 0.3
TIMES = 12
"""Steps in vain after which an order cannot be driven to its end."""

Progress = Callable[[int], Awaitable[None]]


@dataclass(repr=False)
class PlayedOrder:
    """One order from its placing. `seen` is the order as it was last told."""

    market: Market
    order: PlannedOrder
    window: float
    seen: Json | None = None
    placing: Intent | None = None
    went_as_planned: bool = False
    _late: list[Intent] = field(default_factory=list)
    _random: Random = field(init=False)
    _bank: Bank | None = None

    def __post_init__(self) -> None:
        self._random = Random(self.order.seed)
        if self.market.till is not None and self.order.dispute is not None:
            self._bank = Bank(self.market.till.stand_in, self.order.dispute)

    async def play(self, progress: Progress) -> None:
        """Places the order and does what the plan says, until something is refused."""
        await self._place()
        await progress(1)
        done = 0
        if self.seen is not None:
            for step in self.order.steps:
                await self._heard(done)
                accepted = await self._step(step)
                await self._talk()
                await self._intrude()
                done += 1
                await progress(1)
                if not accepted:
                    break
            else:
                self.went_as_planned = True
        await progress(len(self.order.steps) - done)
        await self._heard_at_last()
        for intent in self._late:
            await self.market.clients.insist(intent)
        seller, amount = person(self.order, "seller"), self._random.randint(1, self.order.price)
        if self._random.random() < PAYOUT:
            await self.market.pay_out(seller, amount)
        if self._random.random() < REGRET:
            await self._regret(seller, amount)

    async def _regret(self, seller: Person, amount: int) -> None:
        """Something that came in or went out by mistake is taken back, while the wallet is used."""
        match self._random.choice(("in", "out", "commission")):
            case "in":
                moved = await self.market.top_up(seller, amount)
            case "out":
                moved = await self.market.pay_out(seller, amount)
            case _:
                moved = await self.market.take_commission(amount // 5 + 1)
        await asyncio.gather(
            self.market.regret(moved, self._random.choice((1, 2))),
            self.market.pay_out(seller, amount),
        )

    async def _heard(self, steps: int) -> None:
        """The payer's bank does what it does after so many steps."""
        if self._bank is not None:
            await self._bank.after(steps)

    async def _heard_at_last(self) -> None:
        if self._bank is not None:
            await self._bank.opens()
            await self._bank.after(self._bank.planned.after + 1)

    async def is_decided(self) -> None:
        """The payer's bank says what it has not said."""
        if self._bank is not None:
            await self._bank.decides()

    async def finish(self) -> bool:
        """Drives the order to its end; whether it got there."""
        if self.seen is None:
            return True
        for _ in range(TIMES):
            seen = await self._unfrozen()
            if seen is None:
                return False
            if seen["state"] in FINAL:
                return True
            await self._do(self._way_out(seen))
        return False

    def _way_out(self, seen: Json) -> Move:
        if seen["state"] == "disputed":
            # Of a case that somebody else has, its own mediator would be refused the ruling.
            if seen["dispute"]["mediator_id"] not in (None, MEDIATOR.id):
                return Move("operator", "assign")
            ruling = self._random.choice(("refund", "pay_seller", "split"))
            return Move("mediator", "resolve", ruling)
        if seen["state"] in ("delivered", "revision_requested", "revision_refused"):
            return Move("buyer", "complete")
        return Move("buyer" if seen["late"] else "operator", "cancel")

    async def _place(self) -> None:
        service = await self.market.service_for(self.order)
        if service is None:
            return
        body = {
            "service_id": service["id"],
            "brief": f"Order {self.order.number}.",
            "extra_ids": [extra["id"] for extra in service["extras"][: self.order.extras]],
            "external_id": f"order of {service['id']}",
            "metadata": {"number": str(self.order.number)},
        }
        if self.market.till and self.order.payment in ("with", "late"):
            self.seen = await self._paid_with(self.market.till, service, body)
            return
        answer = await self._order(body)
        if answer and answer.code == "insufficient-funds" and self.order.means:
            await self._find_means()
            answer = await self._order(body)
        if answer and answer.status == 201:
            self.seen = answer.document
            if self._random.random() < SHELVED:
                await self.market.archive(self.order, service)

    async def _find_means(self) -> None:
        buyer, till = person(self.order, "buyer"), self.market.till
        if till is not None and self.order.payment == "first":
            self._is_paid(await till.pay_in(buyer, self.order.price))
        else:
            await self.market.top_up(buyer, self.order.price)

    def _is_paid(self, pay_in: Json | None) -> None:
        """There is something to be asked back."""
        if self._bank is not None:
            self._bank.pay_in = pay_in

    async def _paid_with(self, till: Till, service: Json, body: Json) -> Json | None:
        """The order that is placed by itself when its money is there; None where it is not."""
        buyer = person(self.order, "buyer")
        extras = service["extras"][: self.order.extras]
        price = sum(one["price"]["amount"] for one in (service, *extras))
        begun = await till.begin(buyer, price, body)
        if begun is None:
            return None
        if self.order.payment == "late":
            await self.market.archive(self.order, service)
        await till.at_page(begun, "pays")
        self._is_paid(begun)
        known = await till.with_order(buyer, begun)
        if known is None or known["order_id"] is None:
            return None
        return await self.market.clients.read(buyer, f"/v1/orders/{known['order_id']}")

    async def _order(self, body: Json) -> Answer | None:
        buyer, clients = person(self.order, "buyer"), self.market.clients
        self.placing = clients.intent(buyer, "buyer", "place", "/v1/orders", body)
        again = [clients.insist(self.placing) for _ in range(self._random.choice((1, 1, 2)))]
        return (await asyncio.gather(*again))[0]

    async def _step(self, step: Step) -> bool:
        answers = await asyncio.gather(*(self._do(move) for move in step))
        return any(answer and answer.status == 200 for answer in answers)

    async def _do(self, move: Move) -> Answer | None:
        seen = await self._seen_for(move)
        if seen is None:
            return None
        body = fields(seen, move.by, move.action, move.variant, self._random)
        intent = intent_for(self.market.clients, self.order, seen, move.by, move.action, body)
        if move.manner == "late":
            self._late.append(intent)
        times = CROWD if move.manner == "crowd" else 1
        insisted = [self.market.clients.insist(intent) for _ in range(times)]
        answer = (await asyncio.gather(*insisted))[0]
        if answer and answer.status == 200:
            self.seen = answer.document
        return answer

    async def _seen_for(self, move: Move) -> Json | None:
        """The order as the mover needs to see it: with the offer or proposal that they name."""
        if move.patient:
            return await self._offered(move)
        if move.action.split("_")[-1] in ("offer", "settlement", "extra"):
            return await self._look(move.by)
        return self.seen

    async def _offered(self, move: Move) -> Json | None:
        clock = asyncio.get_running_loop().time
        until = clock() + self.window + self.market.clients.patience
        while clock() < until:
            seen = await self._look(move.by)
            if seen is None or seen["state"] in FINAL or seen["payment_hold"]:
                return None
            if move.action in seen["actions"]:
                return seen
            await asyncio.sleep(LOOK_SECONDS)
        return None

    async def _unfrozen(self) -> Json | None:
        """The order, once no bank asks for its payment; None where patience ran out."""
        clock = asyncio.get_running_loop().time
        until = clock() + self.market.clients.patience
        while clock() < until:
            seen = await self._look("buyer")
            if seen is None or not seen["payment_hold"]:
                return seen
            await asyncio.sleep(LOOK_SECONDS)
        return None

    async def _look(self, role: str) -> Json | None:
        assert self.seen is not None
        path = f"/v1/orders/{self.seen['id']}"
        return await self.market.clients.read(person(self.order, role), path)

    async def _talk(self) -> None:
        """Now and then somebody says something; both at once, or the same in a crowd."""
        assert self.seen is not None
        if self._random.random() > TALK:
            return
        path = f"/v1/orders/{self.seen['id']}/messages"
        wanted = []
        for by in self._random.choice((("buyer",), ("seller",), ("buyer", "seller"))):
            who, text = person(self.order, by), f"{by} {self._random.getrandbits(40):010x}"
            wanted.append(
                self.market.clients.intent(
                    who, by, "message", path, {"text": text}, order_id=self.seen["id"]
                )
            )
        again = self._random.choice((1, 1, CROWD))
        await asyncio.gather(
            *(self.market.clients.insist(one) for one in wanted for _ in range(again))
        )

    async def _intrude(self) -> None:
        """Now and then something that must change nothing."""
        assert self.seen is not None
        if self._random.random() > INTRUSION:
            return
        clients, seen = self.market.clients, self.seen
        what = self._random.choice(INTRUSIONS)
        text = {"reason": "Not now."}
        intent = {
            "stranger": lambda: intent_for(
                clients, self.order, seen, "stranger", "complete", traceless=True
            ),
            "wrong role": lambda: intent_for(clients, self.order, seen, "buyer", "accept"),
            "again": lambda: intent_for(clients, self.order, seen, "seller", "accept"),
            "stale": lambda: intent_for(
                clients, self.order, seen, "seller", "cancel", text, if_match='"0"'
            ),
            "malformed": lambda: intent_for(
                clients, self.order, seen, "buyer", "open_dispute", {"reason": 1}, traceless=True
            ),
        }[what]()
        await clients.insist(intent)
