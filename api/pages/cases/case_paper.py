"""The file of a case on paper, to be sent to a bank, printed or kept."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from api.auth.order_roles import CallerRoles
from api.pages.cases.case_file import CaseFile, Entry, Section, case_file
from api.pages.cases.whole import whole_case
from api.pages.paper import LINE, SMALL, Paper, made_on
from api.pages.reader import Reader
from api.state import Services
from db.orders import OrderRow
from db.pool import connection
from texts.catalogue import msg
from texts.formatter import Formatter

MOST_CHARACTERS = 200_000
"""Of what people wrote so much is put on paper: some hundred sheets."""

CUT = msg("The case is so long that its earliest part stands in the file for programs alone.")
NO_ROOM = msg("There is no more room for these words: they stand in the file for programs.")
NOTHING = msg("Nothing was added to it.")

_INDENT = 5.0
"""By how much of a sheet's width what people wrote is moved, in millimetres."""


async def case_pdf(
    request: Request, reader: Reader, shared: Services, row: OrderRow, roles: CallerRoles
) -> Response:
    """Give the case of an order that the reader may see as PDF."""
    async with connection(shared.pool) as acquired:
        case = await whole_case(acquired, row, roles)
    marketplace = request.app.state.settings.marketplace_name or "Séquestre"
    file = case_file(row, case, marketplace, reader.now, reader.formatter)
    # Fonts are cut to what is written with them, which takes a processor for a while.
    content = await asyncio.to_thread(as_pdf, file, reader.formatter)
    headers = {
        "Content-Disposition": f'attachment; filename="case-{row.order.id}.pdf"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, 200, headers, "application/pdf")


def as_pdf(file: CaseFile, formatter: Formatter) -> bytes:
    """Return the file of a case as its reader reads it."""
    sheets = _Sheets(file, formatter)
    for section in file.sections:
        sheets.section(section)
    return bytes(sheets.output())


class _Sheets(Paper):
    """Sheets of a case. What people wrote stands apart from what is said of it, behind a line."""

    def __init__(self, file: CaseFile, formatter: Formatter) -> None:
        super().__init__(file.marketplace, file.title, file.made_at, formatter.language)
        self._say = formatter.say
        self._left = MOST_CHARACTERS
        self.set_draw_color(150)
        self.write_line(file.title, size=16, height=10)
        self.write_line(made_on(file.made_at, formatter), size=8)
        if file.is_cut:
            self.write_line(self._say(CUT), size=8)

    def section(self, section: Section) -> None:
        """Write a part of the file under its heading."""
        self._keep(LINE * 4)
        self.ln(LINE)
        self.write_line(section.heading, size=12, bold=True, height=8)
        for label, value in section.facts:
            said = self._say(msg("%(label)s: %(text)s"), {"label": label, "text": value})
            self.write_words(said, size=8.5)
        if section.words:
            self._quote(section.words)
        for entry in section.entries:
            self._entry(entry)
        if not (section.facts or section.words or section.entries):
            self.write_words(self._say(NOTHING))

    def _entry(self, entry: Entry) -> None:
        self._keep(LINE * 3)
        self.ln(SMALL / 2)
        self.write_words(entry.head, size=7.5)
        self.write_words(entry.said)
        self.write_words(entry.note, size=8)
        if entry.words:
            self._quote(entry.words)
        for link in entry.links:
            self.write_words(link, size=8, indent=_INDENT, is_quoted=True)

    def _quote(self, words: str) -> None:
        if len(words) > self._left:
            self.write_words(self._say(NO_ROOM), size=8)
            return
        self._left -= len(words)
        self.write_words(words, indent=_INDENT, is_quoted=True)

    def _keep(self, height: float) -> None:
        if self.will_page_break(height):
            self.add_page()
