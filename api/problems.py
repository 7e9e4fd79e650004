"""Errors as RFC 9457 problem details, each with a stable code, a cause and what is possible."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.routing import compile_path
from starlette.types import Receive, Scope, Send

from api.guard.strict_json import NotStrict
from db.errors import NewerRefusal, Spoiled, Unavailable
from domain.command import Refusal
from domain.payments import AccountState, PayoutState
from domain.text import validation_message
from domain.vocabulary import Action, Code, State

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
SCHEMA = "#/components/schemas/{model}"

STATUS: dict[Code, int] = {
    Code.UNAUTHENTICATED: 401,
    Code.INSUFFICIENT_FUNDS: 402,
    Code.FORBIDDEN: 403,
    Code.NOT_FOUND: 404,
    Code.METHOD_NOT_ALLOWED: 405,
    Code.ACTION_NOT_ALLOWED: 409,
    Code.DEADLINE_PASSED: 409,
    Code.VERSION_MISMATCH: 412,
    Code.SERVICE_ARCHIVED: 409,
    Code.EXTERNAL_ID_TAKEN: 409,
    Code.NOT_REVERSIBLE: 409,
    Code.UNREADABLE: 409,
    Code.PAYLOAD_TOO_LARGE: 413,
    Code.UNSUPPORTED_ENCODING: 415,
    Code.INVALID_REQUEST: 422,
    Code.IDEMPOTENCY_KEY_REUSED: 422,
    Code.IDEMPOTENCY_KEY_REQUIRED: 400,
    Code.RATE_LIMITED: 429,
    Code.NO_PROVIDER: 409,
    Code.PROVIDER_REFUSED: 409,
    Code.NOT_GENUINE: 400,
    Code.PAYOUT_ACCOUNT_NOT_READY: 409,
    Code.PAYOUT_NOT_ALLOWED: 409,
    Code.UNAVAILABLE: 503,
}
TITLE: dict[Code, str] = {
    Code.UNAUTHENTICATED: "Sign in first",
    Code.INSUFFICIENT_FUNDS: "There is not enough money for this",
    Code.FORBIDDEN: "This is not for you to do",
    Code.NOT_FOUND: "There is no such thing here",
    Code.METHOD_NOT_ALLOWED: "This cannot be done with this address",
    Code.ACTION_NOT_ALLOWED: "The order does not allow this now",
    Code.DEADLINE_PASSED: "The deadline has passed",
    Code.VERSION_MISMATCH: "It has moved on since you read it",
    Code.SERVICE_ARCHIVED: "The service takes no orders",
    Code.EXTERNAL_ID_TAKEN: "This external id belongs to something else",
    Code.NOT_REVERSIBLE: "This transfer cannot be taken back",
    Code.UNREADABLE: "What is kept of this cannot be read",
    Code.PAYLOAD_TOO_LARGE: "The request is too large",
    Code.UNSUPPORTED_ENCODING: "The request is written in a coding that is not read here",
    Code.INVALID_REQUEST: "The request is not valid",
    Code.IDEMPOTENCY_KEY_REUSED: "This idempotency key belongs to another request",
    Code.IDEMPOTENCY_KEY_REQUIRED: "An idempotency key is required",
    Code.RATE_LIMITED: "Too many requests",
    Code.NO_PROVIDER: "Nobody takes payments here",
    Code.PROVIDER_REFUSED: "The payment provider refuses this",
    Code.NOT_GENUINE: "This is no event of the payment provider",
    Code.PAYOUT_ACCOUNT_NOT_READY: "The account to pay out to is not ready",
    Code.PAYOUT_NOT_ALLOWED: "This payout has moved on",
    Code.UNAVAILABLE: "Not available for the moment",
}
OF_EVERY_CALL = (
    Code.PAYLOAD_TOO_LARGE,
    Code.UNSUPPORTED_ENCODING,
    Code.INVALID_REQUEST,
    Code.RATE_LIMITED,
    Code.UNAVAILABLE,
)
RETRY_SECONDS = "1"
NO_STORE = {"Cache-Control": "no-store"}
"""What is answered is one caller's, and of this moment: no cache between may keep it."""

MOST_ERRORS = 20
LONGEST_FIELD = 200
"""A field may have a name of the caller's own: nobody is answered with all that they sent."""

RETRY_AFTER = {
    "Retry-After": {
        "description": "Seconds after which to ask again.",
        "schema": {"type": "integer", "minimum": 1},
    }
}
HEADERS: dict[int, dict[str, Any]] = {
    401: {"headers": {"WWW-Authenticate": {"schema": {"type": "string", "const": "Bearer"}}}},
    415: {"headers": {"Accept-Encoding": {"schema": {"type": "string", "const": "identity"}}}},
    429: {"headers": RETRY_AFTER},
    503: {"headers": RETRY_AFTER},
}


