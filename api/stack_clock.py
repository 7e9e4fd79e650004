"""What time it is for this stack: the machine's, but where the clock can be moved."""

from datetime import UTC, datetime

from db import clock
from db.clock import Clock
from db.pool import Pool, connection
from domain.clock import ClockReading


class StackClock:
    """The clock of the database behind a pool. That there is none that can be moved is asked once:
    a database gets one only while it is empty, and before anything works with it."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._is_the_machines = False

    async def read(self) -> Clock | None:
        """Return the clock that can be moved; None where there is none.

        Raises:
            Unavailable: the database does not answer.
        """
        if self._is_the_machines:
            return None
        async with connection(self._pool) as acquired:
            found = await clock.read(acquired)
        self._is_the_machines = found is None
        return found

    async def reading(self) -> ClockReading | None:
        """Return how the clock is set, where it can be moved.

        Raises:
            Unavailable: the database does not answer.
        """
        found = await self.read()
        return found.reading if found else None

    async def now(self) -> datetime:
        """Return the instant (UTC) that it is.

        Raises:
            Unavailable: the database does not answer.
        """
        found = await self.read()
        return found.now if found else datetime.now(UTC)
