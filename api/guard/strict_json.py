"""Bodies that every parser reads alike, or not at all.

Where two parsers differ, a proxy or a log can see another amount than the ledger does. So what
RFC 8259 leaves open is refused: a name twice in one object (§4), other encodings than UTF-8 (§8.1),
NaN and Infinity (§6), and depth without an end (§9).
"""

import json
import re
from typing import Any, NoReturn

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.guard.limits import replay_of
from api.problems import invalid

DEEPEST = 32
"""Levels of lists and objects within each other; the API's own documents have four."""

# A string that never ends is taken to the end of the body, so that no byte is looked at twice.
_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)


class NotStrict(ValueError):
    """What is wrong with a body, in words for its sender."""


def check(body: bytes) -> None:
    """Looks a body over.

    Raises:
        NotStrict: it is not JSON that everybody reads alike.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotStrict(f"is not UTF-8 at byte {error.start}") from None
    _demand_shallow(text)
    try:
        json.loads(text, object_pairs_hook=_demand_unique, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise NotStrict(f"is not a JSON document: see its character {error.pos}") from None
    except NotStrict:
        raise
    except ValueError:
        raise NotStrict("has a number of too many digits") from None


def _demand_shallow(text: str) -> None:
    depth = 0
    for found in _STRUCTURE.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
        if depth > DEEPEST:
            raise NotStrict(f"is more than {DEEPEST} levels deep")


def _demand_unique(pairs: list[tuple[str, Any]]) -> None:
    # Nobody looks at what is parsed here, so nothing is built of it.
    if len({name for name, _ in pairs}) != len(pairs):
        raise NotStrict("has a name twice in one object")


def _refuse_constant(_name: str) -> NoReturn:
    raise NotStrict("has NaN or Infinity, which are no JSON numbers")


class StrictJson:
    """Refuses JSON bodies that parsers could read in different ways. It wants a body that has a
    limit already, since it reads all of it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _is_json(scope):
            await self._app(scope, receive, send)
            return
        body = await Request(scope, receive).body()
        try:
            if body:
                check(body)
        except NotStrict as error:
            await invalid("body", str(error)).response()(scope, receive, send)
            return
        await self._app(scope, replay_of(body, receive), send)


def _is_json(scope: Scope) -> bool:
    return "json" in Headers(scope=scope).get("content-type", "").lower()
