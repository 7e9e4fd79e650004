"""Bodies that are no JSON, or JSON that nobody would send on purpose."""

import json
import re
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute

from api import routes
from api.guard.strict_json import StrictRoute
from tests.api.assertions import code
from tests.app_under_test import OPERATOR, AppUnderTest, OrderInPlay, Person, somebody
from tests.contract import eur
from tests.serving import usual_app

INVALID = (422, "invalid-request")
JSON = "application/json"
DEEP = 20_000
GOOD = '{"amount": 1, "currency": "EUR"}'
MALFORMED = {
    "nothing": b"",
    "spaces": b"   ",
    "half an object": b'{"title": "A logo"',
    "a comma too many": b'{"title": "A logo",}',
    "single quotes": b"{'title': 'A logo'}",
    "two documents": b"{}{}",
    "a word": b"title",
    "a list": b"[]",
    "a list in a list": b"[[]]",
    "deep lists": b"[" * DEEP + b"]" * DEEP,
    "deep objects": b'{"title":' * 5_000 + b"1" + b"}" * 5_000,
    "deep and open": b"[" * DEEP,
    "not utf-8": b'{"title": "\xff\xfe"}',
    "utf-16": GOOD.encode("utf-16"),
    "utf-32": GOOD.encode("utf-32-le"),
    "NUL": b'{"title": "A\x00logo"}',
    "a lone surrogate": b'{"title": "\\ud800", "brief": "\\ud800", "reason": "\\ud800"}',
    "a lone surrogate as a name": b'{"\\udfff": 1}',
    "a lone surrogate in a name within": b'{"price": {"\\ud800": {"\\udfff": ["\\ud800"]}}}',
    "a number of 5000 digits": b'{"amount": ' + b"9" * 5_000 + b"}",
    "a number of 1e400": b'{"amount": 1e400, "currency": "EUR"}',
    "not a number": b'{"amount": NaN, "currency": "EUR"}',
    "infinity": b'{"amount": Infinity, "currency": "EUR"}',
    "minus zero": b'{"amount": -0, "currency": "EUR"}',
    "not a number within": b'{"amount": 1, "currency": "EUR", "x": [NaN]}',
    "the same name twice": b'{"amount": 1, "amount": 1, "currency": "EUR"}',
    "the same name twice, escaped": b'{"amount": 1, "amoun\\u0074": 1, "currency": "EUR"}',
    "the same name twice within": b'{"amount": 1, "currency": "EUR", "x": {"a": 1, "a": 1}}',
    "quotes without an end": b'"' + b'\\"' * 30_000,
    "open quotes": b'"a' * 20_001,
    "a prototype": b'{"__proto__": {"roles": ["operator"]}, "amount": 1, "currency": "EUR"}',
    "a form": b"amount=1&currency=EUR",
}
OTHER_TYPES = [
    *("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"),
    *("application/xml", "application/octet-stream", "application/", "/", "é"),
]


@pytest.fixture(scope="module")
async def running(app: AppUnderTest) -> OrderInPlay:
    """An order on which nothing of this file has any effect."""
    return await (await app.place_order()).reach("in_progress")


def addresses(in_play: OrderInPlay) -> list[tuple[str, Person]]:
    order = f"/v1/orders/{in_play.order['id']}/actions"
    return [
        ("/v1/services", in_play.seller),
        ("/v1/orders", in_play.buyer),
        (f"{order}/deliver", in_play.seller),
        (f"{order}/open_dispute", in_play.buyer),
        (f"{order}/resolve", in_play.buyer),
        (f"/v1/wallets/{in_play.buyer.id}/top-ups", OPERATOR),
    ]


async def sent(
    app: AppUnderTest, path: str, who: Person, body: bytes, media_type: str | None = JSON
) -> httpx.Response:
    headers = who.headers | {"Idempotency-Key": f"malformed {path}"}
    typed = [] if media_type is None else [(b"Content-Type", media_type.encode())]
    return await app.api.client.post(
        path,
        content=body,
        headers=[*((name.encode(), value.encode()) for name, value in headers.items()), *typed],
    )


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
async def test_a_malformed_body_is_refused_everywhere(
    app: AppUnderTest, running: OrderInPlay, body: bytes
) -> None:
    got = {path: code(await sent(app, path, who, body)) for path, who in addresses(running)}
    assert dict.fromkeys(got, INVALID) == got
    assert running.order == await app.api.order(running.order["id"], running.seller)
    assert 8_000 == await app.api.balance(running.buyer)


@pytest.mark.parametrize("media_type", [*OTHER_TYPES, None])
async def test_another_content_type_is_refused(
    app: AppUnderTest, running: OrderInPlay, media_type: str | None
) -> None:
    body = b'{"amount": 1, "currency": "EUR"}'
    path = f"/v1/wallets/{running.buyer.id}/top-ups"
    answer = await sent(app, path, OPERATOR, body, media_type)
    expected = {"field": "header.Content-Type", "message": "must be application/json"}
    assert (INVALID, [expected]) == (code(answer), answer.json()["errors"])
    assert 8_000 == await app.api.balance(running.buyer)


@pytest.mark.parametrize("media_type", ["application/vnd.shop+json", "application/json; x=y"])
async def test_json_by_another_name_is_json(app: AppUnderTest, media_type: str) -> None:
    path = f"/v1/wallets/{somebody('rich').id}/top-ups"
    answer = await sent(app, path, OPERATOR, GOOD.encode(), media_type)
    assert 201 == answer.status_code


