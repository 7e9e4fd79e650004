"""One line in the log for each request: what, by whom, about which order, how it was answered, how
long it took."""

import time

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars

from api.guard.limits import LONGEST_METHOD
from api.guard.request_ids import order_id_in

log = structlog.get_logger()


class AccessLog:
    """Logs the route, not the address with its query, and nothing of headers or bodies but where an
    order is that was placed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0
        began = time.perf_counter()

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _note_order(message)
            await send(message)

        try:
            await self._app(scope, receive, note)
        finally:
            route = getattr(scope.get("route"), "path", None)
            milliseconds = round((time.perf_counter() - began) * 1000, 1)
            method = scope["method"][:LONGEST_METHOD]
            log.info("request", method=method, route=route, status=status, ms=milliseconds)


def _note_order(message: Message) -> None:
    """Have the log name the order that an answer leads to: one that was placed was in no address
    before."""
    order_id = order_id_in(Headers(raw=message.get("headers", [])).get("Location", ""))
    if order_id is not None:
        bind_contextvars(order_id=order_id)
