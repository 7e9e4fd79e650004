"""How large a request may be."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from infra.settings import Settings
from tests.api.answers import PROBLEM
from tests.api.assertions import code
from tests.api.conftest import OrderIn
from tests.app_under_test import (
    DELIVER,
    PATIENCE_SECONDS,
    AppUnderTest,
    Json,
    somebody,
    usual_app,
)
from tests.contract import eur

TOO_LARGE = (413, "payload-too-large")
LIMIT: int = Settings.model_fields["max_body"].default
TEN_MEGABYTES = 10 * 1024 * 1024


async def pieces(total: int) -> AsyncIterator[bytes]:
    for _ in range(total // 65_536):
        yield b"x" * 65_536


async def raw(app: AppUnderTest, head: str, body: bytes) -> bytes:
    """What comes back for bytes on the wire, until the server closes the connection."""
    base = app.api.client.base_url
    reader, writer = await asyncio.open_connection(base.host, base.port)
    try:
        writer.write(head.encode().replace(b"\n", b"\r\n") + b"\r\n\r\n" + body)
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await reader.read()
    finally:
        writer.transport.abort()


async def test_ten_announced_megabytes_are_too_much(app: AppUnderTest) -> None:
    headers = somebody("seller").headers
    body = b"x" * TEN_MEGABYTES
    answer = await app.api.client.post("/v1/services", content=body, headers=headers)
    assert TOO_LARGE == code(answer)


async def test_ten_megabytes_in_pieces_are_too_much(app: AppUnderTest) -> None:
    headers = somebody("seller").headers
    answer = await app.api.client.post(
        "/v1/services", content=pieces(TEN_MEGABYTES), headers=headers
    )
    assert TOO_LARGE == code(answer)


async def test_what_announces_too_much_is_refused_before_it_is_sent(app: AppUnderTest) -> None:
    head = f"POST /v1/services HTTP/1.1\nHost: here\nContent-Length: {TEN_MEGABYTES}"
    answer = await raw(app, head, b"")
    assert answer.startswith(b"HTTP/1.1 413")
    assert PROBLEM.encode() in answer


async def test_endless_pieces_are_refused_at_the_limit(app: AppUnderTest) -> None:
    head = "POST /v1/services HTTP/1.1\nHost: here\nTransfer-Encoding: chunked"
    answer = await raw(app, head, f"{LIMIT + 1:x}\r\n".encode() + b"x" * (LIMIT + 1) + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 413")
    assert PROBLEM.encode() in answer


async def test_the_limit_itself_is_allowed(app: AppUnderTest) -> None:
    body = json.dumps({"title": "A logo", "price": eur(1), "delivery_time": "P1D"}).encode()
    headers = somebody("seller").headers | {"Content-Type": "application/json"}
    allowed = await app.api.client.post("/v1/services", content=body.ljust(LIMIT), headers=headers)
    refused = await app.api.client.post(
        "/v1/services", content=body.ljust(LIMIT + 1), headers=headers
    )
    assert (201, TOO_LARGE) == (allowed.status_code, code(refused))


async def test_the_longest_texts_that_are_allowed_pass(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("in_progress")
    links = ["https://files.example/".ljust(1_000, "x")] * 20
    answer = await app.api.act(
        in_play.order, "deliver", in_play.seller, {"message": "🎨" * 10_000, "links": links}
    )
    assert 200 == answer.status_code


def escaped(value: Any) -> str:
    """JSON with every character of its strings spelt as an escape, twelve bytes for an emoji."""
    match value:
        case dict():
            return "{" + ",".join(f"{escaped(k)}:{escaped(v)}" for k, v in value.items()) + "}"
        case list():
            return "[" + ",".join(map(escaped, value)) + "]"
        case str():
            units = value.encode("utf-16-be").hex()
            return '"' + "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4)) + '"'
        case _:
            return json.dumps(value)


async def test_the_longest_texts_pass_in_the_longest_spelling(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("in_progress")
    links = ["https://files.example/".ljust(1_000, "x")] * 20
    body = escaped({"message": "🎨" * 10_000, "links": links})
    answer = await app.api.client.post(
        f"/v1/orders/{in_play.order['id']}/actions/deliver",
        content=body,
        headers={**in_play.seller.headers, "Content-Type": "application/json"},
    )
    assert (200, "delivered") == (answer.status_code, answer.json().get("state")), answer.text


async def test_the_largest_service_passes_in_the_longest_spelling(app: AppUnderTest) -> None:
    extra = {"title": "标" * 200, "price": eur(1), "delivery_time": "P1D"}
    service = {**extra, "description": "🎨" * 10_000, "extras": [extra] * 50}
    headers = {**somebody("seller").headers, "Content-Type": "application/json"}
    answer = await app.api.client.post("/v1/services", content=escaped(service), headers=headers)
    assert 201 == answer.status_code, answer.text


LONGEST_WORD = 100
"""Characters of what has a shape of its own: a currency, a duration, an id."""


def largest(schema: Json, document: Json) -> int:
    """Bytes of the largest JSON text that a schema allows, everything escaped, without spaces."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return largest(document["components"]["schemas"][name], document)
    if choices := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
        return max(largest(one, document) for one in choices)
    match schema.get("type"):
        case "object":
            names = schema.get("properties", {})
            return sum(6 * len(name) + 4 + largest(one, document) for name, one in names.items())
        case "array":
            return int(schema["maxItems"]) * (1 + largest(schema["items"], document)) + 2
        case "string":
            return 12 * int(schema.get("maxLength", LONGEST_WORD)) + 2
        case _:
            return 25


def bodies() -> dict[str, Json]:
    """The schema of every operation's body, by the operation."""
    return {
        f"{method} {path}": operation["requestBody"]["content"]["application/json"]["schema"]
        for path, operations in usual_app().openapi()["paths"].items()
        for method, operation in operations.items()
        if "requestBody" in operation
    }


@pytest.mark.parametrize("operation", bodies())
def test_every_body_that_the_schema_allows_is_within_the_limit(operation: str) -> None:
    assert largest(bodies()[operation], usual_app().openapi()) <= LIMIT


async def test_a_refused_body_leaves_the_order_as_it_was(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("in_progress")
    answer = await app.api.act(
        in_play.order, "deliver", in_play.seller, {"message": "x" * TEN_MEGABYTES}
    )
    assert TOO_LARGE == code(answer)
    await in_play.act("deliver", in_play.seller, DELIVER)
    assert "delivered" == in_play.order["state"]
