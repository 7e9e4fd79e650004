"""The clock of a stack that is made for trying things out: ahead of the machine's, or standing
still while it is moved."""

from datetime import datetime, timedelta

from pydantic import AwareDatetime

from domain.base import Frozen


class ClockReading(Frozen):
    """How a clock that can be moved is set: `shift` ahead of the machine's, or standing at an
    instant (UTC). Of two readings the one with more `moves` is the newer."""

    moves: int
    shift: timedelta = timedelta()
    stands_at: AwareDatetime | None = None

    def shows(self, machine: datetime) -> datetime:
        """Return what this clock shows when the machine's shows that instant (both UTC)."""
        return self.stands_at or machine + self.shift

    def is_after(self, other: "ClockReading", machine: datetime) -> bool:
        """Return whether this reading takes the other's place at an instant of the machine's clock
        (UTC). Raises OverflowError for one that shows no instant."""
        shown = self.shows(machine)
        return self.moves > other.moves or (
            self.moves == other.moves and shown >= other.shows(machine)
        )

    def standing_at(self, instant: datetime) -> "ClockReading":
        """Return this reading for whom it is that instant (UTC) now."""
        return self.model_copy(update={"stands_at": instant})
