"""What is left until an instant, as the countdown of a page shows it first."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from texts.catalogue import Language, msg
from texts.formatter import Formatter

_DAY, _HOUR, _MINUTE = 86400, 3600, 60


@dataclass(frozen=True)
class Countdown:
    """A deadline as it is counted down to: from when to when, what is left by its two largest
    units, the instant in the reader's zone and in UTC, and how much of the window is left of all
    (seconds)."""

    until: str
    now: str
    parts: tuple[tuple[int, str], ...]
    local: str
    universal: str
    fuse: tuple[int, int]


def countdown(until: datetime, now: datetime, window: timedelta, formatter: Formatter) -> Countdown:
    """Return how a deadline is counted down to, for which there was so much time in all."""
    left = max(timedelta(), until - now)
    local, universal = formatter.in_both(until)
    if f"{local} UTC" == universal:  # who reads in UTC is told the instant once
        local, universal = universal, ""
    seconds = int(left.total_seconds())
    whole = max(seconds, int(window.total_seconds()), 1)
    parts = units(seconds, formatter)
    fuse = (seconds, whole)
    return Countdown(until.isoformat(), now.isoformat(), parts, local, universal, fuse)


def units(seconds: int, formatter: Formatter) -> tuple[tuple[int, str], ...]:
    """Return what is left by its two largest units, each with its word, as the page's script goes
    on counting."""
    if seconds >= _DAY:
        days, hours = seconds // _DAY, seconds % _DAY // _HOUR
        return (
            (days, _word(days, msg("day"), msg("days"), formatter)),
            (hours, _word(hours, msg("hour"), msg("hours"), formatter)),
        )
    if seconds >= _HOUR:
        return (seconds // _HOUR, "h"), (seconds % _HOUR // _MINUTE, "min")
    return (seconds // _MINUTE, "min"), (seconds % _MINUTE, "s")


def _word(n: int, one: str, many: str, formatter: Formatter) -> str:
    is_one = n == 1 or (n == 0 and formatter.language is Language.FR)
    return formatter.say(one if is_one else many)
