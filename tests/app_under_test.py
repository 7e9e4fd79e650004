"""The whole product in one process, and the people who use it over HTTP."""

import asyncio
import itertools
import ssl
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
    suppress,
)
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from temporalio.client import Client
from temporalio.worker import Worker

from activities.channel import Channel
from activities.notifications import MAIL_PAUSE
from api.app import create_app
from api.auth.tokens import issue
from api.guard.rate_limits import Clock
from api.server import ApiServer
from db import people
from db.pool import Pool, connection, create_pool
from db.sealing import Keyring
from infra.settings import Settings
from tests.contract import BODIES, WAY, body_of
from worker import Workers, create_worker

SECRET = "a-secret-for-tests-that-is-long-enough-to-sign-with"
SECRETS_KEY = "c2VjcmV0cyBvZiB0aGUgdGVzdHMsIDMyIGJ5dGVzISE="
KEYRING = Keyring.read(SECRETS_KEY)
PATIENCE_SECONDS = 60.0
_SHORTER_THAN_THE_SERVERS = httpx.Limits(
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
        limits=_SHORTER_THAN_THE_SERVERS,
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
    for seconds in (first, 4 * first):
        with suppress(AssertionError):
            return await attempt(f"PT{seconds}S")
    return await attempt(f"PT{16 * first}S")


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
        assert answer.status_code == 200, f"{action}: {answer.text}"
        self.order = answer.json()
        return self.order

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


@dataclass
class AppUnderTest:
    """The running product."""

    database_url: str
    temporal: Client
    pool: Pool
    api: ApiClient
    channels: Mapping[str, Channel] = field(default_factory=dict)
    mail_pause: timedelta = MAIL_PAUSE
    _worker: Worker | Workers | None = None
    _running: "asyncio.Task[None] | None" = None
    _faults: list[BaseException] = field(default_factory=list)
    _api: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def environment(self) -> dict[str, str]:
        """What a process of its own has to know of the product."""
        return {"SEQUESTRE_DATABASE_URL": self.database_url, "SEQUESTRE_SECRETS_KEY": SECRETS_KEY}

    async def place_order(
        self, *, money: int = 10_000, api: ApiClient | None = None, **service: Any
    ) -> OrderInPlay:
        """A pending order between two new people."""
        return await place_order(api or self.api, money=money, **service)

    async def says(self, who: Person, language: str = "en", *, by_email: bool = True) -> Person:
        """Somebody says how to be told, at an address that they have confirmed."""
        await self.api.says(who, language, by_email=by_email)
        async with connection(self.pool) as acquired:
            await people.confirm(acquired, who.id, address_of(who))
        return who

    @asynccontextmanager
    async def with_settings(self, **settings: Any) -> AsyncIterator[ApiClient]:
        """Another API on the same database and Temporal, with other settings."""
        async with serving(self.database_url, **settings) as api:
            yield api

    @asynccontextmanager
    async def api_away(self) -> AsyncIterator[None]:
        """While the block lasts, nobody is there to ask, and no relay sends anything."""
        await self.stop_api()
        try:
            yield
        finally:
            await self.start_api()

    async def start_api(self) -> None:
        """Starts the API. The client stays the one that is known already."""
        opened = await self._api.enter_async_context(serving(self.database_url))
        self.api.client = opened.client

    async def stop_api(self) -> None:
        """Ends the API after what it has under way."""
        await self._api.aclose()

    @asynccontextmanager
    async def worker_away(self) -> AsyncIterator[None]:
        """While the block lasts, nobody carries anything out."""
        await self.stop_worker()
        try:
            yield
        finally:
            self.start_worker()

    @property
    def worker(self) -> Workers:
        """The worker, where it is one as in production."""
        assert isinstance(self._worker, Workers)
        return self._worker

    def start_worker(self, worker: Worker | Workers | None = None) -> None:
        """Puts a worker to work: the given one, or one as in production."""
        self._worker = worker or create_worker(
            self.temporal,
            self.pool,
            self.channels,
            mail_pause=self.mail_pause,
            keyring=KEYRING,
        )
        self._running = asyncio.create_task(self._worker.run())
        if worker is None:
            self._running.add_done_callback(self._replace_worker)

    def _replace_worker(self, ended: "asyncio.Task[None]") -> None:
        """Puts another one in the place of a worker that has ended by itself, as whoever runs the
        product does, and remembers why: who waits for it would do so without an end."""
        if ended is not self._running or ended.cancelled():
            return
        if (fault := ended.exception()) is not None:
            self._faults.append(fault)
            self.start_worker()

    async def stop_worker(self) -> None:
        """Sends the worker home, if there is one.

        Raises:
            BaseExceptionGroup: before this one, workers had ended by themselves.
        """
        if self._worker is not None and (running := self._running) is not None:
            self._running = None
            await self._worker.shutdown()
            await running
        self._worker = None
        faults, self._faults = self._faults, []
        if faults:
            raise BaseExceptionGroup("workers have ended by themselves", faults)


@asynccontextmanager
async def running_app(database_url: str, client: Client) -> AsyncIterator[AppUnderTest]:
    """The product on a migrated database and a Temporal server."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEMPORAL_ADDRESS", client.service_client.config.target_host)
        patch.setenv("TEMPORAL_NAMESPACE", client.namespace)
        pool = await create_pool(database_url, 20)
        app = AppUnderTest(database_url, client, pool, ApiClient(httpx.AsyncClient()))
        await app.start_api()
        app.start_worker()
        yield app
        await app.stop_worker()
        await app.stop_api()
        await pool.close()


@asynccontextmanager
async def serving(
    database_url: str, clock: Clock = time.monotonic, **settings: Any
) -> AsyncIterator[ApiClient]:
    """The API on a free port of this machine. The `clock` is that of the rate limit."""
    values: Json = {
        "database_url": database_url,
        "jwt_secret": SECRET,
        "secrets_key": SECRETS_KEY,
        **_USUAL,
        **settings,
    }
    usual = clock is time.monotonic and _OF_THE_APP.isdisjoint(settings)
    with _app(Settings(_env_file=None, **values), usual, clock) as app:
        async with _served(app) as api:
            yield api


_USUAL: Json = {
    "rate_limit": 0,
    "max_in_flight": 0,
    "max_attempts": 0,
    "max_messages": 0,
    "action_wait": PATIENCE_SECONDS / 2,
    "keep_alive": 60.0,
    "head_patience": 60.0,
    "body_patience": 120.0,
    "stream_patience": 120.0,
    "answer_patience": 300.0,
}
"""No test meets the limits for one caller, or of a server's patience, but those that are about
them, and none is told 202 because the machine is busy."""

_OF_THE_APP = {
    *("jwt_secret", "jwks_url", "jwt_issuer", "jwt_audience", "secrets_key"),
    # An identity provider signs, and its `finance` is nobody's here.
    *("roles_claim", "role_names", "oidc_issuer"),
    *("rate_limit", "rate_burst", "max_in_flight", "max_streams", "max_held_bytes"),
    "max_body",
}
"""The settings that an application is made of. All others it reads when it starts."""

_made: list[FastAPI] = []
_idle: list[FastAPI] = []
"""Applications that are made of the usual settings, and those of them that nobody uses now. An
application works out its routes at its first requests, which takes longer than most tests: it is
started anew, not made anew."""


def usual_app() -> FastAPI:
    """An application that is made of the usual settings, to be looked at: it may be in use."""
    if not _made:
        values: Json = {
            "database_url": "postgresql://nowhere",
            "jwt_secret": SECRET,
            "secrets_key": SECRETS_KEY,
        }
        _idle.append(_usual(Settings(_env_file=None, **values, **_USUAL)))
    return _made[0]


def _usual(settings: Settings) -> FastAPI:
    _made.append(create_app(settings))
    return _made[-1]


@contextmanager
def _app(settings: Settings, usual: bool, clock: Clock) -> Iterator[FastAPI]:
    if not usual:
        yield create_app(settings, clock)
        return
    app = _idle.pop() if _idle else _usual(settings)
    app.state.settings = settings
    yield app
    _idle.append(app)


@asynccontextmanager
async def _served(app: FastAPI) -> AsyncIterator[ApiClient]:
    served = ApiServer(app, app.state.settings, port=0, timeout_graceful_shutdown=5)
    running = asyncio.create_task(served.serve())
    while not served.started:
        if running.done():
            running.result()
        await asyncio.sleep(0.01)
    port = served.servers[0].sockets[0].getsockname()[1]
    async with calling(f"http://127.0.0.1:{port}") as api:
        api.server = served
        yield api
    served.should_exit = True
    await running


async def is_noted(app: AppUnderTest, order_id: UUID) -> None:
    """The relay notes at its next look that its workflow has started, which writes to the order."""

    async def look() -> object:
        async with connection(app.pool) as acquired:
            return await acquired.fetchval("SELECT started_at FROM orders WHERE id = $1", order_id)

    await eventually(look)


async def is_told(app: AppUnderTest, order_id: UUID) -> None:
    """Everything that people are to be told of an order has been sent, or has failed for good."""
    query = "SELECT NOT EXISTS (SELECT FROM deliveries WHERE order_id = $1 AND status = 'pending')"

    async def look() -> object:
        async with connection(app.pool) as acquired:
            return await acquired.fetchval(query, order_id)

    await eventually(look)
