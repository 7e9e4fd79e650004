"""Which pages of other origins may call the API from a browser (CORS, in the Fetch standard)."""

from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.guard.limits import head_problem
from api.guard.request_ids import HEADER as REQUEST_ID
from api.problems import Problem
from domain.vocabulary import Code

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
TAKEN = (
    *("Authorization", "Content-Type", "Idempotency-Key", "If-Match", "Last-Event-ID"),
    REQUEST_ID,
)
"""The headers that such a page may send."""

SHOWN = (
    *("ETag", "Location", "Retry-After", "Idempotency-Replayed", "Content-Disposition", "Link"),
    REQUEST_ID,
)
"""The headers that it may read, besides those that every page may."""

PREFLIGHT_SECONDS = 600
"""How long a browser need not ask again."""


class Cors(CORSMiddleware):
    """Lets pages of these very origins in, without cookies, and answers what their browsers ask
    before a request: by itself, without a look at who asks or at anything that is kept."""

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        super().__init__(
            app,
            allow_origins=frozenset(origins),
            allow_methods=METHODS,
            allow_headers=TAKEN,
            expose_headers=SHOWN,
            max_age=PREFLIGHT_SECONDS,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and head_problem(scope) is not None:
            # What is inside refuses it; the page may read how.
            headers = Headers(scope=scope)
            await self.simple_response(scope, receive, send, request_headers=headers)
            return
        await super().__call__(scope, receive, send)

    def preflight_response(self, request_headers: Headers) -> Response:
        """Answer what a browser asks before a request; a refusal in our own words."""
        answer = super().preflight_response(request_headers)
        said = {
            name: value
            for name, value in answer.headers.items()
            if name not in ("content-type", "content-length")
        }
        if answer.status_code < 400:
            return Response(status_code=204, headers=said)
        return Problem(Code.FORBIDDEN, _REFUSED, headers=said).response()


_REFUSED = (
    "Pages of this origin may not call the API, or not so. Which may, SEQUESTRE_CORS_ORIGINS says;"
    f" the methods are {', '.join(METHODS)} and the headers {', '.join(TAKEN)}."
)
