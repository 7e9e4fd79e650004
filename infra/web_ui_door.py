"""A door before Temporal's Web UI, which answers whoever calls it by whatever name.

A page on the web may point its own name at this machine ("DNS rebinding"), and is then of one
origin with the Web UI: it could signal orders. Such a call bears the page's name in `Host`; one
that a page makes as itself bears its address in `Origin`, or says `cross-site`. Neither is let
through.
"""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import uvicorn
from starlette.background import BackgroundTask
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

OWN_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
PATIENCE_SECONDS = 70
"""The longest that Temporal lets a call wait for something to happen is a minute."""
GRACE_SECONDS = 2
TWO_LENGTHS = "The request says twice, and in two ways, how long its body is."
_HOST = re.compile(r"(\[[0-9a-f:]+\]|[a-z0-9.-]+)(?::[0-9]{1,5})?")
_OF_ONE_CONNECTION = frozenset(
    b"connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer"
    b" transfer-encoding upgrade".split()
)


def refusal(method: str, headers: Headers, names: Collection[str] = OWN_NAMES) -> str | None:
    """Return why a request is not let through to a Web UI that goes by these names, or None."""
    hosts, origins = headers.getlist("host"), headers.getlist("origin")
    name = _HOST.fullmatch(hosts[0].lower()) if len(hosts) == 1 else None
    if name is None or name[1] not in names:
        known = ", ".join(sorted(names))
        return f"Temporal's Web UI is called by another name here. It answers as: {known}."
    if len(origins) > 1 or not all(_is_of(origin, hosts[0]) for origin in origins):
        return "A page elsewhere may not use Temporal's Web UI. Open it in a window of its own."
    if headers.get("sec-fetch-site", "none") not in {"none", "same-origin"} and not (
        # A link that somebody follows; not a frame, in which a page could have them press a button.
        method == "GET"
        and headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
    ):
        return "A page elsewhere may not use Temporal's Web UI. Open it in a window of its own."
    return None


def _is_of(origin: str, host: str) -> bool:
    return origin.lower() in {f"{scheme}://{host.lower()}" for scheme in ("http", "https")}


class WebUiDoor:
    """An ASGI application that passes on to the Web UI at the URL `inner` what `refusal` has
    nothing against."""

    def __init__(self, inner: str, names: Collection[str] = OWN_NAMES) -> None:
        self._inner = httpx.URL(inner)
        self._names = names
        # Not a client: that would keep one reader's cookies, and send them for another.
        self._transport = httpx.AsyncHTTPTransport(trust_env=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        why = refusal(request.method, request.headers, self._names)
        if why is None and {"content-length", "transfer-encoding"} <= set(request.headers):
            await PlainTextResponse(TWO_LENGTHS, 400)(scope, receive, send)
            return
        # Broken off by either side: there is nobody to tell, or no way to.
        with suppress(ClientDisconnect, httpx.HTTPError):
            answer = await self._passed_on(request) if why is None else PlainTextResponse(why, 403)
            await answer(scope, receive, send)

    async def aclose(self) -> None:
        """Close the connections to the Web UI."""
        await self._transport.aclose()

    async def _passed_on(self, request: Request) -> Response:
        try:
            answer = await self._transport.handle_async_request(self._asked(request))
        except httpx.InvalidURL:
            return PlainTextResponse("That is no address of Temporal's Web UI.", 400)
        except httpx.HTTPError:
            return PlainTextResponse("Temporal's Web UI does not answer yet. Try again soon.", 503)
        passed = StreamingResponse(
            answer.aiter_raw(), answer.status_code, background=BackgroundTask(answer.aclose)
        )
        passed.raw_headers = [*_passing(answer.headers.raw)]
        return passed

    def _asked(self, request: Request) -> httpx.Request:
        target: bytes = request.scope["raw_path"]
        if not target.startswith(b"/"):
            raise httpx.InvalidURL("not an address on this server")
        if query := request.scope["query_string"]:
            target += b"?" + query
        has_body = {"content-length", "transfer-encoding"} & set(request.headers)
        return httpx.Request(
            request.method,
            self._inner.copy_with(raw_path=target),
            headers=[*_passing(request.headers.raw, b"host")],
            content=request.stream() if has_body else None,
            extensions={"timeout": httpx.Timeout(PATIENCE_SECONDS).as_dict()},
        )


def _passing(
    headers: Collection[tuple[bytes, bytes]], *left_out: bytes
) -> Iterator[tuple[bytes, bytes]]:
    for name, value in headers:
        if (lower := name.lower()) not in _OF_ONE_CONNECTION and lower not in left_out:
            yield lower, value


class DoorServer(uvicorn.Server):
    """The HTTP server of a door before the Web UI at the URL `inner`, called by these names.
    `where` it listens, unless it is opened on a socket."""

    def __init__(self, inner: str, names: Collection[str] = OWN_NAMES, **where: Any) -> None:
        self._door = WebUiDoor(inner, names)
        config = uvicorn.Config(
            self._door,
            http="h11",
            ws="none",
            lifespan="off",
            workers=1,  # uvicorn would take another number from the shell's WEB_CONCURRENCY
            proxy_headers=False,
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
            **where,
        )
        super().__init__(config)

    @asynccontextmanager
    async def open(self, listener: socket.socket) -> AsyncIterator[None]:
        """Answer on a socket while the block lasts, and leave signals to whoever runs the block."""
        # Not `serve`, which would take the process's signals for its own.
        serving = asyncio.create_task(self._serve([listener]), name="door of the Web UI")
        try:
            yield
        finally:
            self.should_exit = True
            await serving
            await self._door.aclose()
