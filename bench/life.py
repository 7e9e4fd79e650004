"""The life by which everything is measured: six actions of two people, each waited for."""

import asyncio
import itertools
import secrets
from dataclasses import dataclass, field
from typing import Final

from api.auth.tokens import Authority, issue
from bench.http_client import Answer, HttpClient, Json

PRICE: Final = 2_000
"""Cents that each life costs its buyer."""
SAVINGS: Final = 1_000_000_000
GLANCE_SECONDS = 0.05
"""Between two looks at a request that was answered before it was decided."""

SERVICE = {
    "title": "A logo for your shop",
    "price": {"amount": PRICE, "currency": "EUR"},
    "delivery_time": "P3D",
}


@dataclass(frozen=True)
class Act:
    """An action on an order: its name, which of the two does it, and with what body."""

    name: str
    by_seller: bool
    body: Json | None = None


ACTS: Final = (
    Act("accept", by_seller=True),
    Act("deliver", by_seller=True, body={"message": "Here it is."}),
    Act("request_revision", by_seller=False, body={"reason": "Bluer, please."}),
    Act("refuse_revision", by_seller=True, body={"ground": "vague", "reason": "How blue?"}),
    Act("complete", by_seller=False),
)
STEPS: Final = 1 + len(ACTS)
"""The actions of a life, the placing among them."""


class Failed(Exception):
    """The product answered what no measurement can go on from."""


@dataclass(frozen=True)
class Pair:
    """A buyer with money and a seller with a service; their lines of authorization."""

    buyer: str
    seller: str
    service_id: str

    def headers_of(self, act: Act) -> str:
        """Return the headers of whoever does this."""
        return self.seller if act.by_seller else self.buyer


@dataclass
class Marketplace:
    """A running API as the people of many orders meet it."""

    client: HttpClient
    secret: str
    _run: str = field(default_factory=lambda: secrets.token_hex(6))
    _keys: "itertools.count[int]" = field(default_factory=itertools.count)

    def signed(self, person: str, role: Authority = Authority.USER) -> str:
        """Return the line that proves who asks."""
        return f"Authorization: Bearer {issue(self.secret, person, [role])}\r\n"

    @property
    def operator(self) -> str:
        """Return the line of whoever operates the marketplace."""
        return self.signed("the-marketplace", Authority.OPERATOR)

    async def pair(self) -> Pair:
        """Return two people whom nobody has met before, ready for any number of orders.

        Raises:
            Failed: they cannot be had.
        """
        number = next(self._keys)
        buyer, seller = (f"{role}-{self._run}-{number}" for role in ("buyer", "seller"))
        money = {"amount": SAVINGS, "currency": "EUR"}
        await self.post(f"/v1/wallets/{buyer}/top-ups", self.operator, money)
        service = await self.post("/v1/services", self.signed(seller), SERVICE)
        return Pair(self.signed(buyer), self.signed(seller), service["id"])

    async def pairs(self, count: int) -> list[Pair]:
        """Return so many pairs.

        Raises:
            Failed: they cannot be had.
        """
        return [await self.pair() for _ in range(count)]

    async def place(self, pair: Pair) -> str:
        """Place an order and return its id.

        Raises:
            Failed: it is refused.
        """
        body = {"service_id": pair.service_id, "brief": "A blue fish."}
        return str((await self.post("/v1/orders", pair.buyer, body))["id"])

    async def act(self, pair: Pair, order_id: str, act: Act) -> None:
        """Carry an action out and wait for its effect.

        Raises:
            Failed: it is refused.
        """
        path = f"/v1/orders/{order_id}/actions/{act.name}"
        await self.post(path, pair.headers_of(act), act.body)

    async def live(self, pair: Pair) -> str:
        """Play an order's whole life, and return its id.

        Raises:
            Failed: any of it is refused.
        """
        order_id = await self.place(pair)
        for act in ACTS:
            await self.act(pair, order_id, act)
        return order_id

    async def get(self, path: str, who: str) -> Json:
        """Read a document.

        Raises:
            Failed: it is refused.
        """
        return _taken(await self.client.ask("GET", path, who)).document()

    async def post(self, path: str, who: str, body: Json | None = None) -> Json:
        """Do something under a key of its own; what was only written down is waited for.

        Raises:
            Failed: it is refused.
        """
        key = f"Idempotency-Key: bench-{self._run}-{next(self._keys)}\r\n"
        answer = _taken(await self.client.ask("POST", path, who + key, body))
        if answer.status == 202:
            await self._decided(answer.header("location") or path, who)
        return answer.document()

    async def _decided(self, location: str, who: str) -> None:
        while (await self.get(location, who))["outcome"] is None:
            await asyncio.sleep(GLANCE_SECONDS)


def _taken(answer: Answer) -> Answer:
    if not 200 <= answer.status < 300:
        raise Failed(f"the API answered {answer.status}: {answer.body[:500].decode()}")
    return answer
