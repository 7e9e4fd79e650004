"""What goes wrong on a page is told by a page, whichever part of the API found it; what was written
in a form that is refused is given back by it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.pages.addresses import is_page
from api.pages.console.filters import refused_query
from api.pages.error_texts import error_page
from api.pages.forms import Form, demand_own_page, form_in
from api.pages.lost_forms import address_of, written
from api.pages.page import answered, drawn, is_fragment
from api.pages.reader import Reader, stranger
from api.pages.role_words import called
from api.pages.sent_forms import SentForms
from api.problems import MEDIA_TYPE, Problem, of_a_bug
from domain.vocabulary import Code, known_code

KEPT = ("allow", "retry-after", "connection")
"""The headers of a refusal that are said by its page as well."""

PASSING = (Code.UNAVAILABLE, Code.RATE_LIMITED)
"""What is over in a while: the same form may be taken then."""

AGAIN = (*PASSING, Code.FORBIDDEN, Code.UNAUTHENTICATED)
"""What may go otherwise with the same form: it passes, or somebody else signs in."""


@dataclass
class _Refusal:
    """A problem document on its way out, and whether anything else was sent."""

    start: Message | None = None
    body: bytes = b""
    has_begun: bool = False

    def takes(self, message: Message) -> bool:
        """Take a part of an answer; return whether it is one of a problem document."""
        if message["type"] == "http.response.start":
            self.has_begun = True
            kind = Headers(raw=message.get("headers", [])).get("content-type", "")
            self.start = message if kind == MEDIA_TYPE else None
        elif self.start is not None:
            self.body += message.get("body", b"")
        return self.start is not None


class PageProblems:
    """Turns problem documents into pages where a browser asked for one."""

    def __init__(self, app: ASGIApp, application: Any) -> None:
        self._app = app
        self._application = application
        self._forms = SentForms(application.state.settings.max_body)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _wants_page(scope):
            await self._app(scope, receive, send)
            return
        refusal = _Refusal()

        async def look(message: Message) -> None:
            if not refusal.takes(message):
                await send(message)

        with self._forms.noting(scope, receive) as sent:
            try:
                await self._app(scope, sent.receive, look)
            except Exception:
                if not refusal.has_begun:
                    await of_a_bug()(scope, receive, look)
                    await self._tell(scope, receive, send, refusal, sent.text)
                raise  # for the log
            await self._tell(scope, receive, send, refusal, sent.text)

    async def _tell(
        self, scope: Scope, receive: Receive, send: Send, refusal: _Refusal, sent: bytes | None
    ) -> None:
        if refusal.start is not None:
            # Some are found before the application is asked, which is what its parts are kept in.
            scope.setdefault("app", self._application)
            await _told(scope, refusal.start, refusal.body, sent)(scope, receive, send)


def _told(scope: Scope, start: Message, body: bytes, sent: bytes | None) -> ASGIApp:
    request = Request(scope)
    status: int = start["status"]
    headers = {
        name: value for name, value in Headers(raw=start.get("headers", [])).items() if name in KEPT
    }
    if scope["method"] == "HEAD" or not body:
        problem: dict[str, Any] = {"code": Code.NOT_FOUND if status == 404 else Code.UNAVAILABLE}
    else:
        problem = json.loads(body)
    code = known_code(problem["code"])
    if is_fragment(request):
        headers |= _of_a_part(code)
    return answered(request, _page(request, problem, status, sent), status, headers)


def _page(request: Request, problem: Mapping[str, Any], status: int, sent: bytes | None) -> str:
    code = known_code(problem["code"])
    reader: Reader = getattr(request.state, "reader", None) or stranger(request)
    form = None if sent is None else _own_form(request, sent)
    return drawn(
        request,
        reader,
        "error.html",
        status=status,
        said=error_page(code, reader.formatter),
        could=called(problem.get("roles", ()), reader.formatter),
        query=refused_query(request, problem.get("errors", ()), reader),
        code=code,
        next=request.url.path if request.method == "GET" else "/",
        address=address_of(request),
        written=written(form) if form else [],
        sent_again=form.pairs if form and code in AGAIN else (),
    )


def _own_form(request: Request, sent: bytes) -> Form | None:
    """Return a form of ours as it was sent; None of what is none, or another site's."""
    try:
        demand_own_page(request)
        return form_in(sent)
    except Problem:
        return None


def _of_a_part(code: Code) -> dict[str, str]:
    """Return what a page does with the answer to what its script asked for by itself: what passes
    takes nothing away that somebody reads or writes, everything else is told in the page's
    place."""
    return {"HX-Reswap": "none"} if code in PASSING else {"HX-Retarget": "body"}


def _wants_page(scope: Scope) -> bool:
    path: str = scope["path"]
    if is_page(path):
        return True
    if path.startswith(("/v1/", "/docs", "/redoc", "/static-offline-docs/")):
        return False
    return "text/html" in Headers(scope=scope).get("accept", "")
