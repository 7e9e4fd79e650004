"""The deadline of an order as a calendar takes it (RFC 5545): an instant in UTC under a title."""

from datetime import UTC, datetime

from domain.order import Deadline

PRODUCT = "-//Sequestre//Order//EN"
TYPE = "text/calendar; charset=utf-8"
LONGEST_LINE = 75
"""In bytes; what is longer is folded."""

_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


def calendar(
    order_id: str, version: int, deadline: Deadline, title: str, url: str, now: datetime
) -> str:
    """Return a calendar with the deadline alone. One of a later version takes its place, since it
    has the same name."""
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:order-{order_id}@sequestre",
        f"SEQUENCE:{version}",
        f"DTSTAMP:{_instant(now)}",
        f"DTSTART:{_instant(deadline.at)}",
        f"SUMMARY:{_escaped(title)}",
        f"URL:{url}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
        "END:VCALENDAR",
    )
    return "".join(f"{folded(line)}\r\n" for line in lines)


def folded(line: str) -> str:
    """Return a line in pieces of 75 bytes at the most, none of which ends within a character."""
    pieces, size = [""], 0
    for character in line:
        weight = len(character.encode())
        if size + weight > LONGEST_LINE:
            pieces.append("")
            size = 1  # the space that a further piece begins with
        pieces[-1] += character
        size += weight
    return "\r\n ".join(pieces)


def _escaped(text: str) -> str:
    shown = "".join(one for one in text if one == "\n" or one >= " ")
    return shown.translate(_ESCAPED)


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
