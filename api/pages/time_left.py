"""What is left until an instant, as the countdown of a page shows it first."""

from texts.catalogue import Language, msg
from texts.formatter import Formatter

_DAY, _HOUR, _MINUTE = 86400, 3600, 60


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
