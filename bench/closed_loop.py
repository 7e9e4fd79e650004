"""Lives at the greatest rate: so many clients, each beginning the next life when one has ended."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from bench.life import STEPS
from bench.processes import Seconds, cpu_seconds, used_between

Took = Callable[[str, float], None]
"""Takes in that a step of this name has taken effect after so many seconds."""

Live = Callable[[int, Took], Awaitable[None]]
"""Plays one life as the client of this number, and tells of each step."""


@dataclass(frozen=True)
class Lap:
    """What was seen through a window of so many seconds."""

    seconds: float
    steps: int
    acts: list[float] = field(repr=False)
    """Seconds that each action took, the placing of orders aside."""
    cpu: Seconds

    @property
    def lives_a_second(self) -> float:
        """Return the rate in whole lives, counted by their steps."""
        return self.steps / STEPS / self.seconds

    @property
    def cpu_ms_a_life(self) -> dict[str, float]:
        """Return the milliseconds of processor time that a life took, by process."""
        lives = max(self.steps / STEPS, 1e-9)
        return {name: 1_000 * used / lives for name, used in self.cpu.items()}


class Window:
    """Takes in steps while it is open."""

    def __init__(self) -> None:
        self.is_open = False
        self.steps = 0
        self.acts: list[float] = []

    def took(self, step: str, seconds: float) -> None:
        """Take in a step."""
        if self.is_open:
            self.steps += 1
            if step != PLACE:
                self.acts.append(seconds)


PLACE = "place"


async def lap(
    live: Live, clients: int, ramp: float, seconds: float, pids: Mapping[str, int]
) -> Lap:
    """Let clients live for `ramp` seconds, then look at them and at these processes for `seconds`.
    Lives that are under way then come to their end, unseen."""
    window, ending = Window(), asyncio.Event()

    async def client(number: int) -> None:
        while not ending.is_set():
            await live(number, window.took)

    async with asyncio.TaskGroup() as group:
        for number in range(clients):
            group.create_task(client(number))
        await asyncio.sleep(ramp)
        before, began = cpu_seconds(pids), time.perf_counter()
        window.is_open = True
        await asyncio.sleep(seconds)
        window.is_open = False
        lasted = time.perf_counter() - began
        used = used_between(before, cpu_seconds(pids))
        ending.set()
    return Lap(lasted, window.steps, window.acts, used)
