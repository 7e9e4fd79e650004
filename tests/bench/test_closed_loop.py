"""At the greatest rate what is counted is what took effect in the window."""

import asyncio
import os

import pytest

from bench.closed_loop import PLACE, Took, Window, lap
from bench.life import Failed


def test_a_window_takes_in_what_happens_while_it_is_open() -> None:
    window = Window()
    window.took("accept", 1.0)
    window.is_open = True
    window.took(PLACE, 2.0)
    window.took("accept", 3.0)
    window.is_open = False
    window.took("accept", 4.0)
    assert (window.steps, window.acts) == (2, [3.0])


async def test_every_client_lives_and_comes_to_the_end_of_its_life() -> None:
    began, ended = set[int](), set[int]()

    async def live(client: int, took: Took) -> None:
        began.add(client)
        ended.discard(client)
        await asyncio.sleep(0.001)
        took("accept", 0.001)
        await asyncio.sleep(0.001)
        ended.add(client)

    seen = await lap(live, clients=3, ramp=0.0, seconds=0.1, pids={"client": os.getpid()})
    assert began == ended == {0, 1, 2}
    assert seen.steps == len(seen.acts) > 0
    assert set(seen.cpu) == {"client"}


async def test_a_life_that_fails_ends_the_lap() -> None:
    async def live(_client: int, _took: Took) -> None:
        raise Failed("the API answered 500")

    with pytest.raises(ExceptionGroup) as several:
        await lap(live, clients=2, ramp=0.0, seconds=600, pids={})
    assert isinstance(several.value.exceptions[0], Failed)
