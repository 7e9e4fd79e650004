"""What a command prints."""

import re
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

WORD = re.compile(r"\S+\s*")


def shown(text: str) -> str:
    """Return what somebody else wrote as one line on which nothing moves the cursor, begins another
    line or goes unseen: what does is escaped as Python would."""
    return "".join(one if one.isprintable() else _escaped(one) for one in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


class Terminal(Console):
    """Whole lines where a program reads them. On a terminal, what is too long for a line goes on in
    the next, as far from the edge, and no word is broken."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"highlight": False, **options})

    def say(self, lines: str, style: str = "", *, markup: bool = True) -> None:
        """Print lines, as they are where they are no markup."""
        for line in lines.split("\n"):
            text = Text.from_markup(line, style=style, emoji=False) if markup else Text(line, style)
            for part in self._parts(text):
                self.print(part, soft_wrap=True)

    def tell(self, line: str, style: str = "") -> None:
        """Print a line in which somebody else's words stand, as they are: see `shown`."""
        self.say(shown(line), style, markup=False)

    def head(self, title: str) -> None:
        """Draw a line under a title that somebody else may have written."""
        self.rule(Text(shown(title), "rule.text"), align="left")

    def _parts(self, text: Text) -> list[Text]:
        if not self.is_terminal:
            return [text]
        beginning = " " * (len(text.plain) - len(text.plain.lstrip(" ")))
        rest = text[len(beginning) :]
        parts = rest.divide(_breaks(rest.plain, self.width - len(beginning)))
        for part in parts:
            part.rstrip()
        return [Text(beginning) + part for part in parts]


def _breaks(line: str, width: int) -> list[int]:
    """Return where further lines begin, at words alone: rich would break an address that is too
    long."""
    breaks, begun = [], 0
    for word in WORD.finditer(line):
        if begun < word.start() and cell_len(line[begun : word.end()].rstrip()) > width:
            begun = word.start()
            breaks.append(begun)
    return breaks
