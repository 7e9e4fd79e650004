"""A line as it stands on paper: what draws it joins no letters, and knows of no direction."""

import unicodedata

from arabic_reshaper import ArabicReshaper
from bidi import get_display

_FROM_THE_RIGHT = ("R", "AL")
"""Unicode's names for letters that are read from right to left."""

_RESHAPER = ArabicReshaper({"ARABIC LIGATURE ALLAH": False})  # the font has no such letter


def as_drawn(line: str) -> str:
    """Return a line from left to right as the eye meets it: Arabic letters in the forms in which
    they join, and what is read from right to left in that order (Unicode's UAX #9)."""
    if not any(unicodedata.bidirectional(one) in _FROM_THE_RIGHT for one in line):
        return line
    return str(get_display(_RESHAPER.reshape(line)))
