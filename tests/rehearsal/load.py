"""People who place orders and act on them without a pause, whichever processes are there."""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.app_under_test import ApiClient, Person
from tests.rehearsal.fleet import in_the_end
from tests.rehearsal.rehearsed_order import RehearsedOrder
from tests.rehearsal.scenes import NEVER, SCENES, Scene

PLAYED = tuple(one for one in SCENES if not one.undecided and one.delivery_time == NEVER)
"""Orders that come to their end without anybody being away."""

GOOD = {200, 201, 202}
AT_ONCE = 3


@dataclass
class Balancer(ApiClient):
    """The APIs that are there, asked in turn as by a load balancer, and what they answered."""

    apis: list[ApiClient] = field(default_factory=list)
    answers: "Counter[int | str]" = field(default_factory=Counter)
    _turns: "itertools.count[int]" = field(default_factory=itertools.count)

    async def call(
        self, method: str, path: str, who: Person | None = None, body: Any = None, **more: Any
    ) -> httpx.Response:
        """Ask the next one."""
        api = self.apis[next(self._turns) % len(self.apis)]
        try:
            answer = await api.call(method, path, who, body, **more)
        except httpx.HTTPError as error:
            self.answers[type(error).__name__] += 1
            raise
        self.answers[answer.status_code] += 1
        return answer

    @property
    def bad(self) -> dict[int | str, int]:
        """How often something else was answered than an order, or that it is under way."""
        return {what: count for what, count in self.answers.items() if what not in GOOD}


@dataclass
class Load:
    """Orders that are begun and ended all the time."""

    api: Balancer
    ended: int = 0
    _scenes: Iterator[Scene] = field(default_factory=lambda: itertools.cycle(PLAYED))
    _players: list["asyncio.Task[None]"] = field(default_factory=list)

    async def goes_on(self, orders: int) -> None:
        """Returns once so many more orders were begun and ended.

        Raises:
            Stuck: one does not go on.
        """
        wanted = self.ended + orders

        async def enough() -> bool:
            for player in self._players:
                if player.done():
                    player.result()
            return self.ended >= wanted

        await in_the_end(enough)

    async def _play(self) -> None:
        for scene in self._scenes:
            order = RehearsedOrder(scene, self.api)
            await order.open()
            await order.finish()
            self.ended += 1


@asynccontextmanager
async def load_on(api: Balancer) -> AsyncIterator[Load]:
    """Orders all the time while the block lasts."""
    load = Load(api)
    load._players += [asyncio.create_task(load._play()) for _ in range(AT_ONCE)]
    try:
        yield load
    finally:
        for player in load._players:
            player.cancel()
        await asyncio.gather(*load._players, return_exceptions=True)