class FieldError(BaseModel):
    """What is wrong with one field."""

    field: str = Field(examples=["body.price.amount"])
    message: str = Field(examples=["Input should be a valid integer"])


class ProblemDocument(BaseModel):
    """Why a request was refused (RFC 9457). `code` is stable; the sentences may change."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["urn:sequestre:problem:action-not-allowed"])
    title: str
    status: int
    code: Code
    detail: str
    state: State | None = Field(default=None, description="Where the order stands.")
    actions: list[Action] | None = Field(default=None, description="What the caller may do now.")
    payout_state: PayoutState | None = Field(default=None, description="Where the payout stands.")
    account_state: AccountState | None = Field(
        default=None, description="Whether the payment provider pays the caller out."
    )
    asked: list[str] | None = Field(
        default=None, description="What the provider still asks of them, in its words."
    )
    reversed_by: UUID | None = Field(
        default=None, description="The transfer by which this one was taken back before."
    )
    roles: list[str] | None = Field(
        default=None, description="The roles of a token that could do it; one of them is enough."
    )
    errors: list[FieldError] | None = Field(
        default=None, description=f"What is wrong, by field; the first {MOST_ERRORS} of it."
    )
    more_errors: int | None = Field(default=None, description="How much more is wrong.")


class Problem(Exception):
    """A refusal on its way to the caller."""

    def __init__(
        self,
        code: Code,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})
        self.members = members

    @property
    def status(self) -> int:
        """Return the HTTP status."""
        return STATUS[self.code]

    def document(self) -> dict[str, Any]:
        """Return the body."""
        return {
            "type": f"urn:sequestre:problem:{self.code}",
            "title": TITLE[self.code],
            "status": self.status,
            "code": self.code.value,
            "detail": self.detail,
            **self.members,
        }

    def response(self) -> JSONResponse:
        """Return the answer to send."""
        return ProblemResponse(self)


class ProblemResponse(JSONResponse):
    """The answer of a problem. It notes in the scope's state what was refused (`refused_as`), for
    those round it who only see bytes."""

    media_type = MEDIA_TYPE

    def __init__(self, problem: Problem) -> None:
        headers = {**problem.headers, **NO_STORE}
        super().__init__(problem.document(), status_code=problem.status, headers=headers)
        self._code = problem.code

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {})["refused_as"] = self._code
        await super().__call__(scope, receive, send)


def not_found(what: str) -> Problem:
    """Return the one problem for what is not there and for what the caller may not know of."""
    return Problem(Code.NOT_FOUND, f"There is no such {what}, or it is not yours to see.")


def unauthenticated(detail: str) -> Problem:
    """Return the problem of who has not said who they are."""
    return Problem(Code.UNAUTHENTICATED, detail, headers={"WWW-Authenticate": "Bearer"})


def invalid(field: str, message: str) -> Problem:
    """Return the problem of one wrong field."""
    return Problem(
        Code.INVALID_REQUEST,
        f"{field}: {message}.",
        errors=[{"field": field, "message": message}],
    )


def refused(refusal: Refusal, **members: Any) -> Problem:
    """Return the problem of a refusal by the rules, with the wrong field where it is one."""
    if refusal.field is not None:
        message = refusal.detail.removeprefix(f"{refusal.field}: ")
        members["errors"] = [{"field": f"body.{refusal.field}", "message": message}]
    return Problem(refusal.code, refusal.detail, **members)


def spoiled(error: Spoiled) -> Problem:
    """Return the problem of what is kept and cannot be read: asking again does not help, an
    operator may."""
    return Problem(
        Code.UNREADABLE,
        f"What is kept of {error.what} cannot be read, so it is neither shown nor changed until an"
        " operator has looked into it. Nothing changed.",
    )


def unavailable(what: str) -> Problem:
    """Return the problem of something needed that does not answer."""
    return not_now(f"{what} does not answer.")


def not_now(why: str) -> Problem:
    """Return the problem of not being able to answer at all; `why` is a sentence."""
    return Problem(
        Code.UNAVAILABLE,
        f"{why} Nothing changed; repeat the request, with the same key.",
        headers={"Retry-After": RETRY_SECONDS},
    )


def documented(*codes: Code) -> dict[int | str, dict[str, Any]]:
    """Return the problems that a route can answer with, for its OpenAPI description."""
    by_status: dict[int, list[Code]] = {}
    reads_one = {Code.NOT_FOUND, Code.IDEMPOTENCY_KEY_REUSED} & set(codes)
    of_one_thing = (Code.UNREADABLE,) if reads_one else ()
    for code in (Code.UNAUTHENTICATED, *codes, *of_one_thing, *OF_EVERY_CALL):
        by_status.setdefault(STATUS[code], []).append(code)
    return {
        status: _documented(list(dict.fromkeys(of))) | HEADERS.get(status, {})
        for status, of in by_status.items()
    }


def _documented(codes: list[Code]) -> dict[str, Any]:
    examples = {
        code.value: {
            "value": Problem(code, f"Says what was wrong: {TITLE[code].lower()}.").document()
        }
        for code in codes
    }
    schema = {"$ref": SCHEMA.format(model="ProblemDocument")}
    return {
        "description": " or ".join(TITLE[code] for code in codes),
        "content": {MEDIA_TYPE: {"schema": schema, "examples": examples}},
    }


def install(app: FastAPI) -> None:
    """Make every error of the application a problem document."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Unavailable, _on_unavailable)
    app.add_exception_handler(Spoiled, _on_spoiled)
    app.add_exception_handler(NewerRefusal, _on_newer_refusal)
    app.add_exception_handler(Exception, _on_bug)


