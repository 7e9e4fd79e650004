"""Every list as a table too: how its parts are asked for, and told on."""

import json
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode

from fastapi.dependencies.models import Dependant
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from api.tables.accept import prefers_csv
from api.tables.columns import Column, columns_of
from api.tables.download import CsvDownload

Handle = Callable[[Request], Coroutine[Any, Any, Response]]
Json = dict[str, Any]

VARY = {"Vary": "Accept"}
PLACES = ("cursor", "after")
"""How a query says where a part begins."""


@dataclass(frozen=True)
class ListTable:
    """A list that can be a table: its route's handler, and what it is asked with."""

    name: str
    item: Any
    dependant: Dependant
    handle: Handle

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Return its columns."""
        return columns_of(self.item)

    async def answer(self, request: Request) -> Response:
        """Return the list in the form that is asked for.

        Raises:
            Problem: as the route does of its first part.
        """
        if prefers_csv(request.headers.getlist("accept")):
            return await self._csv(request)
        response = await self.handle(request)
        response.headers.update(VARY)
        return response

    async def _csv(self, request: Request) -> Response:
        if "limit" in request.query_params:
            part = _read(await self.handle(request))
            await self._note(request)
            headers = VARY | self._next(request, part)
            return CsvDownload(self.name, self.columns, _of(part["items"]), headers)
        first = await self._part(request, {})
        await self._note(request)
        return CsvDownload(self.name, self.columns, self._parts(request, first), VARY)

    async def _note(self, request: Request) -> None:
        """Note who takes the list away, where its like is noted (`api.operator_deeds`)."""
        taken_by = getattr(request.state, "identity", None)
        await request.app.state.services.exports.note(taken_by, self.name)

    async def _parts(self, request: Request, part: Json) -> AsyncIterator[list[Any]]:
        """Return the items of the first part and of all after it."""
        yield part["items"]
        place: str | None = None
        # A feed names a place to go on from even when nothing is there yet.
        while part["next_cursor"] not in (None, place) and part.get("more", True):
            place = part["next_cursor"]
            part = await self._part(request, {self._place: place})
            yield part["items"]

    async def _part(self, request: Request, more: Mapping[str, str | None]) -> Json:
        largest = {"limit": str(self._largest)} if self._largest else {}
        async with AsyncExitStack() as stack:
            return _read(await self.handle(_another(request, {**largest, **more}, stack)))

    def _next(self, request: Request, part: Json) -> dict[str, str]:
        place = part["next_cursor"]
        if place is None:
            return {}
        path = quote(request.url.path)
        return {"Link": f'<{path}?{_query(request, {self._place: place})}>; rel="next"'}

    @cached_property
    def _place(self) -> str:
        return next(one for one in PLACES if one in self._limits)

    @cached_property
    def _largest(self) -> int | None:
        return self._limits.get("limit")

    @cached_property
    def _limits(self) -> dict[str, int | None]:
        """Return what is read from a query, and the largest number that it may be."""
        return {
            field.alias: next(
                (one.le for one in field.field_info.metadata if hasattr(one, "le")), None
            )
            for field in self.dependant.query_params
        }


async def _of(items: list[Any]) -> AsyncIterator[list[Any]]:
    yield items


def _read(response: Response) -> Json:
    part: Json = json.loads(bytes(response.body))
    return part


def _query(request: Request, more: Mapping[str, str | None]) -> str:
    asked = [pair for pair in request.query_params.multi_items() if pair[0] not in more]
    return urlencode([*asked, *more.items()])


def _another(request: Request, more: Mapping[str, str | None], stack: AsyncExitStack) -> Request:
    """Return the request for another part. Its token is looked at anew: one that has ended opens
    nothing more."""
    state = {name: of for name, of in request.scope.get("state", {}).items() if name != "identity"}
    scope = {
        **request.scope,
        "state": state,
        "query_string": _query(request, more).encode(),
        # What the framework opens for a part ends with it.
        "fastapi_inner_astack": stack,
        "fastapi_function_astack": stack,
    }
    return Request(scope, _no_body)


async def _no_body() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}
