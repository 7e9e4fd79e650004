"""A month of a wallet on paper: what it held, what came and went, and what it held then."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fpdf import FPDF
from fpdf.fonts import TTFFont

from api.pages.drawn_line import as_drawn
from api.pages.months import Month
from db.wallet_entries import WalletEntry
from domain.ledger import PostingKind
from texts.catalogue import msg
from texts.formatter import Formatter
from texts.sanitize import one_line
from texts.wallets import wallet_entry

MOST_ENTRIES = 5_000
FONTS = Path(__file__).parent / "fonts"

_FONT = "DejaVu"
_NOT_IN_IT = "□"
"""What stands in the place of a character that the font has not, such as most emoji."""

_DATE, _AMOUNT, _LINE, _SMALL = 42.0, 34.0, 6.0, 4.5
"""Widths of columns and heights of lines, in millimetres."""


@dataclass(frozen=True)
class Statement:
    """What stands on it: `before` is what the wallet held when the month began, in minor units by
    currency, the entries are the oldest first."""

    marketplace: str
    owner: str
    month: Month
    made_at: datetime
    before: Mapping[str, int]
    entries: Sequence[WalletEntry]


def as_pdf(statement: Statement, formatter: Formatter) -> bytes:
    """Return the statement as its owner reads it."""
    paper = _Paper(statement, formatter)
    currencies = sorted({*statement.before, *(one.currency for one in statement.entries)})
    if not currencies:
        paper.write_line(formatter.say(msg("Nothing was in this wallet, and nothing moved.")))
    for currency in currencies:
        own = [one for one in statement.entries if one.currency == currency]
        paper.account(currency, statement.before.get(currency, 0), own)
    return bytes(paper.output())


class _Paper(FPDF):
    """Sheets of a statement."""

    def __init__(self, statement: Statement, formatter: Formatter) -> None:
        super().__init__(format="A4")
        self._formatter, self._statement = formatter, statement
        self.add_font(_FONT, "", FONTS / "DejaVuSans.ttf")
        regular = self.fonts[_FONT.lower()]
        self._characters = regular.cmap if isinstance(regular, TTFFont) else {}
        self.add_font(_FONT, "B", FONTS / "DejaVuSans-Bold.ttf")
        self.set_margin(18)
        self.set_auto_page_break(True, 22)
        self.set_lang(formatter.language.value)
        self.set_title(self._title)
        self.set_creation_date(statement.made_at)
        self.add_page()
        self.write_line(self._title, size=16, bold=True, height=10)
        self.write_line(one_line(statement.owner, 100))
        self.write_line(
            formatter.say(
                msg("Made on %(at)s. Times are those of %(zone)s."),
                {"at": formatter.moment(statement.made_at), "zone": formatter.time_zone},
            ),
            size=8,
        )

    @property
    def _title(self) -> str:
        month = self._statement.month.said(self._formatter.language)
        return self._formatter.say(msg("Wallet statement, %(month)s"), {"month": month})

    def header(self) -> None:
        """Name the marketplace on every sheet."""
        self.set_font(_FONT, "B", 9)
        self.cell(0, _LINE, self._known(one_line(self._statement.marketplace, 100)))
        self.ln(_LINE + 2)

    def footer(self) -> None:
        """Number every sheet."""
        self.set_y(-15)
        self.set_font(_FONT, "", 8)
        self.cell(0, _LINE, f"{self.page_no()} / {{nb}}", align="R")

    def write_line(
        self, text: str, *, size: float = 10, bold: bool = False, height: float = _LINE
    ) -> None:
        """Write a line of its own."""
        self.set_font(_FONT, "B" if bold else "", size)
        self.multi_cell(0, height, self._known(text), new_x="LMARGIN", new_y="NEXT", align="L")

    def account(self, currency: str, before: int, entries: Iterable[WalletEntry]) -> None:
        """Write what moved in one currency, between what was there and what is left."""
        say = self._formatter.say
        self.ln(_LINE)
        self.write_line(currency, size=12, bold=True, height=8)
        self._row("", say(msg("At the beginning")), "", before, currency, bold=True)
        held = before
        for entry in entries:
            held = entry.balance_after
            self._entry(entry)
        self._row("", say(msg("At the end")), "", held, currency, bold=True)

    def _entry(self, entry: WalletEntry) -> None:
        kind, formatter = PostingKind(entry.kind), self._formatter
        text = wallet_entry(kind, entry.amount, entry.reason, formatter.language)
        amount = formatter.signed(entry.amount, entry.currency)
        moment = formatter.moment(entry.at)
        beside = entry.order_title or entry.reference
        self._row(moment, text, amount, entry.balance_after, entry.currency, beside)

    def _row(
        self,
        moment: str,
        text: str,
        amount: str,
        balance: int,
        currency: str,
        beside: str | None = None,
        *,
        bold: bool = False,
    ) -> None:
        height = _LINE + (_SMALL if beside else 0)
        if self.will_page_break(height):
            self.add_page()
        self.set_font(_FONT, "B" if bold else "", 8.5)
        room = self.epw - _DATE - 2 * _AMOUNT
        self.cell(_DATE, _LINE, moment)
        self.cell(room, _LINE, self._fitting(text, room))
        self.cell(_AMOUNT, _LINE, amount, align="R")
        held = self._formatter.money(balance, currency)
        self.cell(_AMOUNT, _LINE, held, align="R", new_x="LMARGIN", new_y="NEXT")
        if beside:
            self.set_font(_FONT, "", 7.5)
            self.set_x(self.l_margin + _DATE)
            words = self._fitting(one_line(beside, 200), self.epw - _DATE)
            self.cell(0, _SMALL, words, new_x="LMARGIN", new_y="NEXT")
        self.set_draw_color(210)
        self.line(self.l_margin, self.y, self.w - self.r_margin, self.y)

    def _fitting(self, text: str, room: float) -> str:
        drawn = self._known(text)
        while len(text) > 1 and self.get_string_width(drawn) > room - 2:
            text = text[: -max(2, len(text) // 10)].rstrip() + "…"
            drawn = self._known(text)
        return drawn

    def _known(self, text: str) -> str:
        drawn = as_drawn(text)
        return "".join(one if ord(one) in self._characters else _NOT_IN_IT for one in drawn)
