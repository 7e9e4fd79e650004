"""One line in the log for each request: what, how it was answered, how long it took."""

import time

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.guard.limits import LONGEST_METHOD

log = structlog.get_logger()


class AccessLog:
    """Logs the route, not the address with its ids, and nothing of headers or bodies."""

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
            await send(message)

        try:
            await self._app(scope, receive, note)
        finally:
            route = getattr(scope.get("route"), "path", None)
            milliseconds = round((time.perf_counter() - began) * 1000, 1)
            method = scope["method"][:LONGEST_METHOD]
            log.info("request", method=method, route=route, status=status, ms=milliseconds)
