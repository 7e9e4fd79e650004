"""What people wrote, made safe to stand inside a sentence or a header of ours."""

import re
import unicodedata

_SPACE = re.compile(r"[^\S\u00a0\u202f]+")
"""What may become a plain space; no-break spaces stay what they are."""

_JOINERS = "\u200c\u200d"
"""Zero-width, and yet seen: they hold emoji and letters together."""

_UNSEEN = ("Cc", "Cf", "Cs")
"""Control and format characters, which can turn a line round, and halves of characters."""


def one_line(text: str, longest: int) -> str:
    """Return the text on one line of at most `longest` characters, without what cannot be seen."""
    line = _SPACE.sub(" ", "".join(filter(_seen, text))).strip()
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def _seen(character: str) -> bool:
    if character.isspace() or character in _JOINERS:
        return True
    return unicodedata.category(character) not in _UNSEEN
