"""Bodies that every parser reads alike, or not at all.

Where two parsers differ, a proxy or a log can see another amount than the ledger does. So what
RFC 8259 leaves open is refused: a name twice in one object (§4), other encodings than UTF-8 (§8.1),
NaN and Infinity (§6), and depth without an end (§9).
"""

import json
import re
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any, NoReturn

from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.guard.known_queries import demand_known, known_in
from api.tables.columns import item_of
from api.tables.description import described
from api.tables.lists import ListTable

DEEPEST = 32
"""Levels of lists and objects within each other; the API's own documents have four."""

# A string that never ends is taken to the end of the body, so that no byte is looked at twice.
_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)


class NotStrict(HTTPException):
    """A body that is not strict, and what is wrong with it, in words for its sender. The framework
    lets such exceptions pass while it reads a body; others it takes for its own."""

    def __init__(self, wrong: str) -> None:
        super().__init__(HTTPStatus.UNPROCESSABLE_ENTITY, wrong)


def parse(body: bytes) -> Any:
    """Read a body.

    Raises:
        NotStrict: it is not JSON that everybody reads alike.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotStrict(f"is not UTF-8 at byte {error.start}") from None
    # Before it is parsed: the parser goes a level deeper for each of the document's.
    _demand_shallow(text)
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise NotStrict(f"is not a JSON document: see its character {error.pos}") from None
    except ValueError:
        raise NotStrict("has a number of too many digits") from None


def _demand_shallow(text: str) -> None:
    depth = 0
    for found in _STRUCTURE.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
        if depth > DEEPEST:
            raise NotStrict(f"is more than {DEEPEST} levels deep")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotStrict("has a name twice in one object")
    return found


def _refuse_constant(_name: str) -> NoReturn:
    raise NotStrict("has NaN or Infinity, which are no JSON numbers")


class StrictRequest(Request):
    """A request whose body is read strictly."""

    async def json(self) -> Any:
        """Return the body as JSON values.

        Raises:
            NotStrict: it is not JSON that everybody reads alike.
        """
        return parse(await self.body())

    async def demand_strict(self) -> None:
        """Look at JSON that the route does not ask for: whoever else reads it reads it alike.

        Raises:
            NotStrict: it is not JSON that everybody reads alike.
        """
        if "json" in self.headers.get("content-type", "").lower() and await self.body():
            await self.json()


class StrictRoute(APIRoute):
    """A route that reads its requests strictly: their queries, and their bodies in the one parse
    that there is. A list is given as CSV as well."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **given: Any) -> None:
        super().__init__(path, endpoint, **described(given))

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Make the framework's handler read a strict request."""
        handle = super().get_route_handler()
        known = known_in(self.dependant)

        async def strict(request: Request) -> Response:
            demand_known(request.query_params, known)
            read = StrictRequest(request.scope, request.receive)
            if self.body_field is None:
                await read.demand_strict()
            return await handle(read)

        item = item_of(self.response_model)
        if item is None:
            return strict
        name = (self.operation_id or self.name).removeprefix("list_").replace("_", "-")
        return ListTable(name, item, self.dependant, strict).answer
