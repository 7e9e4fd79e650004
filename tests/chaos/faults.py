"""Breaking things when the plan says so, and mending them."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

import psutil

from tests.chaos.held_transactions import frozen_inside
from tests.chaos.plan import Fault
from tests.chaos.proxy import Link, Weather

AT_ONCE = 3
"""Faults that may be at work at the same time; progress waits for the others."""
RETURN_SECONDS = 30.0

Inflict = Callable[[Fault], Awaitable[None]]
"""Breaks what a fault says, and returns when it is mended."""


@dataclass(repr=False)
class Faults:
    """The planned faults. `pids` gives the processes that live at this moment; `others` are ways of
    breaking what is no process of these and no link."""

    planned: tuple[Fault, ...]
    links: Mapping[str, Link]
    pids: Callable[[], Mapping[str, int]]
    database_url: str
    others: Mapping[str, Inflict] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the last one has been mended."""
    inside: int = 0
    """How often a process was caught inside a transaction."""
    _moves: int = 0
    _begun: int = 0
    _gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _busy: dict[str, asyncio.Lock] = field(default_factory=dict)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def progress(self, moves: int) -> None:
        """So many moves more have been answered: begins what is due."""
        self._moves += moves
        while self._begun < len(self.planned) and self.planned[self._begun].moves <= self._moves:
            fault = self.planned[self._begun]
            self._begun += 1
            await self._gate.acquire()
            self._tasks.append(asyncio.create_task(self._inflict(fault)))

    async def over(self) -> None:
        """Waits until all that was begun has been mended.

        Raises:
            TimeoutError: a process that was killed has not come back.
        """
        await asyncio.gather(*self._tasks)
        self.ended.set()

    async def _inflict(self, fault: Fault) -> None:
        inflict: dict[str, Inflict] = {
            "kill": self._kill,
            "freeze": self._freeze,
            "freeze inside": self._freeze_inside,
            **self.others,
        }
        try:
            async with self._busy.setdefault(fault.where, asyncio.Lock()):
                await inflict.get(fault.what, self._spoil)(fault)
                self.done[f"{fault.what}: {fault.where}"] += 1
            if self.done.total() == len(self.planned):
                self.ended.set()
        finally:
            self._gate.release()

    async def _kill(self, fault: Fault) -> None:
        victim = await self._pid(fault.where)
        os.kill(victim, signal.SIGKILL)
        async with asyncio.timeout(RETURN_SECONDS):
            while await self._pid(fault.where) == victim:
                await asyncio.sleep(0.02)

    async def _freeze(self, fault: Fault) -> None:
        with suppress(psutil.NoSuchProcess):
            frozen = await self._processes(fault.where)
            try:
                _signal(frozen, signal.SIGSTOP)
                await asyncio.sleep(fault.seconds)
            finally:
                _signal(frozen, signal.SIGCONT)

    async def _freeze_inside(self, fault: Fault) -> None:
        """Freezes a process while a transaction of it is open, if it has one in the time given."""
        with suppress(psutil.NoSuchProcess):
            frozen = await self._processes(fault.where)
            stop = partial(_signal, frozen, signal.SIGSTOP)
            resume = partial(_signal, frozen, signal.SIGCONT)
            try:
                if await frozen_inside(self.database_url, stop, resume):
                    self.inside += 1
                    await asyncio.sleep(fault.seconds)
            finally:
                resume()

    async def _processes(self, name: str) -> list[psutil.Process]:
        top = psutil.Process(await self._pid(name))
        return [top, *top.children(recursive=True)]

    async def _spoil(self, fault: Fault) -> None:
        await self.links[fault.where].suffer(Weather(fault.what), fault.seconds, fault.seed)

    async def _pid(self, name: str) -> int:
        async with asyncio.timeout(RETURN_SECONDS):
            while (pid := self.pids().get(name)) is None:
                await asyncio.sleep(0.02)
            return pid


def _signal(processes: list[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)
