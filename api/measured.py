"""Each request, told to whoever counts them: by its route and not its address, and by nothing of
what it says."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.guard.in_flight import STREAM
from infra.metrics.requests import RequestMetrics


class Measured:
    """Counts requests and the time that they take."""

    def __init__(self, app: ASGIApp, metrics: RequestMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with self._metrics.under_way(is_stream=scope["path"].endswith(STREAM)):
            await self._measured(scope, receive, send)

    async def _measured(self, scope: Scope, receive: Receive, send: Send) -> None:
        status, began = 0, time.perf_counter()
        begun_after: float | None = None

        async def note(message: Message) -> None:
            nonlocal status, begun_after
            if message["type"] == "http.response.start":
                status, begun_after = message["status"], time.perf_counter() - began
            await send(message)

        try:
            await self._app(scope, receive, note)
        finally:
            seconds = time.perf_counter() - began
            if begun_after is not None and scope["path"].endswith(STREAM):
                seconds = begun_after
            self._count(scope, status, seconds)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", None)
        self._metrics.answered(route, scope["method"], status, seconds)
        refused = scope.get("state", {}).get("refused_as")
        if refused is not None:
            self._metrics.refused(refused)
