"""Actions at a given rate, sent when they are due and not when the last was answered: how long one
takes counts from the instant at which it was due."""

import asyncio
import itertools
import random
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from bench.life import ACTS, STEPS, Act

Order = TypeVar("Order")


@dataclass(frozen=True)
class Actions(Generic[Order]):
    """How orders are placed and acted on."""

    place: Callable[[], Awaitable[Order]]
    act: Callable[[Order, Act], Awaitable[None]]


@dataclass(frozen=True)
class Arrivals:
    """When actions are due: so many a second, for so many `seconds`, with an average `gap` between
    two on one order (seconds, too). People come at random, drawn from a seed; the placing of orders
    is part of the rate and not of the figures."""

    a_second: float
    seconds: float
    gap: float
    seed: int

    def lives(self) -> Iterator[tuple[float, list[float]]]:
        """Yield when each order is placed and when each of its actions is due, in seconds from the
        beginning."""
        # Who comes when is no secret.
        draw, due = random.Random(self.seed), 0.0  # noqa: S311  # nosec B311
        while due < self.begins + self.seconds:
            gaps = [draw.uniform(0.5, 1.5) * self.gap for _ in ACTS]
            yield due, [due + until for until in itertools.accumulate(gaps)]
            due += draw.expovariate(self.a_second / STEPS)

    @property
    def begins(self) -> float:
        """Return when as many lives are under way as ever are at this rate."""
        return STEPS * self.gap


async def open_loop(actions: Actions[Order], arrivals: Arrivals) -> list[float]:
    """Return how long the actions took, in seconds, that were due once all was under way."""
    loop, took = asyncio.get_running_loop(), list[float]()
    began = loop.time()

    async def until(due: float) -> None:
        await asyncio.sleep(max(0.0, began + due - loop.time()))

    async def life(placed: float, due: list[float]) -> None:
        await until(placed)
        order = await actions.place()
        for act, at in zip(ACTS, due, strict=True):
            if at >= arrivals.begins + arrivals.seconds:
                return
            await until(at)
            await actions.act(order, act)
            if at >= arrivals.begins:
                took.append(loop.time() - began - at)

    async with asyncio.TaskGroup() as group:
        for placed, due in arrivals.lives():
            group.create_task(life(placed, due))
    return took
