"""A list on its way to a file: part after part, so that no more of it is held than one part."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import aclosing
from typing import Any

import structlog
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.tables.accept import CSV
from api.tables.columns import Cell, Column

log = structlog.get_logger()


def lines(rows: Iterable[Sequence[Cell]]) -> str:
    """Return rows as RFC 4180 has them."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


class CsvDownload(Response):
    """A table of the items of a list, whose parts are asked for as they are taken. One that cannot
    be brought to its end breaks off, without the end of its last chunk: it is not to be taken for
    the whole list."""

    def __init__(
        self,
        name: str,
        columns: Sequence[Column],
        parts: AsyncIterator[Sequence[Any]],
        headers: Mapping[str, str],
    ) -> None:
        attachment = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
        super().__init__(headers={**headers, **attachment}, media_type=CSV)
        del self.headers["Content-Length"]
        self._name, self._columns, self._parts = name, columns, parts

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, as long as somebody is there to take it."""
        start = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **start})
        leaving = asyncio.ensure_future(_has_left(receive))
        try:
            async for text in self._texts():
                if leaving.done():
                    return
                more = {"type": "http.response.body", "body": text.encode(), "more_body": True}
                await send(more)
        except Exception as error:  # whatever it is, what was sent so far is not the list
            log.error("a list broke off", list=self._name, because=type(error).__name__)
            return
        finally:
            leaving.cancel()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _texts(self) -> AsyncIterator[str]:
        yield lines([[column.name for column in self._columns]])
        async with aclosing(self._parts) as parts:  # type: ignore[type-var]
            async for items in parts:
                yield lines([[one.cell(item) for one in self._columns] for item in items])


async def _has_left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
