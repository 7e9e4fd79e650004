"""How long each thing takes beside so many stored orders, and how that grows with their number."""

import asyncio
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

from api.auth.tokens import Authority, issue
from bench.growth.asks import A_SELLER, LISTS, PAGES, READS, STEPS, Ask, Who
from bench.growth.load import load
from bench.growth.stories import PRICE
from db.migrate import migrate
from embedded.abandoned import temporary_data_directory
from embedded.stack import Stack, running_postgres, running_stack

SIZES: Final = (1_000, 100_000, 1_000_000)
RUNNING: Final = 10_000
TIMES: Final = 25
LIVES: Final = 15
WITHOUT_LIMITS: Final = {"SEQUESTRE_RATE_LIMIT": "0", "SEQUESTRE_MAX_IN_FLIGHT": "0"}
BUYER, SELLER = ("growing-buyer", [Authority.USER]), ("growing-seller", [Authority.USER])
MARKETPLACE = ("the-marketplace", [Authority.OPERATOR])

Say = Callable[[str], None]
Json = dict[str, Any]


@dataclass(frozen=True)
class Grown:
    """What was asked, and its median in milliseconds beside each number of stored orders."""

    name: str
    medians: Mapping[int, float]

    def ratio(self, size: int) -> float:
        """Return by how much longer it takes beside so many than beside the fewest."""
        return self.medians[size] / self.medians[min(self.medians)]


async def growth(
    sizes: Sequence[int] = SIZES, running: int = RUNNING, say: Say = lambda _line: None
) -> list[Grown]:
    """Measure every list, read, page and step beside each number of ended orders and so many that
    run, each on a stack of its own, and return them in the order in which they are asked."""
    found: dict[str, dict[int, float]] = {}
    for size in sizes:
        say(f"{size:,} orders")
        for name, median in (await _beside(size, running, say)).items():
            found.setdefault(name, {})[size] = median
    return [Grown(name, medians) for name, medians in found.items()]


async def _beside(size: int, running: int, say: Say) -> dict[str, float]:
    async with temporary_data_directory("sequestre-growth-") as data_dir:
        await loaded(data_dir, size, running, say)
        async with running_stack(
            data_dir,
            port=0,
            temporal_port=0,
            temporal_ui_port=0,
            migrate=migrate,
            extra_env=WITHOUT_LIMITS,
        ) as stack:
            return await measured(stack)


async def loaded(data_dir: Path, size: int, running: int, say: Say) -> None:
    """Fill a stack's data directory with orders."""
    async with running_postgres(data_dir, fast=True) as server:
        await migrate(server.database_url())
        await load(server.database_url(), size, running, say)


async def measured(stack: Stack) -> dict[str, float]:
    """Return the median of everything, in milliseconds."""
    async with httpx.AsyncClient(
        base_url=stack.api_url, timeout=60, trust_env=False, follow_redirects=False
    ) as client:
        caller = Caller(client, stack.jwt_secret)
        named = await _named(caller)
        for ask in PAGES.values():
            await caller.sign_in(ask.who)
        asks = {**LISTS, **READS, **PAGES}
        found = {name: await _timed(caller, ask, named) for name, ask in asks.items()}
        return found | await _lives(caller)


@dataclass(frozen=True)
class Caller:
    """Whoever asks: programs by tokens, people by the cookies of their sessions."""

    client: httpx.AsyncClient
    secret: str
    cookies: dict[str, str] = field(default_factory=dict)

    async def get(self, ask: Ask, named: Mapping[str, str]) -> httpx.Response:
        """Send a GET, as a person or as a program."""
        path = ask.path.format(**named)
        cookie = self.cookies.get(ask.who[0]) if not path.startswith("/v1/") else None
        headers = {"Cookie": cookie} if cookie else self.token(ask.who)
        return await self.client.get(path, headers=headers)

    def token(self, who: Who) -> dict[str, str]:
        """Return the header by which somebody is known."""
        return {"Authorization": f"Bearer {issue(self.secret, *who)}"}

    async def sign_in(self, who: Who) -> None:
        """Begin a session of somebody's, once."""
        if who[0] not in self.cookies:
            answer = await self.client.get(f"/session?token={issue(self.secret, *who)}")
            self.cookies[who[0]] = "; ".join(f"{k}={v}" for k, v in answer.cookies.items())
            self.client.cookies.clear()

    async def post(self, path: str, who: Who, body: Json | None, key: str) -> Json:
        """Send a POST and return its answer's document."""
        headers = {**self.token(who), "Idempotency-Key": key}
        answer = await self.client.post(path, headers=headers, json=body)
        answer.raise_for_status()
        document: Json = answer.json()
        return document


async def _named(caller: Caller) -> dict[str, str]:
    """Return an order and a service of the large seller."""
    orders = (await caller.get(Ask("/v1/orders?role=seller&limit=1", A_SELLER), {})).json()
    order = orders["items"][0]
    return {"order": order["id"], "service": order["service_id"]}


async def _timed(caller: Caller, ask: Ask, named: Mapping[str, str]) -> float:
    taken = []
    for _ in range(TIMES + 3):
        began = time.perf_counter()
        answer = await caller.get(ask, named)
        taken.append((time.perf_counter() - began) * 1000)
        if answer.status_code != httpx.codes.OK:
            raise RuntimeError(f"{ask.path} is answered {answer.status_code}")
    return statistics.median(taken[3:])


async def _lives(caller: Caller) -> dict[str, float]:
    """Play some lives, one after the other, and return the median of each of their steps."""
    money = {"amount": LIVES * PRICE * 2, "currency": "EUR"}
    await caller.post(f"/v1/wallets/{BUYER[0]}/top-ups", MARKETPLACE, money, "growing")
    price = {"amount": PRICE, "currency": "EUR"}
    body = {"title": "A logo", "price": price, "delivery_time": "P3D"}
    service = await caller.post("/v1/services", SELLER, body, "growing")
    taken: dict[str, list[float]] = {f"step: {name}": [] for name in STEPS}
    for number in range(LIVES):
        await _life(caller, service["id"], number, taken)
    return {name: statistics.median(values[2:]) for name, values in taken.items()}


async def _life(
    caller: Caller, service_id: str, number: int, taken: dict[str, list[float]]
) -> None:
    order_id = ""
    said: dict[str, Json] = {"deliver": {"message": "Here it is."}}
    for name in STEPS:
        if name == "place":
            path, who = "/v1/orders", BUYER
            body: Json | None = {"service_id": service_id, "brief": "A blue fish."}
        else:
            path = f"/v1/orders/{order_id}/actions/{name}"
            who, body = BUYER if name == "complete" else SELLER, said.get(name)
        began = time.perf_counter()
        order = await caller.post(path, who, body, f"{name}-{number}")
        taken[f"step: {name}"].append((time.perf_counter() - began) * 1000)
        order_id = str(order.get("id", order_id))
        await asyncio.sleep(0)
