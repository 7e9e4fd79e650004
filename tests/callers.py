"""The people who use the product over HTTP, and an order between two of them."""

import asyncio
import itertools
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

import httpx

from api.auth.tokens import issue
from api.server import ApiServer
from tests.contract import BODIES, WAY, body_of

SECRET = "a-secret-for-tests-that-is-long-enough-to-sign-with"
PATIENCE_SECONDS = 60.0
SHORTER_THAN_THE_SERVERS = httpx.Limits(
    max_connections=100, max_keepalive_connections=20, keepalive_expiry=1.0
)
"""uvicorn closes a connection that was idle for five seconds. A client that keeps it for as long
asks now and then on one that is just being closed."""

# httpcore asks for sniffio whenever it waits. Where that is not installed, it would be looked for
# on the whole path each time, which is much of what a request costs.
sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]  # None says: do not look for it
# Building a TLS context with the machine's certificates takes longer than most tests.
_NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

_numbers = itertools.count(1)

Json = dict[str, Any]
T = TypeVar("T")


async def eventually(
    look: Callable[[], Awaitable[T]],
    holds: Callable[[T], bool] = bool,
    patience: float = PATIENCE_SECONDS,
) -> T:
    """What `look` gives once it holds.

    Raises:
        TimeoutError: it did not within the patience of a test (seconds).
    """
    async with asyncio.timeout(patience):
        while not holds(found := await look()):
            await asyncio.sleep(0.02)
        return found


@dataclass(frozen=True)
class Person:
    """Somebody with a token."""

    id: str
    roles: tuple[str, ...] = ("user",)

    def signed(self, secret: str) -> dict[str, str]:
        """The headers that prove who they are."""
        return {"Authorization": f"Bearer {_token(secret, self.id, self.roles)}"}

    @property
    def headers(self) -> dict[str, str]:
        """The same, for the app's own secret."""
        return self.signed(SECRET)


@cache
def _token(secret: str, person_id: str, roles: tuple[str, ...]) -> str:
    """A token that is signed once, for it is good for longer than the tests take."""
    return issue(secret, person_id, roles)


def somebody(name: str, *roles: str) -> Person:
    """A person whom nobody has met before."""
    return Person(f"{name}-{next(_numbers)}", roles or ("user",))


def address_of(who: Person) -> str:
    """Where somebody gets mails, unless they say otherwise."""
    return f"{who.id}@example.org"


OPERATOR = Person("the-operator", ("operator",))
MEDIATOR = Person("the-mediator", ("mediator",))


@dataclass
class ApiClient:
    """The API, as its callers meet it."""

    client: httpx.AsyncClient
    secret: str = SECRET
    server: ApiServer | None = None
    """The server behind it, where it runs in this process."""

    def signed(self, who: Person) -> dict[str, str]:
        """The headers that prove here who somebody is."""
        return who.signed(self.secret)

    async def call(
        self,
        method: str,
        path: str,
        who: Person | None = None,
        body: Any = None,
        *,
        key: str | None = None,
        **headers: str,
    ) -> httpx.Response:
        """One request. Header names are given with underscores."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent |= self.signed(who) if who else {}
        sent |= {"Idempotency-Key": key} if key else {}
        return await self.client.request(method, path, headers=sent, json=body)

    async def get(self, path: str, who: Person | None = None, **headers: str) -> httpx.Response:
        """Reads something."""
        return await self.call("GET", path, who, **headers)

    async def post(
        self, path: str, who: Person | None = None, body: Any = None, **more: Any
    ) -> httpx.Response:
        """Does something."""
        return await self.call("POST", path, who, body, **more)

    async def act(
        self, order: Json, action: str, who: Person, body: Any = None, **more: Any
    ) -> httpx.Response:
        """Acts on an order."""
        return await self.post(f"/v1/orders/{order['id']}/actions/{action}", who, body, **more)

    async def top_up(self, who: Person, amount: int, currency: str = "EUR") -> None:
        """Puts money into a wallet."""
        answer = await self.post(
            f"/v1/wallets/{who.id}/top-ups",
            OPERATOR,
            {"amount": amount, "currency": currency},
            key=f"top-up-{next(_numbers)}",
        )
        assert answer.status_code == 201, answer.text

    async def balance(self, who: Person, currency: str = "EUR") -> int:
        """What somebody's wallet holds, in cents."""
        answer = await self.get("/v1/wallet", who)
        assert answer.status_code == 200, answer.text
        held = {one["currency"]: one["amount"] for one in answer.json()["balances"]}
        return int(held.get(currency, 0))

    async def says(self, who: Person, language: str = "en", *, by_email: bool = True) -> Person:
        """Somebody says how to be told, and by their token what they are."""
        body = {
            "language": language,
            "email": address_of(who),
            "time_zone": "Europe/Paris",
            "channels": {"email": by_email},
        }
        answer = await self.call("PUT", "/v1/me", who, body)
        assert answer.status_code == 200, answer.text
        return who

    async def offer(self, seller: Person, **fields: Any) -> Json:
        """A service with two extras, 20.00 EUR and 3 days unless told otherwise."""
        body = {
            "title": "A logo",
            "price": {"amount": 2000, "currency": "EUR"},
            "delivery_time": "P3D",
            "extras": [
                {
                    "title": "Source files",
                    "price": {"amount": 500, "currency": "EUR"},
                    "delivery_time": "P1D",
                },
                {
                    "title": "A second draft",
                    "price": {"amount": 700, "currency": "EUR"},
                    "delivery_time": "P2D",
                },
            ],
            **fields,
        }
        answer = await self.post("/v1/services", seller, body)
        assert answer.status_code == 201, answer.text
        service: Json = answer.json()
        return service

    async def order(self, order_id: str, who: Person) -> Json:
        """An order as somebody sees it now."""
        answer = await self.get(f"/v1/orders/{order_id}", who)
        assert answer.status_code == 200, answer.text
        order: Json = answer.json()
        return order

    async def events(self, order: Json, who: Person) -> list[Json]:
        """The order's journal."""
        answer = await self.get(f"/v1/orders/{order['id']}/events", who)
        assert answer.status_code == 200, answer.text
        events: list[Json] = answer.json()["items"]
        return events


