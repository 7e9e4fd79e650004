"""The checks of the books, each for itself: one that takes too long hides no other's findings."""

import asyncio
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import asyncpg

from db import audit
from db.audit import Finding, Part
from db.pool import Connection, Pool, connection

NOT_PROVED = "not-proved"
SECONDS = 300.0
"""How long a check may take, unless whoever asks for it says otherwise."""

_TOO_LONG = (TimeoutError, asyncpg.QueryCanceledError, asyncpg.LockNotAvailableError)


@dataclass
class Budget:
    """The seconds that each check may take, in all the parts that it is asked about together, and
    those that had too few of them."""

    seconds: float = SECONDS
    exceeded: dict[str, Finding] = field(default_factory=dict)
    _spent: dict[str, float] = field(default_factory=dict)

    def left(self, check: str) -> float:
        """Return how many seconds a check still has."""
        return 0.0 if check in self.exceeded else self.seconds - self._spent.get(check, 0.0)

    def allows(self, check: str, what: str | None = None) -> bool:
        """Return whether a check has time left. One that has none is told as not proved, also
        where it has used up its seconds without an error."""
        if self.left(check) > 0:
            return True
        if check not in self.exceeded:
            self._exceed(check, what)
        return False

    @contextmanager
    def spent_on(self, check: str, what: str | None = None) -> Iterator[float]:
        """Give the seconds that a check has left, for a block that raises one of the errors of who
        takes too long; it ends the block then, and the check is told as not proved."""
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            yield max(self.left(check), 0.001)
        except _TOO_LONG:
            self._exceed(check, what)
        self._spent[check] = self._spent.get(check, 0.0) + clock() - began

    def _exceed(self, check: str, what: str | None) -> None:
        why = f"was not proved: it took longer than the {self.seconds:g} s that it has"
        self.exceeded[check] = Finding(NOT_PROVED, what or f"check {check}", why)


async def findings_within(
    pool: Pool, budget: Budget, checks: Collection[str], part: Part | None = None
) -> list[Finding]:
    """Return what these checks find, in everything or in a part. What the budget did not allow is
    in the budget.

    Raises:
        Unavailable: the database does not answer.
    """
    found: list[Finding] = []
    for check in checks:
        if budget.allows(check):
            async with connection(pool) as acquired:
                with budget.spent_on(check) as seconds:
                    found += await _of_one(acquired, check, part, seconds)
    return found


async def _of_one(
    acquired: Connection, check: str, part: Part | None, seconds: float
) -> list[Finding]:
    """Have the server itself end a check that takes too long: it would go on alone otherwise."""
    async with acquired.transaction(readonly=True):
        await acquired.execute(f"SET LOCAL statement_timeout = {max(int(seconds * 1000), 1)}")
        # A moment longer than the server: it is to answer that it has given up.
        return await audit.findings_of(acquired, check, part, seconds + 5)
