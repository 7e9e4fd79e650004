"""The HTTP server of one API process: its limits, and an orderly end."""

import socket
from functools import partial
from typing import Any

import uvicorn
from fastapi import FastAPI

from api.guard.http_protocol import MOST_UNREAD_BYTES, BoundedProtocol
from infra.settings import Settings

GRACE_SECONDS = 20
"""How long requests may go on after the process was told to end."""


class ApiServer(uvicorn.Server):
    """Told to end, it takes no further connections, ends streams at once and lets everything else
    have its answer."""

    def __init__(self, application: FastAPI, settings: Settings, **options: Any) -> None:
        protocol = partial(
            BoundedProtocol,
            head_seconds=settings.head_patience,
            body_seconds=settings.body_patience,
        )
        given: dict[str, Any] = {
            "host": settings.host,
            "port": settings.port,
            "timeout_graceful_shutdown": GRACE_SECONDS,
            "http": protocol,
            **options,
        }
        config = uvicorn.Config(
            application,
            h11_max_incomplete_event_size=MOST_UNREAD_BYTES,
            workers=1,  # uvicorn would take another number from the shell's WEB_CONCURRENCY
            log_config=None,
            access_log=False,  # it would show addresses with ids
            server_header=False,
            **given,
        )
        super().__init__(config)
        self._application = application

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End streams first: they would last for as long as everything else may."""
        self._application.state.services.listener.close()
        await super().shutdown(sockets)
