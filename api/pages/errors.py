"""What goes wrong on a page is told by a page, whichever part of the API found it."""

import json
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.pages.addresses import is_page
from api.pages.error_texts import error_page
from api.pages.page import answered, drawn, is_fragment
from api.pages.reader import Reader, stranger
from api.problems import MEDIA_TYPE
from domain.vocabulary import Code

KEPT = ("allow", "retry-after", "connection")
"""The headers of a refusal that are said by its page as well."""


class PageProblems:
    """Turns problem documents into pages where a browser asked for one."""

    def __init__(self, app: ASGIApp, application: Any) -> None:
        self._app = app
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _wants_page(scope):
            await self._app(scope, receive, send)
            return
        found: dict[str, Any] = {}
        body = bytearray()

        async def look(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = Headers(raw=message.get("headers", []))
                if headers.get("content-type", "") == MEDIA_TYPE:
                    found["start"] = message
                    return
            if "start" not in found:
                await send(message)
            elif message["type"] == "http.response.body":
                body.extend(message.get("body", b""))

        await self._app(scope, receive, look)
        if "start" in found:
            # Some are found before the application is asked, which is what its parts are kept in.
            scope.setdefault("app", self._application)
            await _told(scope, found["start"], bytes(body), receive, send)


async def _told(scope: Scope, start: Message, body: bytes, receive: Receive, send: Send) -> None:
    request = Request(scope)
    status: int = start["status"]
    headers = {
        name: value for name, value in Headers(raw=start.get("headers", [])).items() if name in KEPT
    }
    if scope["method"] == "HEAD" or not body:
        problem: dict[str, Any] = {"code": Code.NOT_FOUND if status == 404 else Code.UNAVAILABLE}
    else:
        problem = json.loads(body)
    reader: Reader = getattr(request.state, "reader", None) or stranger(request)
    code = Code(problem["code"])
    text = drawn(
        request,
        reader,
        "error.html",
        status=status,
        said=error_page(code, reader.formatter),
        code=code,
        next=request.url.path if request.method == "GET" else "/",
    )
    if is_fragment(request):
        headers["HX-Retarget"] = "body"
    await answered(request, text, status, headers)(scope, receive, send)


def _wants_page(scope: Scope) -> bool:
    path: str = scope["path"]
    if is_page(path):
        return True
    if path.startswith(("/v1/", "/docs", "/redoc", "/static-offline-docs/")):
        return False
    return "text/html" in Headers(scope=scope).get("accept", "")
