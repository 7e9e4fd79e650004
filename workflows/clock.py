"""What time it is for a workflow: Temporal's time, but on a stack whose clock can be moved."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from pydantic import ValidationError
from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.clock import ClockReading

MOVE_CLOCK = "move_clock"
"""The signal that tells a workflow how its clock is set from now on."""


class Clock:
    """The clock of one run. One that begins without a reading goes by Temporal's for good, whatever
    it is sent: anybody with access to Temporal can type a signal."""

    def __init__(self, reading: ClockReading | None) -> None:
        self.reading = reading

    def now(self) -> datetime:
        """Return the instant (UTC) that it is."""
        now = workflow.now()
        return now if self.reading is None else self.reading.shows(now)

    def until(self, instant: datetime) -> timedelta | None:
        """Return how long it is until an instant (UTC); None where the clock stands, and will be
        moved by a signal alone."""
        if self.reading is not None and self.reading.stands_at is not None:
            return None
        return instant - self.now()

    async def reaches(self, instant: datetime, unless: Callable[[], bool], what_for: str) -> bool:
        """Wait until an instant (UTC); return whether it has come, and not what is not waited
        `unless` for. The timer says `what_for` in the Web UI."""
        while not unless():
            if self.now() >= instant:
                return True
            try:
                await workflow.wait_condition(
                    partial(self._was_disturbed, self.reading, unless),
                    timeout=self.until(instant),
                    timeout_summary=what_for,
                )
            except TimeoutError:
                return True
        return False

    def _was_disturbed(self, reading: ClockReading | None, unless: Callable[[], bool]) -> bool:
        return unless() or self.reading is not reading

    def is_moved(self, message: Any) -> bool:
        """Set the clock as a signal says, unless it knows something newer; return whether it can be
        moved at all. Cannot raise."""
        if self.reading is None:
            return False
        try:
            told = ClockReading.model_validate(message)
            if told.is_after(self.reading, workflow.now()):
                self.reading = told
        except (ValidationError, OverflowError):
            pass
        return True
