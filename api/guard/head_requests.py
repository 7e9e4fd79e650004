"""HEAD wherever there is GET (RFC 9110 §9.3.2): the same answer without its body."""

import asyncio
from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadRequests:
    """Answers HEAD as GET would be answered, as far as the headers. What is sent for as long as the
    reader likes ends there."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        answered = asyncio.Event()

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
                await send({"type": "http.response.body", "body": b""})
                answered.set()

        scope.setdefault("state", {})["is_head"] = True  # for what may be done once only
        asked = {**scope, "method": "GET"}
        answering = asyncio.ensure_future(self._app(asked, receive, without_body))
        try:
            head = asyncio.ensure_future(answered.wait())
            await asyncio.wait({answering, head}, return_when=asyncio.FIRST_COMPLETED)
            head.cancel()
        finally:
            # A stream has no end of its own, and nobody reads it.
            if not answering.done():
                answering.cancel()
        with suppress(asyncio.CancelledError):
            await answering
        scope["route"] = asked.get("route")  # for the log