async def _on_problem(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, Problem):
        raise error
    return error.response()


_NOT_READ_AS_JSON = {"field": "header.Content-Type", "message": "must be application/json"}
"""The framework hands on bytes as they are where their type is another one, or none is named."""


async def _on_invalid(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    found = error.errors()
    errors = [_field_error(one, error.body) for one in found[:MOST_ERRORS]]
    detail = f"{errors[0]['field']}: {errors[0]['message']}."
    left = len(found) - len(errors)
    if not left:
        return Problem(Code.INVALID_REQUEST, detail, errors=errors).response()
    detail = f"{detail} {left} more things are wrong that are not listed here."
    return Problem(Code.INVALID_REQUEST, detail, errors=errors, more_errors=left).response()


def _field_error(one: Mapping[str, Any], body: Any) -> dict[str, str]:
    if isinstance(body, bytes) and one["loc"] == ("body",):
        return _NOT_READ_AS_JSON
    # Of a parameter that may come repeatedly, its name and not its number.
    where = one["loc"][:2] if one["loc"][:1] == ("query",) else one["loc"]
    field = ".".join(str(part) for part in where)
    if len(field) > LONGEST_FIELD:
        field = f"{field[:LONGEST_FIELD]}…"
    return {"field": field, "message": validation_message(one)}


async def _on_http(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == HTTPStatus.NOT_FOUND:
        return Problem(Code.NOT_FOUND, f"Nothing is at {request.url.path}.").response()
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        found = _methods_at(request) or _undescribed(error)
        methods = ", ".join(sorted(found | {"HEAD"} if "GET" in found else found))
        detail = f"{request.method} is not possible at {request.url.path}; there are: {methods}."
        return Problem(Code.METHOD_NOT_ALLOWED, detail, headers={"Allow": methods}).response()
    wrong = error.detail if isinstance(error, NotStrict) else "is not a JSON document"
    return invalid("body", wrong).response()


def _methods_at(request: Request) -> set[str]:
    """Return the methods of all routes with this address; the framework names the first's alone."""
    described: dict[str, Iterable[str]] = request.app.openapi()["paths"]
    return {
        method.upper()
        for template, methods in (*described.items(), *request.app.state.page_methods.items())
        if compile_path(template)[0].fullmatch(request.url.path)
        for method in methods
    }


def _undescribed(error: HTTPException) -> set[str]:
    """Return the methods of an address that nothing describes: of files."""
    allowed = (error.headers or {}).get("Allow", "GET, HEAD")  # of files it names none
    return set(allowed.split(", "))


async def _on_unavailable(_request: Request, _error: Exception) -> JSONResponse:
    return unavailable("The database").response()


async def _on_spoiled(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, Spoiled):
        raise error
    log.error("cannot be shown", what=error.what, because=error.because)
    return spoiled(error).response()


async def _on_newer_refusal(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, NewerRefusal):
        raise error
    log.error("refused as a newer release knows", because=error.why)
    why = f"A newer release than this knows why it cannot be done: {error.why}."
    return not_now(why).response()


async def _on_bug(_request: Request, _error: Exception) -> JSONResponse:
    return of_a_bug()


def of_a_bug() -> JSONResponse:
    """Return what is said where something went wrong that nobody has thought of."""
    answer = unavailable("Something here").response()
    answer.headers["Connection"] = "close"  # the server hangs up after an error, and says so
    return answer