async def test_an_action_whose_fields_are_optional_wants_json_too(
    app: AppUnderTest, running: OrderInPlay
) -> None:
    path = f"/v1/orders/{running.order['id']}/actions/cancel"
    answer = await sent(app, path, running.seller, b'{"reason": "Ill."}', "text/plain")
    assert "header.Content-Type: must be application/json." == answer.json()["detail"]


@pytest.mark.parametrize("body", [b"[]", b"7", b'"a"', b"true"])
async def test_what_is_no_object_is_told_to_be_one(app: AppUnderTest, body: bytes) -> None:
    answer = await sent(app, "/v1/services", somebody("seller"), body)
    assert "body: must be a JSON object." == answer.json()["detail"]


async def test_what_is_no_object_within_is_told_to_be_one(app: AppUnderTest) -> None:
    body = b'{"title": "A logo", "price": 7, "delivery_time": "P1D"}'
    answer = await sent(app, "/v1/services", somebody("seller"), body)
    assert "body.price: must be a JSON object." == answer.json()["detail"]


SAID = {
    b'{"amount": 1, "amount": 1, "currency": "EUR"}': "has a name twice in one object",
    b"[" * 40_000: "is more than 32 levels deep",
    b'{"a":' * 33 + b"1" + b"}" * 33: "is more than 32 levels deep",
    b"[NaN]": "has NaN or Infinity, which are no JSON numbers",
    b"[-Infinity]": "has NaN or Infinity, which are no JSON numbers",
    b"9" * 5_000: "has a number of too many digits",
    b'"\xff"': "is not UTF-8 at byte 1",
    b'{"a" 1}': "is not a JSON document: see its character 5",
}


@pytest.mark.parametrize("body", SAID, ids=SAID.values())
async def test_the_refusal_says_what_is_wrong(app: AppUnderTest, body: bytes) -> None:
    headers = OPERATOR.headers | {"Content-Type": JSON}
    answer = await app.api.client.post("/v1/services", content=body, headers=headers)
    assert [{"field": "body", "message": SAID[body]}] == answer.json()["errors"]


async def test_a_byte_order_mark_changes_nothing(app: AppUnderTest, running: OrderInPlay) -> None:
    path = f"/v1/wallets/{somebody('marked').id}/top-ups"
    answer = await sent(app, path, OPERATOR, b"\xef\xbb\xbf" + GOOD.encode())
    assert 201 == answer.status_code


async def test_brackets_in_texts_are_no_depth(app: AppUnderTest) -> None:
    body = {"title": "[{" * 50 + '"\\', "price": eur(1), "delivery_time": "P1D"}
    answer = await app.api.post("/v1/services", somebody("seller"), body)
    assert 201 == answer.status_code


@pytest.mark.parametrize("body", [b"", b"{}", b"null"])
async def test_an_action_without_fields_needs_no_body(
    app: AppUnderTest, running: OrderInPlay, body: bytes
) -> None:
    for action in ("accept", "accept_revision", "complete", "assign"):
        path = f"/v1/orders/{running.order['id']}/actions/{action}"
        headers = OPERATOR.headers | {"Content-Type": JSON}
        answer = await app.api.client.post(path, content=body, headers=headers)
        expected = (409, "action-not-allowed") if action == "assign" else (403, "forbidden")
        assert expected == code(answer)


def test_every_route_reads_strictly() -> None:
    modules = [import_module(one.name) for one in iter_modules(routes.__path__, "api.routes.")]
    found = [
        route for module in modules for route in module.router.routes if isinstance(route, APIRoute)
    ]
    assert len(found) > 70
    # What is signed is read as it was sent, by who knows the signature.
    signed = "/v1/providers/{name}/events"
    assert [signed] == [one.path for one in found if not isinstance(one, StrictRoute)]


def without_body() -> list[tuple[str, str]]:
    """Every operation that expects no body."""
    return [
        (method.upper(), path)
        for path, operations in usual_app().openapi()["paths"].items()
        for method, operation in operations.items()
        # Nothing is at the clock's address on a stack whose clock nobody moves.
        if "requestBody" not in operation
        and path not in ("/v1/test-clock", "/v1/providers/{name}/events")
    ]


@pytest.mark.parametrize(("method", "path"), without_body())
async def test_a_body_that_nobody_asked_for_is_read_strictly_too(
    app: AppUnderTest, method: str, path: str
) -> None:
    address = re.sub(r"{\w+(:path)?}", "nothing", path)
    headers = OPERATOR.headers | {"Content-Type": JSON}
    answer = await app.api.client.request(
        method, address, content=b'{"a": 1, "a": 1}', headers=headers
    )
    assert "body: has a name twice in one object." == answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "media_type"), [(b"", JSON), (b"{}", JSON), (b"a=1", "text/plain"), (b"{", None)]
)
async def test_a_body_that_nobody_asked_for_disturbs_nobody(
    app: AppUnderTest, body: bytes, media_type: str | None
) -> None:
    typed = {} if media_type is None else {"Content-Type": media_type}
    answer = await app.api.client.request(
        "GET", "/v1/services", content=body, headers=OPERATOR.headers | typed
    )
    assert 200 == answer.status_code


async def test_a_body_is_parsed_once(app: AppUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = []
    loads = json.loads

    def counted(text: Any, **how: Any) -> Any:
        if "unheard of" in str(text):
            parsed.append(text)
        return loads(text, **how)

    monkeypatch.setattr(json, "loads", counted)
    body = {"title": "unheard of", "price": eur(1), "delivery_time": "P1D"}
    answer = await app.api.post("/v1/services", somebody("seller"), body)
    assert 201 == answer.status_code
    assert 1 == len(parsed)
