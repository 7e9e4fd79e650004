"""Deadlines make room for people: many at one instant take turns while somebody acts."""

import time
from collections.abc import Callable
from datetime import timedelta

OVERDUE = timedelta(seconds=1)
"""A deadline that is later than this stands in a line with others."""

GAP_SECONDS = 0.05
"""Between two deadlines that take turns. Who acts waits no longer for a place in the worker, and
the machine is left to them for most of the time."""

LONGEST_SECONDS = 1.0
"""So long a deadline waits for its turn at most: half of what a step's first try may take. A worker
that has more in hand than have their turn in it carries them out faster."""

ACTING_SECONDS = 2.0
"""So long after somebody has acted, others are taken to be about to."""


class Pace:
    """When each deadline of one worker has its turn. What counts in time is judged by instants: a
    turn that comes later changes nothing but who waits for whom."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._acted_at = -ACTING_SECONDS
        self._next_turn = 0.0

    def somebody_acts(self) -> None:
        """Note that a person's step is to be written."""
        self._acted_at = self._now()

    def seconds_until_turn(self, late: timedelta) -> float:
        """Take the next turn for a deadline that is so `late`; return the seconds until then. It is
        at once where the deadline has just passed, or nobody acts."""
        now = self._now()
        if late < OVERDUE or now - self._acted_at >= ACTING_SECONDS:
            return 0.0
        turn = min(max(now, self._next_turn), now + LONGEST_SECONDS)
        self._next_turn = turn + GAP_SECONDS
        return turn - now