def calling(
    url: str, secret: str = SECRET, seconds: float = PATIENCE_SECONDS
) -> AbstractAsyncContextManager[ApiClient]:
    """Calls the API at an address, and gives it so long for each answer."""
    client = httpx.AsyncClient(
        base_url=url,
        timeout=seconds,
        verify=_NO_CERTIFICATES,
        trust_env=False,
        limits=SHORTER_THAN_THE_SERVERS,
    )
    return _called(client, secret)


@asynccontextmanager
async def _called(client: httpx.AsyncClient, secret: str) -> AsyncIterator[ApiClient]:
    async with client:
        yield ApiClient(client, secret)


async def in_time(attempt: Callable[[str], Awaitable[T]], first: int = 1) -> T:
    """What an attempt gives that has to be through before a window closes: with one of so many
    seconds (an ISO 8601 duration) at first, and with longer ones where this machine is too slow.

    Raises:
        AssertionError: of the attempt with the longest window.
    """
    return await in_seconds(lambda seconds: attempt(f"PT{seconds}S"), first)


async def in_seconds(attempt: Callable[[int], Awaitable[T]], first: int = 1) -> T:
    """What an attempt gives that has so many seconds at first, and more where this machine is too
    slow.

    Raises:
        AssertionError: of the attempt with the most.
    """
    for seconds in (first, 4 * first):
        with suppress(AssertionError):
            return await attempt(seconds)
    return await attempt(16 * first)


@dataclass
class OrderInPlay:
    """An order with its people, on its way through the states."""

    api: ApiClient
    buyer: Person
    seller: Person
    service: Json
    order: Json = field(default_factory=dict)

    async def act(self, action: str, who: Person, body: Any = None) -> Json:
        """An action that is meant to succeed; gives the order after it."""
        answer = await self.api.act(self.order, action, who, body)
        if answer.status_code == 202:  # a full machine took longer than the API waits
            answer = await self._decided(answer, who)
        assert answer.status_code == 200, f"{action}: {answer.text}"
        self.order = answer.json()
        return self.order

    async def _decided(self, taken: httpx.Response, who: Person) -> httpx.Response:
        """The order as somebody reads it once what they asked for has been done; or how it was
        refused."""

        async def look() -> httpx.Response:
            return await self.api.get(taken.headers["Location"], who)

        request = await eventually(look, lambda found: found.json()["outcome"] is not None)
        if not request.json()["outcome"]["accepted"]:
            return taken
        return await self.api.get(f"/v1/orders/{self.order['id']}", who)

    async def reach(self, state: str) -> "OrderInPlay":
        """Brings an order on to a later state by the shortest way, on which it has to be."""
        for role, action in WAY[state][len(WAY[self.order["state"]]) :]:
            await self.act(action, getattr(self, role), body_of(action))
        return self

    async def now(self) -> Json:
        """The order as the buyer sees it now."""
        return await self.api.order(self.order["id"], self.buyer)


async def place_order(
    api: ApiClient, *, money: int = 10_000, seller: Person | None = None, **service: Any
) -> OrderInPlay:
    """A pending order between two people, new ones unless the seller is given. The buyer had so
    much money (cents)."""
    buyer, seller = somebody("buyer"), seller or somebody("seller")
    await api.top_up(buyer, money)
    in_play = OrderInPlay(api, buyer, seller, await api.offer(seller, **service))
    answer = await api.post(
        "/v1/orders",
        buyer,
        {"service_id": in_play.service["id"], "brief": "A logo for my shop."},
        key=f"order-{next(_numbers)}",
    )
    assert answer.status_code == 201, answer.text
    in_play.order = answer.json()
    return in_play


DELIVER = BODIES["deliver"]
