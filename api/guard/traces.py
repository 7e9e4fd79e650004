"""The trace of each request: named in every line that the log has of it."""

from collections.abc import MutableMapping
from typing import Any

from opentelemetry.trace import format_trace_id, get_current_span
from starlette.types import ASGIApp, Receive, Scope, Send
from structlog.contextvars import bind_contextvars

from api.guard.no_store import ASSETS
from api.guard.rate_limit_identity import EXEMPT


def is_untold(scope: MutableMapping[str, Any]) -> bool:
    """Return whether a request is left out of traces: probes and files, of which there are many and
    which say nothing."""
    return bool(scope["path"].startswith((EXEMPT, *ASSETS)))


class TraceIds:
    """Has the log name the trace; the line that comes when a request is over does so, too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        context = get_current_span().get_span_context()
        if context.is_valid:
            bind_contextvars(trace_id=format_trace_id(context.trace_id))
        await self._app(scope, receive, send)
