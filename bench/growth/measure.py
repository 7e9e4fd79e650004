"""How long each thing takes beside so many stored orders, and how that grows with their number."""

import re
import statistics
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from api.auth.tokens import issue
from bench.growth.asks import A_SELLER, LISTS, PAGES, READS, Ask, Who
from bench.growth.load import load
from bench.http_client import Answer, HttpClient
from bench.life import Marketplace
from bench.product import Product
from db.migrate import migrate
from embedded.abandoned import temporary_data_directory
from embedded.stack import running_postgres, running_stack

Say = Callable[[str], None]

TIMES: Final = 25
LIVES: Final = 15
STEP: Final = "step: "
WARM: Final = 3
"""Answers and lives that are not counted."""

ALL: Final = {**LISTS, **READS, **PAGES}
WITHOUT_LIMITS: Final = {"SEQUESTRE_RATE_LIMIT": "0", "SEQUESTRE_MAX_IN_FLIGHT": "0"}
COOKIE = re.compile(rb"\r\nset-cookie: *([^;\r]*)", re.IGNORECASE)


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
            aclosing(HttpClient(stack.api_url)) as client,
        ):
            caller = Caller(Marketplace(client, stack.jwt_secret))
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

    marketplace: Marketplace
    cookies: dict[str, str] = field(default_factory=dict)
    """Whole header lines."""
    named: dict[str, str] = field(default_factory=dict)
    """An order and a service of the large seller."""

    async def get_ready(self) -> None:
        """Sign everybody in, and look up what is asked for by its id."""
        orders = await self.get(Ask("/v1/orders?role=seller&limit=1", A_SELLER))
        (order,) = orders.document()["items"]
        self.named.update(order=order["id"], service=order["service_id"])
        for ask in PAGES.values():
            await self.sign_in(ask.who)

    async def get(self, ask: Ask) -> Answer:
        """Send a GET, as a person or as a program."""
        path = ask.path.format(**self.named)
        cookie = self.cookies.get(ask.who[0]) if not path.startswith("/v1/") else None
        return await self.marketplace.client.ask("GET", path, cookie or self.token(ask.who))

    def token(self, who: Who) -> str:
        """Return the header line by which somebody is known."""
        return self.marketplace.signed(*who)

    async def sign_in(self, who: Who) -> None:
        """Begin a session of somebody's, once."""
        if who[0] not in self.cookies:
            token = issue(self.marketplace.secret, who[0], [who[1]])
            answer = await self.marketplace.client.ask("GET", f"/session?token={token}")
            given = b"; ".join(COOKIE.findall(answer.head)).decode()
            self.cookies[who[0]] = f"Cookie: {given}\r\n"


async def _asked(name: str, ask: Ask, callers: Mapping[int, Caller]) -> Grown:
    taken: dict[int, list[float]] = {size: [] for size in callers}
    for _ in range(TIMES + WARM):
        for size, caller in callers.items():
            began = time.perf_counter()
            answer = await caller.get(ask)
            taken[size].append(_since(began))
            if answer.status != HTTPStatus.OK:
                raise RuntimeError(f"{ask.path} is answered {answer.status}")
    return _grown(name, taken)


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000


def _grown(name: str, taken: Mapping[int, Sequence[float]]) -> Grown:
    medians = {size: statistics.median(all_[WARM:]) for size, all_ in taken.items()}
    return Grown(name=name, medians=medians)


async def _lives(callers: Mapping[int, Caller]) -> list[Grown]:
    """Play some lives, one after the other, and return how long each of their steps takes."""
    markets = {size: caller.marketplace for size, caller in callers.items()}
    products = {size: Product(market, [await market.pair()]) for size, market in markets.items()}
    taken: dict[str, dict[int, list[float]]] = {}
    for _ in range(LIVES + WARM):
        for size, product in products.items():

            def took(step: str, seconds: float, size: int = size) -> None:
                by_size = taken.setdefault(step, {each: [] for each in callers})
                by_size[size].append(1000 * seconds)

            await product.live(0, took)
    return [_grown(f"{STEP}{name}", by_size) for name, by_size in taken.items()]
