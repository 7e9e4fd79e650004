"""What schemathesis has to be told of this API: it loads this file by itself."""

import re
from typing import Any
from uuid import uuid4

import schemathesis
from hypothesis import strategies as st
from schemathesis import Case, HookContext, Response, transport
from schemathesis.core.parameters import ParameterLocation

from api.schemas.people import known_zones
from domain.currencies import CURRENT

# It loads these only as it first calls, in several threads at once, of which one may meet them half
# loaded.
transport.get(None)

HOST = "https://93.184.215.14"
"""A public address: names would be looked up."""

STREAM = "text/event-stream"
UNSAYABLE = {
    "query.cursor": "is not a cursor of this list",
    "query.after": "is the id of no event here",
    "email": "there is no address to confirm; set one first",
    "path.delivery_id": "its endpoint is disabled; enable it first",
    "path.endpoint_id": "is disabled; enable it first",
    "query.ticket": "must not be sent beside Authorization",
    "body": "every extra must be priced in the currency of the service",
    "body.extra_id": "this order's service has no such extra",
    "body.extra_ids": "the service has no extra ",
    "body.price": "must be in the order's currency",
    "body.name": "must be on one line, without anything that cannot be seen",
    "body.refund": "must be (in the order's currency|less than the order's total)",
    r"body\.links\.\d+": "must be an http or https URL",
    r"(body|path|query)\..+": "must have something that can be seen",
    r"body\.(.+\.)?(amount|revisions_included)": "Input should be a valid integer",
}
"""What JSON Schema has no words for, by field: a cursor is what a list has given, an event one
that happened, an extra one of this service, a host can be one, two fields are alike. To it 20.0 is
an integer, which to the ledger is none. And no pattern that every language reads tells tags and
their like, beyond U+FFFF, from what is seen."""

schemathesis.openapi.format("iso-4217", st.sampled_from(sorted(CURRENT)))
schemathesis.openapi.format("iana-time-zone", st.sampled_from(sorted(known_zones())))
schemathesis.openapi.format(
    "duration",
    st.integers(1, 366).map("P{}D".format) | st.integers(1, 10**7).map("PT{}S".format),
)
schemathesis.openapi.format("uri", st.from_regex(rf"\A{re.escape(HOST)}/[a-z0-9/?=&_-]{{0,40}}\Z"))


@schemathesis.hook
def before_call(_context: HookContext, case: Case[Any], _kwargs: dict[str, Any]) -> None:
    """Gives every request a key of its own: one that comes again with another body is refused,
    which would hide what becomes of the body."""
    told = case.meta is not None and case.meta.is_negative_at(ParameterLocation.HEADER)
    if case.headers and "Idempotency-Key" in case.headers and not told:
        case.headers["Idempotency-Key"] = str(uuid4())


@schemathesis.hook
def filter_failure(
    _context: HookContext, failure: Exception, case: Case[Any], response: Response
) -> bool:
    """Drops failures that no document could prevent."""
    if _is_null_for_nothing(failure, case) or _is_about_an_event(failure, response):
        return False
    if type(failure).__name__ != "RejectedPositiveData" or response.status_code != 422:
        return True
    errors = response.json().get("errors", [{}])
    return not all(_is_unsayable(**one) for one in errors)


def _is_null_for_nothing(failure: Exception, case: Case[Any]) -> bool:
    """A body that may be left out may be null, too, which is not in the document: generated clients
    would demand one."""
    return type(failure).__name__ == "AcceptedNegativeData" and case.body is None


def _is_about_an_event(failure: Exception, response: Response) -> bool:
    """The schema is that of the whole stream; the tool holds each of its events against it."""
    media_type = response.headers.get("content-type", [""])[0]
    return type(failure).__name__ == "JsonSchemaError" and media_type.startswith(STREAM)


def _is_unsayable(field: str = "", message: str = "") -> bool:
    return any(
        re.fullmatch(of, field) and re.match(said, message) for of, said in UNSAYABLE.items()
    )
