"""What every answer of the API has to be, whoever asked for what."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

Json = dict[str, Any]

PROBLEM = "application/problem+json"
CODES = {
    "unauthenticated": 401,
    "insufficient-funds": 402,
    "forbidden": 403,
    "not-found": 404,
    "method-not-allowed": 405,
    "action-not-allowed": 409,
    "deadline-passed": 409,
    "version-mismatch": 412,
    "service-archived": 409,
    "external-id-taken": 409,
    "not-reversible": 409,
    "unreadable": 409,
    "payload-too-large": 413,
    "unsupported-encoding": 415,
    "invalid-request": 422,
    "idempotency-key-reused": 422,
    "idempotency-key-required": 400,
    "no-payment-provider": 409,
    "provider-refused": 409,
    "not-genuine": 400,
    "payout-account-not-ready": 409,
    "payout-not-allowed": 409,
    "rate-limited": 429,
    "unavailable": 503,
}
OF_HTTP = {
    *("connection", "content-length", "content-type", "date", "server", "transfer-encoding"),
    *("allow", "cache-control", "x-accel-buffering", "vary"),
    *(f"access-control-allow-{what}" for what in ("origin", "methods", "headers")),
    *("access-control-expose-headers", "access-control-max-age"),
}
"""Headers that no operation has to describe: those of HTTP itself, for proxies and for browsers
(CORS), and `Allow`, which comes with the methods that an address does not have."""

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")

OF_ANY_ADDRESS = (404, 405, 413, 415, 422, 429)
"""What an address or a method that does not exist is answered with; OpenAPI has no place for it."""

OF_PREFLIGHTS = (*OF_ANY_ADDRESS, 204, 403)
"""And what browsers are that ask before a request."""

FOREIGN_WORDS = re.compile(
    r"datetime\.|timedelta|Value error|Traceback|Exception|pydantic|<class|NoneType|object at 0x"
    r"|asyncpg|postgres|\bSELECT\b|\bINSERT\b|relation \"|constraint|violates|LG00\d"
    r"|temporalio|workflow|\bRPC\b|gRPC|task queue",
    re.IGNORECASE,
)
"""Python's, SQL's and Temporal's own words, which no caller should have to read."""


@dataclass(frozen=True)
class Answer:
    """An answer, and what it answers."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def media_type(self) -> str:
        """The content type without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0]

    def __str__(self) -> str:
        return f"{self.method} {self.path} → {self.status} {self.text[:300]}"


def faults(answer: Answer, document: Json) -> list[str]:
    """What is wrong with an answer: as a problem document, or by the OpenAPI document."""
    found = _undocumented(answer, document)
    if answer.headers.get("cache-control") != "no-store":
        found.append("may be kept by a cache")
    if not REQUEST_ID.fullmatch(answer.headers.get("x-request-id", "")):
        found.append("has no request id")
    if answer.status >= 400:
        found += _no_problem(answer)
    return [f"{fault}: {answer}" for fault in found]


def _no_problem(answer: Answer) -> list[str]:
    if answer.method == "HEAD":
        return []
    if answer.media_type != PROBLEM:
        return [f"media type {answer.media_type}"]
    problem = json.loads(answer.text)
    code = problem.get("code")
    found = [] if CODES.get(code) == answer.status else [f"code {code} with {answer.status}"]
    found += [] if problem.get("status") == answer.status else ["another status in the document"]
    found += [f"no {name}" for name in ("type", "title", "detail") if not problem.get(name)]
    if code == "invalid-request" and not all(
        one["field"] and one["message"] for one in problem.get("errors") or [{"field": ""}]
    ):
        found.append("no errors by field")
    if code in ("action-not-allowed", "deadline-passed") and not {"state", "actions"} <= set(
        problem
    ):
        found.append("neither state nor actions")
    if answer.status == 401 and answer.headers.get("www-authenticate") != "Bearer":
        found.append("no WWW-Authenticate")
    foreign = FOREIGN_WORDS.search(answer.text)
    return found + ([f"foreign words {foreign[0]!r}"] if foreign else [])


def _undocumented(answer: Answer, document: Json) -> list[str]:
    operation = _operation(answer, document)
    if operation is None:
        may_be = OF_PREFLIGHTS if answer.method == "OPTIONS" else OF_ANY_ADDRESS
        return [] if answer.status in may_be else ["an operation without a description"]
    described = operation["responses"].get(str(answer.status))
    if described is None:
        return [f"status {answer.status} is not documented"]
    if answer.media_type not in described.get("content", {}) and not _is_empty(answer):
        return [f"media type {answer.media_type} is not documented for {answer.status}"]
    return _undocumented_headers(answer, described.get("headers", {}))


def _is_empty(answer: Answer) -> bool:
    return (answer.status, answer.media_type, answer.text) == (204, "", "")


def _undocumented_headers(answer: Answer, described: Json) -> list[str]:
    known = {name.lower(): header for name, header in described.items()}
    given = {name.lower() for name in answer.headers}
    missing = {name for name, header in known.items() if header.get("required")} - given
    return [
        *(f"header {name} is not documented" for name in sorted(given - OF_HTTP - set(known))),
        *(f"header {name} is missing" for name in sorted(missing)),
    ]


def _operation(answer: Answer, document: Json) -> Json | None:
    for template, operations in document["paths"].items():
        if _pattern(template).fullmatch(answer.path):
            method = "get" if answer.method == "HEAD" else answer.method.lower()
            operation: Json | None = operations.get(method)
            return operation
    return None


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{\w+\}", "[^/]+", template))
