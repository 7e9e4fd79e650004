"""No worker while an instant passes that orders wait for: all of them wait through one outage, on
the real server. They are played with signals that arrive before their timers fire and after them,
and with the SDK's flag that decides which of the two a workflow hears of first."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from typing import TypeAlias

import pytest
from temporalio.testing import WorkflowEnvironment

from tests.app_under_test import eventually
from tests.workflows.stage import Case, Stage, of_kind

WINDOW = timedelta(seconds=3)
"""Time for the orders to be started, at first."""

TRIES = 4

Key: TypeAlias = tuple[str, bool, bool]
"""A story, whether the flag is on, and whether the signals come before the timer fires."""

Cases: TypeAlias = dict[Key, Case]
Stages: TypeAlias = dict[bool, Stage]


def keys_of(stories: Iterable[str], before: Iterable[str]) -> list[Key]:
    """How the stories are played; these also with signals that come before the timer fires."""
    return [
        *product(stories, (False, True), (False,)),
        *product(before, (False, True), (True,)),
    ]


def name(key: Key) -> str:
    """A test's name for a story and the way in which it is played."""
    story, single_batch, before = key
    batch = "single batch" if single_batch else "signals first"
    return f"{story} - {batch} - {'before' if before else 'after'} the timer"


@dataclass(frozen=True)
class Outage:
    """Orders that wait for one instant: how the one of a story is begun, and how everything that
    is asked in it is sent."""

    keys: Sequence[Key]
    begin: Callable[[Stage, str, datetime], Awaitable[Case]]
    send: Callable[[Case, str, datetime], Awaitable[None]]
    apart: timedelta = timedelta()
    """For so long before the instant, and after it, something else may fall due."""

    @asynccontextmanager
    async def survived(self, server: WorkflowEnvironment) -> AsyncIterator[Cases]:
        """The orders of all stories; the workers are back."""
        stages, cases = await self._passed(server)
        async with AsyncExitStack() as workers:
            await _work(workers, stages)
            yield cases

    async def _passed(self, server: WorkflowEnvironment) -> tuple[Stages, Cases]:
        """What is there with the first window that is not too short: one that was, is followed by
        one of twice the time that the attempt has taken."""
        window = WINDOW
        for _ in range(TRIES):
            began = time.monotonic()
            stages = {flag: Stage(server) for flag in (False, True)}
            cases = await self._in(window, stages)
            if cases is not None:
                return stages, cases
            window = 2 * max(window, timedelta(seconds=time.monotonic() - began))
        pytest.fail(f"this machine could not start the orders in {window / 2}")

    async def _in(self, window: timedelta, stages: Stages) -> Cases | None:
        """The orders after the outage, the instant passed and their signals sent; None where the
        window was too short for it to begin in time."""
        now = stages[False].now
        due = await now() + window
        cases = await self._waiting(stages, due)
        if cases is None:
            return None
        await self._send(cases, due, before=True)
        if await now() >= due - self.apart:
            return None
        await asyncio.sleep((due + self.apart - await now()) / timedelta(seconds=1))
        for case in cases.values():
            await case.happened("TIMER_FIRED")
        await self._send(cases, due, before=False)
        return cases

    async def _waiting(self, stages: Stages, due: datetime) -> Cases | None:
        """The orders as they wait; None where the instant came before they did."""
        async with AsyncExitStack() as workers:
            await _work(workers, stages)
            begun = [self.begin(stages[flag], story, due) for story, flag, _ in self.keys]
            cases = dict(zip(self.keys, await asyncio.gather(*begun), strict=True))
            waiting = [await _waits(stages[flag], case) for (_, flag, _), case in cases.items()]
        return cases if all(waiting) else None

    async def _send(self, cases: Cases, due: datetime, *, before: bool) -> None:
        for (story, _, is_before), case in cases.items():
            if is_before is before:
                await self.send(case, story, due)


async def _work(workers: AsyncExitStack, stages: Stages) -> None:
    for flag, stage in stages.items():
        await workers.enter_async_context(stage.working(single_batch=flag))


async def _waits(stage: Stage, case: Case) -> bool:
    """Whether the order waits for its instant, and not: ended by it before the outage."""

    async def look() -> bool:
        return bool(stage.steps.attempts) or bool(of_kind(await case.history(), "TIMER_STARTED"))

    await eventually(look)
    return not stage.steps.attempts
