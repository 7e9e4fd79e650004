"""Sheets of A4 in our letters: whatever somebody wrote is drawn as it is read."""

import unicodedata
from datetime import datetime
from functools import cache
from pathlib import Path

from fpdf import FPDF
from fpdf.fonts import TTFFont

from api.pages.drawn_line import as_drawn, is_from_right, wrapped
from texts.catalogue import Language, msg
from texts.formatter import Formatter
from texts.sanitize import one_line

FONTS = Path(__file__).parent / "fonts"
FONT = "DejaVu"

LINE, SMALL = 6.0, 4.5
"""Heights of lines, in millimetres."""

_NOT_IN_IT = "□"
"""What stands in the place of a character that the font has not, such as most emoji."""

_ALL_SHEETS = "\x01\x01"
"""What becomes the number of sheets. It is in no text as it is drawn."""

_UNSEEN = ("Cc", "Cf", "Cs")
"""What has no shape: a drawn line needs no signs that direct it."""

_MARKS = ("Mn", "Me")
"""What stands on another character, and leaves nothing where the font has it not."""


class Paper(FPDF):
    """Sheets with the marketplace's name at the top and their numbers at the bottom."""

    def __init__(self, marketplace: str, title: str, made_at: datetime, language: Language) -> None:
        super().__init__(format="A4")
        self._marketplace = marketplace
        self.add_font(FONT, "", FONTS / "DejaVuSans.ttf")
        regular = self.fonts[FONT.lower()]
        self._characters = regular.cmap if isinstance(regular, TTFFont) else {}
        self.add_font(FONT, "B", FONTS / "DejaVuSans-Bold.ttf")
        self.set_margin(18)
        self.set_auto_page_break(True, 22)
        self.set_lang(language.value)
        self.set_title(title)
        self.set_creation_date(made_at)
        self.alias_nb_pages(_ALL_SHEETS)
        self.add_page()

    def header(self) -> None:
        """Name the marketplace on every sheet."""
        self.set_font(FONT, "B", 9)
        self.cell(0, LINE, self.known(one_line(self._marketplace, 100)))
        self.ln(LINE + 2)

    def footer(self) -> None:
        """Number every sheet."""
        self.set_y(-15)
        self.set_font(FONT, "", 8)
        self.cell(0, LINE, f"{self.page_no()} / {_ALL_SHEETS}", align="R")

    def write_line(
        self, text: str, *, size: float = 10, bold: bool = False, height: float = LINE
    ) -> None:
        """Write a line of its own, on several where it is too long."""
        self.write_words(text, size=size, bold=bold, height=height)

    def write_words(
        self,
        text: str,
        *,
        size: float = 9,
        bold: bool = False,
        height: float = SMALL,
        indent: float = 0,
        is_quoted: bool = False,
    ) -> None:
        """Write a text, each of its lines on as many as it takes, with a line down its side where
        it is quoted; `indent` and `height` in millimetres."""
        self.set_font(FONT, "B" if bold else "", size)
        width = cache(lambda words: self.get_string_width(self.known(words)))
        room = self.epw - indent - 2 * self.c_margin
        for paragraph in text.splitlines():
            from_right = is_from_right(paragraph)
            for line in wrapped(paragraph, room, width):
                self.set_x(self.l_margin + indent)
                drawn = self.known(line, from_right=from_right)
                self.cell(
                    0,
                    height,
                    drawn,
                    border="L" if is_quoted else 0,
                    align="R" if from_right else "L",
                    new_x="LMARGIN",
                    new_y="NEXT",
                )

    def fitting(self, text: str, room: float) -> str:
        """Return a text as it is drawn, cut to what fits into `room` millimetres."""
        drawn = self.known(text)
        while len(text) > 1 and self.get_string_width(drawn) > room - 2:
            text = text[: -max(2, len(text) // 10)].rstrip() + "…"
            drawn = self.known(text)
        return drawn

    def known(self, text: str, *, from_right: bool = False) -> str:
        """Return a line as it is drawn, in characters that the font has."""
        drawn = as_drawn(unicodedata.normalize("NFC", text), from_right=from_right)
        return "".join(map(self._shape, drawn))

    def _shape(self, character: str) -> str:
        kind = unicodedata.category(character)
        if kind in _UNSEEN:
            return ""
        if ord(character) in self._characters:
            return character
        return "" if kind in _MARKS else _NOT_IN_IT


def made_on(at: datetime, formatter: Formatter) -> str:
    """Say when a paper was made, and of which zone its times are."""
    return formatter.say(
        msg("Made on %(at)s. Times are those of %(zone)s."),
        {"at": formatter.moment(at), "zone": formatter.time_zone},
    )
