"""A month of a wallet on paper: what it held, what came and went, and what it held then."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from api.pages.months import Month
from api.pages.paper import FONT, LINE, SMALL, Paper, made_on
from db.reading import reading
from db.wallet_entries import WalletEntry
from domain.ledger import PostingKind
from texts.catalogue import msg
from texts.formatter import Formatter
from texts.sanitize import one_line
from texts.wallets import wallet_entry

MOST_ENTRIES = 5_000

_DATE, _AMOUNT = 42.0, 34.0
"""Widths of columns, in millimetres."""


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
    paper = _Sheets(statement, formatter)
    currencies = sorted({*statement.before, *(one.currency for one in statement.entries)})
    if not currencies:
        paper.write_line(formatter.say(msg("Nothing was in this wallet, and nothing moved.")))
    for currency in currencies:
        own = [one for one in statement.entries if one.currency == currency]
        paper.account(currency, statement.before.get(currency, 0), own)
    return bytes(paper.output())


class _Sheets(Paper):
    """Sheets of a statement."""

    def __init__(self, statement: Statement, formatter: Formatter) -> None:
        self._formatter = formatter
        month = {"month": statement.month.said(formatter.language)}
        title = formatter.say(msg("Wallet statement, %(month)s"), month)
        super().__init__(statement.marketplace, title, statement.made_at, formatter.language)
        self.write_line(title, size=16, bold=True, height=10)
        self.write_line(one_line(statement.owner, 100))
        self.write_line(made_on(statement.made_at, formatter), size=8)

    def account(self, currency: str, before: int, entries: Iterable[WalletEntry]) -> None:
        """Write what moved in one currency, between what was there and what is left."""
        say = self._formatter.say
        self.ln(LINE)
        self.write_line(currency, size=12, bold=True, height=8)
        self._row("", say(msg("At the beginning")), "", before, currency, bold=True)
        held = before
        for entry in entries:
            held = entry.balance_after
            self._entry(entry)
        self._row("", say(msg("At the end")), "", held, currency, bold=True)

    def _entry(self, entry: WalletEntry) -> None:
        formatter = self._formatter
        # A statement of which a line is missing would be wrong: it is not to be had, and says so.
        with reading(f"movement {entry.tx_id}-{entry.leg}"):
            kind = PostingKind(entry.kind)
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
        height = LINE + (SMALL if beside else 0)
        if self.will_page_break(height):
            self.add_page()
        self.set_font(FONT, "B" if bold else "", 8.5)
        room = self.epw - _DATE - 2 * _AMOUNT
        self.cell(_DATE, LINE, moment)
        self.cell(room, LINE, self.fitting(text, room))
        self.cell(_AMOUNT, LINE, amount, align="R")
        held = self._formatter.money(balance, currency)
        self.cell(_AMOUNT, LINE, held, align="R", new_x="LMARGIN", new_y="NEXT")
        if beside:
            self.set_font(FONT, "", 7.5)
            self.set_x(self.l_margin + _DATE)
            words = self.fitting(one_line(beside, 200), self.epw - _DATE)
            self.cell(0, SMALL, words, new_x="LMARGIN", new_y="NEXT")
        self.set_draw_color(210)
        self.line(self.l_margin, self.y, self.w - self.r_margin, self.y)
