"""Months of a calendar, as somebody in a time zone has them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from babel.dates import format_date

from texts.catalogue import Language
from texts.formatter import zone_named

_WRITTEN = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)
FIRST_YEAR, LAST_YEAR = 1970, 9998  # beyond them a zone can leave the calendar


@dataclass(frozen=True, order=True)
class Month:
    """A month by its number, from 1."""

    year: int
    number: int

    @classmethod
    def read(cls, text: str) -> "Month | None":
        """Return what is written as in `2026-11`; None of anything else."""
        found = _WRITTEN.fullmatch(text)
        if found is None or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
            return None
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, at: datetime, time_zone: str) -> "Month":
        """Return the month in which an instant is."""
        local = at.astimezone(zone_named(time_zone))
        return cls(local.year, local.month)

    @property
    def before(self) -> "Month":
        """Return the month before."""
        return self._moved(-1)

    @property
    def after(self) -> "Month":
        """Return the month after."""
        return self._moved(1)

    def _moved(self, months: int) -> "Month":
        year, number = divmod(self.year * 12 + self.number - 1 + months, 12)
        return Month(year, number + 1)

    def within(self, time_zone: str) -> tuple[datetime, datetime]:
        """Return its first instant and that of the next month (UTC)."""
        zone = zone_named(time_zone)
        first, end = (
            datetime(month.year, month.number, 1, tzinfo=zone).astimezone(UTC)
            for month in (self, self.after)
        )
        return first, end

    def said(self, language: Language) -> str:
        """Return its name: `November 2026`."""
        named: str = format_date(date(self.year, self.number, 1), "LLLL y", locale=language.value)
        return named

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"


def latest(at: datetime, time_zone: str, count: int) -> Iterator[Month]:
    """Return so many months up to that of an instant, the latest first."""
    month = Month.of(at, time_zone)
    for _ in range(count):
        yield month
        month = month.before
