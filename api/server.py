"""The HTTP server of one API process: its limits, and an orderly end."""

import asyncio
import socket
from functools import partial
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access_log import AccessLog
from api.guard.cors import Cors
from api.guard.http_protocol import MOST_UNREAD_BYTES, BoundedProtocol
from api.guard.no_store import NoStore
from api.guard.request_ids import RequestIds
from api.measured import Measured
from api.problems import RETRY_SECONDS, Problem
from domain.vocabulary import Code
from infra.metrics.requests import RequestMetrics
from infra.settings import Settings

GRACE_SECONDS = 20
"""How long requests may go on after the process was told to end."""


class Answered:
    """Answers for a request that is broken off because the process ends: uvicorn would say 500."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = False

        async def note(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, note)
        except asyncio.CancelledError:
            if has_begun or scope["type"] != "http":
                raise
            await _ending().response()(scope, receive, send)


def every_answer(
    application: ASGIApp, settings: Settings, requests: RequestMetrics | None = None
) -> ASGIApp:
    """Put round an application what every answer passes, those that it does not make itself among
    them, the innermost first. They are counted where that is shown."""
    app: ASGIApp = Answered(application)
    if settings.allowed_origins:
        app = Cors(app, settings.allowed_origins)
    if requests is not None and settings.api_metrics_address is not None:
        app = Measured(app, requests)
    return RequestIds(NoStore(AccessLog(app)))


def _ending() -> Problem:
    detail = "This process ended before it could answer. Repeat the request, with the same key."
    headers = {"Retry-After": RETRY_SECONDS, "Connection": "close"}
    return Problem(Code.UNAVAILABLE, detail, headers=headers)


class ApiServer(uvicorn.Server):
    """Told to end, it takes no further connections, ends streams at once and lets everything else
    have its answer."""

    def __init__(self, application: FastAPI, settings: Settings, **options: Any) -> None:
        protocol = partial(
            BoundedProtocol,
            head_seconds=settings.head_patience,
            body_seconds=settings.body_patience,
            piece_seconds=settings.stream_patience,
            answer_seconds=settings.answer_patience,
        )
        given: dict[str, Any] = {
            "host": settings.host,
            "port": settings.port,
            "timeout_graceful_shutdown": GRACE_SECONDS,
            "timeout_keep_alive": settings.keep_alive,
            "http": protocol,
            **options,
        }
        config = uvicorn.Config(
            every_answer(application, settings, application.state.metrics.requests),
            h11_max_incomplete_event_size=MOST_UNREAD_BYTES,
            workers=1,  # uvicorn would take another number from the shell's WEB_CONCURRENCY
            log_config=None,
            access_log=False,  # it would show addresses with ids
            server_header=False,
            # uvicorn would believe this machine, and who came through its own proxy chose a name.
            proxy_headers=settings.trusted_proxies is not None,
            forwarded_allow_ips=settings.trusted_proxies or [],
            **given,
        )
        super().__init__(config)
        self._application = application

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End streams first: they would last for as long as everything else may."""
        self._application.state.services.listener.close()
        await super().shutdown(sockets)
