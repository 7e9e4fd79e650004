"""Addresses that everybody reads alike: percent-encoded UTF-8 without control characters, and with
every slash written as one."""

import re
import unicodedata
from urllib.parse import unquote_to_bytes

from starlette.types import ASGIApp, Receive, Scope, Send

from api.guard.limits import drain
from api.problems import Problem, invalid

_STRAY = re.compile(rb"%(?![0-9A-Fa-f]{2})")


class Addresses:
    """Refuses with 422 an address that can be read in several ways, before it leads anywhere: what
    is not UTF-8 would become the same replacement character for everybody, and two people one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        problem = _problem(scope) if scope["type"] == "http" else None
        if problem is None:
            await self._app(scope, receive, send)
            return
        await drain(receive)
        await problem.response()(scope, receive, send)


def _problem(scope: Scope) -> Problem | None:
    path, query = _read(scope["raw_path"]), _read(scope["query_string"])
    if path is None or query is None:
        where = "path" if path is None else "query"
        return invalid(where, "must be UTF-8, percent-encoded (RFC 3986)")
    if b"%2f" in scope["raw_path"].lower():
        # No id holds one, and read as one it leads past a proxy's rules about the address.
        return invalid("path", "must write a slash as one, not percent-encoded")
    if any(unicodedata.category(letter) == "Cc" for letter in path):
        return invalid("path", "must not contain control characters")
    return None


def _read(part: bytes) -> str | None:
    """Return what a part of an address says; None where nobody can tell."""
    if _STRAY.search(part):
        return None
    try:
        return unquote_to_bytes(part).decode()
    except UnicodeDecodeError:
        return None
