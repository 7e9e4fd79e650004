"""Heads that everybody reads alike: each header that decides something says one thing, a body has
one length and no coding."""

from collections.abc import Iterator

from starlette.types import ASGIApp, Receive, Scope, Send

from api.guard.limits import drain
from api.problems import Problem, invalid, unauthenticated
from domain.vocabulary import Code

DECISIVE = ("Authorization", "Idempotency-Key", "Content-Type", "If-Match", "Last-Event-ID")
"""Of two values of these one would have to be dropped, and nobody would know which."""

NO_CODING = "identity"


class AmbiguousHeads:
    """Refuses what can be read in two ways before anything reads it: two values of a header that
    decides, two lengths of a body, a body in a coding."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        problem = _problem(scope) if scope["type"] == "http" else None
        if problem is None:
            await self._app(scope, receive, send)
            return
        await drain(receive)
        await problem.response()(scope, receive, send)


def _problem(scope: Scope) -> Problem | None:
    return next(
        (found for found in (_of_length(scope), _of_two(scope), _of_coding(scope)) if found), None
    )


def _values(scope: Scope, name: str) -> Iterator[str]:
    wanted = name.lower().encode()
    return (value.decode("latin-1") for header, value in scope["headers"] if header == wanted)


def _of_length(scope: Scope) -> Problem | None:
    """Of two lengths another program may have taken the other one, and this body's rest for the
    next request: the connection ends with the answer (RFC 9112 §6.1)."""
    if not any(_values(scope, "Transfer-Encoding")):
        return None
    if scope["http_version"] != "1.0" and not any(_values(scope, "Content-Length")):
        return None
    problem = invalid(
        "header.Transfer-Encoding",
        "must be alone: send it without Content-Length, and in HTTP/1.1 only",
    )
    problem.headers["Connection"] = "close"
    return problem


def _of_two(scope: Scope) -> Problem | None:
    twice = next((name for name in DECISIVE if len(set(_values(scope, name))) > 1), None)
    if twice is None:
        return None
    wrong = "is there more than once, and says different things; send one"
    if twice == "Authorization":
        return unauthenticated(f"Authorization {wrong}.")
    return invalid(f"header.{twice}", wrong)


def _of_coding(scope: Scope) -> Problem | None:
    codings = {
        one.strip().lower()
        for value in _values(scope, "Content-Encoding")
        for one in value.split(",")
    }
    if codings <= {NO_CODING, ""}:
        return None
    detail = "A body is read as it is: send it without Content-Encoding, or with `identity`."
    return Problem(Code.UNSUPPORTED_ENCODING, detail, headers={"Accept-Encoding": NO_CODING})
