"""A line as it stands on paper: what draws it joins no letters, and knows of no direction."""

import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator

from arabic_reshaper import ArabicReshaper
from bidi.mirror import MIRRORED
from fpdf.bidi import BidiCharacter, BidiParagraph
from fpdf.enums import TextDirection

_FROM_THE_RIGHT = ("R", "AL")
"""Unicode's names for letters that are read from right to left."""

_RESHAPER = ArabicReshaper({"ARABIC LIGATURE ALLAH": False})  # the font has no such letter

_MOST = 500
"""Characters of a word among which it is looked for the last one that fits into a line."""


def as_drawn(line: str, *, from_right: bool = False) -> str:
    """Return a line from left to right as the eye meets it: Arabic letters in the forms in which
    they join, and what is read from right to left in that order (Unicode's UAX #9); `from_right`
    as a line of a text that is."""
    turns = from_right or any(unicodedata.bidirectional(one) in _FROM_THE_RIGHT for one in line)
    if not (line and turns):
        return line
    way = TextDirection.RTL if from_right else None
    paragraph = BidiParagraph(text=_RESHAPER.reshape(line), base_direction=way)
    return "".join(map(_turned, paragraph.get_reordered_characters()))


def _turned(one: BidiCharacter) -> str:
    """Return a character as it is drawn: a bracket that is read from the right is the other one of
    its pair."""
    is_turned = one.embedding_level % 2 == 1
    return str(MIRRORED.get(one.character, one.character)) if is_turned else one.character


def is_from_right(text: str) -> bool:
    """Return whether a text is read from right to left: whether its first letter is."""
    kinds = (unicodedata.bidirectional(one) for one in text)
    return next((kind != "L" for kind in kinds if kind in ("L", *_FROM_THE_RIGHT)), False)


def wrapped(paragraph: str, room: float, width: Callable[[str], float]) -> Iterator[str]:
    """Yield the lines of a paragraph as it is read, none wider than `room`: broken at spaces, and
    within a word where that alone is wider."""
    line, taken, space = list[str](), 0.0, width(" ")
    for word in _words(paragraph, room, width):
        needed = width(word)
        if line and taken + needed > room:
            yield " ".join(line)
            line, taken = [], 0.0
        line.append(word)
        taken += needed + space
    yield " ".join(line)


def _words(paragraph: str, room: float, width: Callable[[str], float]) -> Iterator[str]:
    for word in paragraph.expandtabs(4).split(" "):
        rest = word
        while len(rest) > _MOST or width(rest) > room:
            most = min(_MOST, len(rest))
            fits = bisect_right(range(1, most + 1), room, key=lambda n: width(rest[:n]))
            yield rest[: max(1, fits)]
            rest = rest[max(1, fits) :]
        if rest or not word:
            yield rest
