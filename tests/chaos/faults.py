"""Breaking things when the plan says so, and mending them."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import psutil

from tests.chaos.plan import Fault
from tests.chaos.proxy import Link, Weather

AT_ONCE = 3
"""Faults that may be at work at the same time; progress waits for the others."""
RETURN_SECONDS = 30.0


@dataclass(repr=False)
class Faults:
    """The planned faults. `pids` gives the processes that live at this moment."""

    planned: tuple[Fault, ...]
    links: Mapping[str, Link]
    pids: Callable[[], Mapping[str, int]]
    done: Counter[str] = field(default_factory=Counter)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the last one has been mended."""
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
        inflict: dict[str, Callable[[Fault], Awaitable[None]]] = {
            "kill": self._kill,
            "freeze": self._freeze,
        }
        try:
            async with self._busy.setdefault(fault.where, asyncio.Lock()):
                await inflict.get(fault.what, self._spoil)(fault)
                self.done[f"{fault.what} {fault.where}"] += 1
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
            top = psutil.Process(await self._pid(fault.where))
            frozen = [top, *top.children(recursive=True)]
            try:
                _signal(frozen, signal.SIGSTOP)
                await asyncio.sleep(fault.seconds)
            finally:
                _signal(frozen, signal.SIGCONT)

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
