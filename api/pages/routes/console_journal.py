"""The journal of those who operate, as a page and as a file."""

from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from api import paging, render
from api.pages.console.deed_words import CALLED, deed_line
from api.pages.console.journal_query import JournalQuery, read_journal
from api.pages.page import show
from api.pages.reader import Operating
from api.routes.operator_journal import POSITION
from api.schemas.operator_journal import DeedView
from api.state import Services, Shared
from api.tables.columns import columns_of
from api.tables.download import CsvDownload
from db import operator_journal
from db.operator_journal import JournalledDeed
from db.pool import connection

router = APIRouter(prefix="/console", include_in_schema=False)

ON_A_PAGE = 50
IN_A_PART = 100


@router.get("/journal")
async def journal(
    request: Request, reader: Operating, shared: Shared, cursor: paging.Cursor = None
) -> Response:
    """Who of those who operate did what, newest first."""
    query, before = read_journal(request.query_params), paging.read(cursor or None, POSITION)
    async with connection(shared.pool) as acquired:
        found = await operator_journal.page(acquired, query.wanted, before, ON_A_PAGE + 1)
    shown = paging.shown(found[:ON_A_PAGE], render.deed)
    return show(
        request,
        reader,
        "console/journal.html",
        query=query,
        lines=[deed_line(one, reader) for one in shown],
        deeds=CALLED,
        chips=query.chips(reader),
        following=_following(query, found),
    )


def _following(query: JournalQuery, found: list[JournalledDeed]) -> str:
    """Return the address of the next part; nothing at the end."""
    onward = paging.onward(found, ON_A_PAGE, _place)
    return query.address(cursor=onward) if onward else ""


def _place(one: JournalledDeed) -> list[Any]:
    return [one.at, one.id]


@router.get("/journal.csv")
async def journal_as_file(request: Request, reader: Operating, shared: Shared) -> Response:
    """The same list, all of it, with the columns that the API's has."""
    query = read_journal(request.query_params)
    await shared.exports.note(reader.caller, "operator-journal")
    headers = {"Cache-Control": "no-store"}
    return CsvDownload("journal", columns_of(DeedView), _parts(shared, query), headers)


async def _parts(shared: Services, query: JournalQuery) -> AsyncIterator[list[Any]]:
    before: Any = None
    while True:
        async with connection(shared.pool) as acquired:
            found = await operator_journal.page(acquired, query.wanted, before, IN_A_PART)
        yield [one.model_dump(mode="json") for one in paging.shown(found, render.deed)]
        if len(found) < IN_A_PART:
            return
        before = _place(found[-1])
