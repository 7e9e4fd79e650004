"""Actions are sent when they are due, whatever became of those before."""

import asyncio
from collections import Counter
from collections.abc import Callable

import pytest

from bench import open_loop as measured
from bench.life import ACTS, Act
from bench.open_loop import Actions, open_loop


class Market:
    """A product that answers nobody until it is told to."""

    def __init__(self) -> None:
        self.placed = 0
        self.acts: Counter[str] = Counter()
        self.answers = asyncio.Event()

    async def place(self) -> int:
        self.placed += 1
        return self.placed

    async def act(self, _order: int, act: Act) -> None:
        self.acts[act.name] += 1
        await self.answers.wait()


@pytest.fixture
def quick_lives(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Makes lives as short as a test needs them."""

    def shorten(gap: float) -> None:
        monkeypatch.setattr(measured, "GAP_SECONDS", gap)
        monkeypatch.setattr(measured, "LIFE_SECONDS", 6 * gap)

    return shorten


async def test_people_come_though_nobody_is_answered(
    quick_lives: Callable[[float], None],
) -> None:
    quick_lives(0.01)
    market = Market()
    running = asyncio.create_task(open_loop(Actions(market.place, market.act), 600, 0.3, seed=1))
    while market.placed < 20:
        await asyncio.sleep(0.01)
    assert set(market.acts) == {ACTS[0].name}
    market.answers.set()
    took = await running
    assert took


async def test_the_same_seed_brings_the_same_people(
    quick_lives: Callable[[float], None],
) -> None:
    quick_lives(0.001)
    placed = []
    for _ in range(2):
        market = Market()
        market.answers.set()
        await open_loop(Actions(market.place, market.act), 600, 0.05, seed=2)
        placed.append(market.placed)
    assert placed[0] == placed[1] > 0


async def test_time_counts_from_when_an_action_was_due(
    quick_lives: Callable[[float], None],
) -> None:
    quick_lives(0.001)
    market = Market()
    running = asyncio.create_task(open_loop(Actions(market.place, market.act), 600, 0.05, seed=3))
    loop = asyncio.get_running_loop()
    while not market.acts:
        await asyncio.sleep(0.001)
    held_from = loop.time()
    while loop.time() - held_from < 0.2:
        await asyncio.sleep(0.01)
    market.answers.set()
    # Those behind the one that was held were due long before they could be sent.
    assert sum(one > 0.1 for one in await running) > 1
