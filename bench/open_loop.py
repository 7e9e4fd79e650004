"""Actions at a given rate, sent when they are due and not when the last was answered: how long one
takes counts from the instant at which it was due."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from bench.life import ACTS, STEPS, Act

GAP_SECONDS = 0.8
"""On average between two actions on one order."""
LIFE_SECONDS = STEPS * GAP_SECONDS

Order = TypeVar("Order")


@dataclass(frozen=True)
class Actions(Generic[Order]):
    """How orders are placed and acted on."""

    place: Callable[[], Awaitable[Order]]
    act: Callable[[Order, Act], Awaitable[None]]


@dataclass
class _Seen:
    begins: float
    ends: float
    took: list[float] = field(default_factory=list)

    def note(self, due: float, now: float) -> None:
        if self.begins <= due < self.ends:
            self.took.append(now - due)


async def open_loop(
    actions: Actions[Order], actions_a_second: float, seconds: float, seed: int
) -> list[float]:
    """Return how long actions took, in seconds, of those that were due within `seconds`, after as
    many lives have begun as are under way at this rate. People come at random, drawn from a seed;
    placing is part of the rate and not of the figures."""
    draw, loop = random.Random(seed), asyncio.get_running_loop()
    began = loop.time()
    seen = _Seen(began + LIFE_SECONDS, began + LIFE_SECONDS + seconds)
    async with asyncio.TaskGroup() as group:
        due = began
        while due < seen.ends:
            gaps = [draw.uniform(0.5, 1.5) * GAP_SECONDS for _ in ACTS]
            group.create_task(_life(actions, due, gaps, seen))
            due += draw.expovariate(actions_a_second / STEPS)
    return seen.took


async def _life(actions: Actions[Order], due: float, gaps: list[float], seen: _Seen) -> None:
    await _until(due)
    order = await actions.place()
    for act, gap in zip(ACTS, gaps, strict=True):
        due += gap
        if due >= seen.ends:
            return
        await _until(due)
        await actions.act(order, act)
        seen.note(due, asyncio.get_running_loop().time())


async def _until(due: float) -> None:
    await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
