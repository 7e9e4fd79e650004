"""How time goes by in a story: at once where the stack's clock can be moved, else as it does."""

import asyncio
from datetime import datetime, timedelta

from cli.stories.world import MARKETPLACE, PATIENCE_SECONDS, Refused, World
from domain.operator_text import counted

LONGEST_WATCHED = timedelta(minutes=1)
"""What is waited for where the clock cannot be moved."""


class NoTestClock(Exception):
    """The stack's clock cannot be moved, and nobody would wait for so long."""


class StoryClock:
    """The clock of a stack."""

    def __init__(self, world: World, *, can_be_moved: bool) -> None:
        self.can_be_moved = can_be_moved
        self._world = world

    async def go_on(self, by: timedelta) -> None:
        """Let time go by, and what falls due in it happen.

        Raises:
            NoTestClock: it would take too long to wait.
            Refused: something that is due could not be carried out.
        """
        if self.can_be_moved:
            body = {"by": f"PT{int(by.total_seconds())}S"}
            await self._world.ask("POST", "/v1/test-clock/advance", MARKETPLACE, body)
            await self._arrived()
        elif by > LONGEST_WATCHED:
            raise NoTestClock(f"this stack's clock cannot be moved, and {by} is long to wait")
        else:
            await asyncio.sleep(by.total_seconds())

    async def now(self) -> datetime:
        """Return what a clock that can be moved shows (UTC).

        Raises:
            Refused: this one cannot be, or nobody can tell.
        """
        seen = await self._world.ask("GET", "/v1/test-clock", MARKETPLACE)
        return datetime.fromisoformat(seen["now"])

    async def go_to(self, instant: datetime) -> None:
        """Have a clock that can be moved show an instant (UTC), and what falls due until then
        happen; nothing where it is later already.

        Raises:
            Refused: something that is due could not be carried out.
        """
        await self._arrived()  # an earlier move may still be on its way
        if await self.now() < instant:
            body = {"to": instant.isoformat()}
            await self._world.ask("POST", "/v1/test-clock/advance", MARKETPLACE, body)
            await self._arrived()

    async def _arrived(self) -> None:
        """Wait until the clock is where it was moved to: answered before, it goes on by itself."""
        for _ in range(PATIENCE_SECONDS):
            seen = await self._world.ask("GET", "/v1/test-clock", MARKETPLACE)
            if seen["target"] is None:
                return
            await asyncio.sleep(1)
        left = counted(seen["left"], "thing")
        raise Refused({"detail": f"the clock stands at {seen['now']}: {left} due, and not done"})


async def clock_of(world: World) -> StoryClock:
    """Return the clock of a stack."""
    try:
        await world.ask("GET", "/v1/test-clock", MARKETPLACE)
    except Refused as refusal:
        if refusal.code != "not-found":
            raise
        return StoryClock(world, can_be_moved=False)
    return StoryClock(world, can_be_moved=True)
