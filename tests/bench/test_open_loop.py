"""Actions are sent when they are due, whatever became of those before."""

import asyncio
from collections import Counter

from bench.life import ACTS, STEPS, Act
from bench.open_loop import Actions, Arrivals, open_loop

HELD_SECONDS = 0.2


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


def test_the_same_seed_brings_the_same_people() -> None:
    arrivals, others = (Arrivals(60, 5, 1, seed) for seed in (1, 2))
    assert [*arrivals.lives()] == [*Arrivals(60, 5, 1, 1).lives()]
    assert [*arrivals.lives()] != [*others.lives()]


def test_so_many_actions_are_due_a_second() -> None:
    arrivals = Arrivals(a_second=600, seconds=100, gap=0.5, seed=3)
    lives = [*arrivals.lives()]
    due = [at for placed, acts in lives for at in (placed, *acts)]
    within = [at for at in due if arrivals.begins <= at < arrivals.begins + 100]
    assert abs(len(within) / 100 - 600) < 30
    assert all(0.25 <= acts[0] - placed <= 0.75 for placed, acts in lives)
    assert {len(acts) + 1 for _, acts in lives} == {STEPS}


async def test_people_come_though_nobody_is_answered() -> None:
    market = Market()
    arrivals = Arrivals(a_second=600, seconds=0.3, gap=0.01, seed=1)
    running = asyncio.create_task(open_loop(Actions(market.place, market.act), arrivals))
    while market.placed < len([*arrivals.lives()]) or not market.acts:
        await asyncio.sleep(0.01)
    assert set(market.acts) == {ACTS[0].name}
    market.answers.set()
    assert await running


async def test_time_counts_from_when_an_action_was_due() -> None:
    market = Market()
    arrivals = Arrivals(a_second=600, seconds=0.1, gap=0.001, seed=3)
    running = asyncio.create_task(open_loop(Actions(market.place, market.act), arrivals))
    while market.placed < len([*arrivals.lives()]):
        await asyncio.sleep(0.01)
    await asyncio.sleep(HELD_SECONDS)
    market.answers.set()
    took = await running
    # All of a life were due long before its first action was answered, those behind it as well.
    assert min(took) >= HELD_SECONDS / 2
    assert len(took) > market.acts[ACTS[0].name]
