"""Directions of writing that somebody turned in a text: they end with it, and turn nothing of what
stands beside it, an amount say."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_TURNED = re.compile("[\u202a-\u202e\u2066-\u2069]")
_EMBEDDED, _ISOLATED = "\u202a\u202b\u202d\u202e", "\u2066\u2067\u2068"
_END_OF_EMBEDDED, _END_OF_ISOLATED = "\u202c", "\u2069"


def closed(text: str) -> str:
    """Return a text that ends each direction which it begins (Unicode Annex 9)."""
    open_: list[str] = []
    for sign in _TURNED.findall(text):
        if sign in _EMBEDDED:
            open_.append(_END_OF_EMBEDDED)
        elif sign in _ISOLATED:
            open_.append(_END_OF_ISOLATED)
        elif sign == _END_OF_ISOLATED and sign in open_:
            while open_.pop() != sign:
                pass
        elif open_[-1:] == [sign]:
            open_.pop()
    return text + "".join(reversed(open_))


@dataclass(frozen=True)
class Closed:
    """The values of a sentence, each of which ends the directions that it begins."""

    values: Mapping[str, object]

    def __getitem__(self, name: str) -> object:
        value = self.values[name]
        return closed(value) if isinstance(value, str) else value
