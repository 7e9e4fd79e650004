"""Answers that no cache keeps, on the way or in a browser."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import NO_STORE

ASSETS = ("/static-offline-docs/", "/assets/")
"""What the documentation and the pages are drawn with: the same for everybody."""


class NoStore:
    """Says of every answer that it is not to be kept: it is one caller's, some show a secret."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(NO_STORE)
            await send(message)

        is_asset = scope["type"] == "http" and scope["path"].startswith(ASSETS)
        await self._app(scope, receive, send if is_asset else marked)
