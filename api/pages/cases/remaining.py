"""What is left until an instant, as the countdown of a page shows it first."""

from datetime import datetime, timedelta

from texts.catalogue import msg
from texts.formatter import Formatter

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def remaining(at: datetime, now: datetime, formatter: Formatter) -> list[tuple[str, str]]:
    """Return the two largest units of what is left, each a number and its word; 0 once it is over.
    The script that goes on counting says them likewise."""
    left = max(at - now, timedelta())
    hours, minutes = left.seconds // 3600, left.seconds % 3600 // 60
    if left.days:
        day = formatter.counted(msg("day"), msg("days"), left.days)
        hour = formatter.counted(msg("hour"), msg("hours"), hours)
        return [(str(left.days), day), (str(hours), hour)]
    if left >= HOUR:
        return [(str(hours), "h"), (str(minutes), "min")]
    return [(str(minutes), "min"), (str(left.seconds % 60), "s")]
