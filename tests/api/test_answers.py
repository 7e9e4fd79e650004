"""The look at every answer finds what is wrong with one; without this nobody would notice."""

import json
from typing import Any

import pytest

from tests.api.answers import PROBLEM, Answer, Json, faults

REFUSAL = {
    "type": "urn:sequestre:problem:invalid-request",
    "title": "The request is not valid",
    "status": 422,
    "code": "invalid-request",
    "detail": "body.brief: Field required.",
    "errors": [{"field": "body.brief", "message": "Field required"}],
}

OF_ALL = {"cache-control": "no-store", "x-request-id": "a-1"}
"""Headers of every answer."""


def refusal(asked: str = "POST /v1/orders", media_type: str = PROBLEM, **changes: Any) -> Answer:
    text = json.dumps(REFUSAL | changes)
    method, path = asked.split()
    return Answer(
        method,
        path,
        422,
        {"content-type": media_type, **OF_ALL},
        text,
    )


def stale(asked: str) -> Answer:
    """A refusal that only calls about one order can get."""
    text = json.dumps(REFUSAL | {"code": "version-mismatch", "status": 412})
    method, path = asked.split()
    return Answer(
        method,
        path,
        412,
        {"content-type": PROBLEM, **OF_ALL},
        text,
    )


def test_a_sound_refusal_has_no_faults(document: Json) -> None:
    assert [] == faults(refusal(), document)


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        ("media type text/plain", refusal(media_type="text/plain")),
        ("code conflict with 422", refusal(code="conflict")),
        ("code forbidden with 422", refusal(code="forbidden")),
        ("another status", refusal(status=400)),
        ("no title", refusal(title="")),
        ("no errors by field", refusal(errors=[])),
        ("foreign words 'asyncpg", refusal(detail="asyncpg.DataError")),
        ("foreign words 'timedelta", refusal(detail="less than timedelta(days=366)")),
        ("foreign words 'Workflow", refusal(detail="Workflow not found")),
        ("status 412 is not documented", stale("GET /v1/health/live")),
        ("an operation without a description", stale("GET /v1/nothing")),
    ],
)
def test_a_fault_is_found(fault: str, answer: Answer, document: Json) -> None:
    assert any(one.startswith(fault) for one in faults(answer, document))
