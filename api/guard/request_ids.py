"""The id of each request: in its answer, and in every line that the log has of it."""

import re
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, clear_contextvars

HEADER = "X-Request-Id"
LONGEST = 128

_WELL_FORMED = re.compile(rf"[A-Za-z0-9._-]{{1,{LONGEST}}}", re.ASCII)
_ORDER = re.compile(
    r"/(?:v1/orders|orders|disputes|console/orders)"
    r"/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:[/?#]|$)",
    re.ASCII,
)


def request_id_in(headers: Headers) -> str:
    """Return the id that the caller gave; a new one where they gave none, several, or one that
    could be anything but an id to whoever reads a log."""
    given = set(headers.getlist(HEADER))
    if len(given) == 1 and _WELL_FORMED.fullmatch(only := given.pop()):
        return only
    return new_request_id()


def new_request_id() -> str:
    """Return an id that no other request has."""
    return str(uuid4())


def order_id_in(path: str) -> str | None:
    """Return which order an address of the API or of a page speaks of, or None."""
    found = _ORDER.match(path)
    return found[1] if found else None


class RequestIds:
    """Gives each request its id (`request_id` in the scope's state), and says it with the answer,
    whichever part makes that."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = request_id_in(Headers(scope=scope))
        scope.setdefault("state", {})["request_id"] = request_id
        # A request that came right behind another one was begun in that one's context.
        clear_contextvars()
        bind_contextvars(request_id=request_id)
        if (order_id := order_id_in(scope["path"])) is not None:
            bind_contextvars(order_id=order_id)

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        await self._app(scope, receive, marked)
