"""How long each thing takes beside so many stored orders, and how that grows with their number."""

import statistics
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
from pydantic import BaseModel, ConfigDict

from api.auth.tokens import Authority, issue
from bench.growth.asks import A_SELLER, LISTS, PAGES, READS, STEPS, Ask, Who
from bench.growth.load import load
from bench.growth.stories import PRICE
from db.migrate import migrate
from embedded.abandoned import temporary_data_directory
from embedded.stack import running_postgres, running_stack

Say = Callable[[str], None]
Json = dict[str, Any]

TIMES: Final = 25
LIVES: Final = 15
STEP: Final = "step: "
WARM: Final = 3
"""Answers and lives that are not counted."""

ALL: Final = {**LISTS, **READS, **PAGES}
SAID: Final[Mapping[str, Json]] = {"deliver": {"message": "Here it is."}}
WITHOUT_LIMITS: Final = {"SEQUESTRE_RATE_LIMIT": "0", "SEQUESTRE_MAX_IN_FLIGHT": "0"}
BUYER, SELLER = ("growing-buyer", [Authority.USER]), ("growing-seller", [Authority.USER])
MARKETPLACE = ("the-marketplace", [Authority.OPERATOR])


class Grown(BaseModel):
    """What was asked, and its median in milliseconds beside each number of stored orders."""

    model_config = ConfigDict(frozen=True)

    name: str
    medians: dict[int, float]

    def ratio(self, size: int) -> float:
        """Return by how much longer it takes beside so many than beside the fewest."""
        return self.medians[size] / self.medians[min(self.medians)]

    @property
    def is_step(self) -> bool:
        """Return whether it is a step of a life, and no read."""
        return self.name.startswith(STEP)


class Growth(BaseModel):
    """All that was asked, beside so many orders that run."""

    model_config = ConfigDict(frozen=True)

    running: int
    of: list[Grown]

    def worst(self, *, steps: bool) -> float:
        """Return by how much longer the steps or the reads take, at the worst of them, beside the
        most orders than beside the fewest."""
        return max(one.ratio(max(one.medians)) for one in self.of if one.is_step == steps)


async def growth(sizes: Sequence[int], running: int, say: Say = lambda _line: None) -> Growth:
    """Measure every list, read, page and step beside each number of ended orders and so many that
    run, and return them in the order in which they are asked. Each number has a stack of its own;
    all are asked in turn, so that whatever else the machine does falls on all of them."""
    async with AsyncExitStack() as stacks:
        callers = {}
        for size in sizes:
            say(f"{size:,} orders")
            callers[size] = await stacks.enter_async_context(_beside(size, running, say))
        found = [await _asked(name, ask, callers) for name, ask in ALL.items()]
        return Growth(running=running, of=[*found, *await _lives(callers)])


@asynccontextmanager
async def _beside(size: int, running: int, say: Say) -> AsyncIterator["Caller"]:
    """A stack with so many orders, and who asks it."""
    async with temporary_data_directory("sequestre-growth-") as data_dir:
        await loaded(data_dir, size, running, say)
        async with (
            running_stack(
                data_dir,
                port=0,
                temporal_port=0,
                temporal_ui_port=0,
                migrate=migrate,
                extra_env=WITHOUT_LIMITS,
            ) as stack,
            httpx.AsyncClient(base_url=stack.api_url, timeout=60, trust_env=False) as client,
        ):
            caller = Caller(client, stack.jwt_secret)
            await caller.get_ready()
            yield caller


async def loaded(data_dir: Path, size: int, running: int, say: Say) -> None:
    """Fill a stack's data directory with orders."""
    async with running_postgres(data_dir, fast=True) as server:
        await migrate(server.database_url())
        await load(server.database_url(), size, running, say)


@dataclass(frozen=True)
class Caller:
    """Whoever asks: programs by tokens, people by the cookies of their sessions."""

    client: httpx.AsyncClient
    secret: str
    cookies: dict[str, str] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)
    """An order and a service of the large seller."""

    async def get_ready(self) -> None:
        """Sign everybody in, and look up what is asked for by its id."""
        orders = await self.get(Ask("/v1/orders?role=seller&limit=1", A_SELLER))
        (order,) = orders.json()["items"]
        self.named.update(order=order["id"], service=order["service_id"])
        for ask in PAGES.values():
            await self.sign_in(ask.who)

    async def get(self, ask: Ask) -> httpx.Response:
        """Send a GET, as a person or as a program."""
        path = ask.path.format(**self.named)
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


async def _asked(name: str, ask: Ask, callers: Mapping[int, Caller]) -> Grown:
    taken: dict[int, list[float]] = {size: [] for size in callers}
    for _ in range(TIMES + WARM):
        for size, caller in callers.items():
            began = time.perf_counter()
            answer = await caller.get(ask)
            taken[size].append(_since(began))
            if answer.status_code != httpx.codes.OK:
                raise RuntimeError(f"{ask.path} is answered {answer.status_code}")
    return _grown(name, taken)


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000


def _grown(name: str, taken: Mapping[int, Sequence[float]]) -> Grown:
    medians = {size: statistics.median(all_[WARM:]) for size, all_ in taken.items()}
    return Grown(name=name, medians=medians)


async def _lives(callers: Mapping[int, Caller]) -> list[Grown]:
    """Play some lives, one after the other, and return how long each of their steps takes."""
    services = {size: await _offered(caller) for size, caller in callers.items()}
    taken = {name: {size: list[float]() for size in callers} for name in STEPS}
    for number in range(LIVES + WARM):
        for size, caller in callers.items():
            steps = await _life(caller, services[size], number)
            for name, milliseconds in steps.items():
                taken[name][size].append(milliseconds)
    return [_grown(f"{STEP}{name}", by_size) for name, by_size in taken.items()]


async def _offered(caller: Caller) -> str:
    money = {"amount": 2 * (LIVES + WARM) * PRICE, "currency": "EUR"}
    await caller.post(f"/v1/wallets/{BUYER[0]}/top-ups", MARKETPLACE, money, "growing")
    price = {"amount": PRICE, "currency": "EUR"}
    body = {"title": "A logo", "price": price, "delivery_time": "P3D"}
    return str((await caller.post("/v1/services", SELLER, body, "growing"))["id"])


async def _life(caller: Caller, service_id: str, number: int) -> dict[str, float]:
    """Play a life, and return how long each step took, in milliseconds."""
    place = {"service_id": service_id, "brief": "A blue fish."}
    taken = {}
    order_id = ""
    for name in STEPS:
        path = "/v1/orders" if name == "place" else f"/v1/orders/{order_id}/actions/{name}"
        who = BUYER if name in ("place", "complete") else SELLER
        body = place if name == "place" else SAID.get(name)
        began = time.perf_counter()
        order = await caller.post(path, who, body, f"{name}-{number}")
        taken[name] = _since(began)
        order_id = str(order.get("id", order_id))
    return taken
