"""How large a request may be."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from api.guard import limits
from domain.identifiers import MAX_EXTERNAL_ID
from domain.metadata import MAX_KEY, MAX_KEYS, MAX_VALUE
from domain.text import MAX_LINK, MAX_LINKS, MAX_TEXT, MAX_TITLE
from infra.settings import Settings
from tests.api.answers import PROBLEM
from tests.api.assertions import code
from tests.api.conftest import OrderIn
from tests.app_under_test import (
    DELIVER,
    MEDIATOR,
    PATIENCE_SECONDS,
    AppUnderTest,
    Json,
    Person,
    somebody,
)
from tests.contract import eur
from tests.serving import usual_app

TOO_LARGE = (413, "payload-too-large")
LIMIT: int = Settings.model_fields["max_body"].default
TEN_MEGABYTES = 10 * 1024 * 1024


@pytest.fixture
def patient_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is refused may send the rest. On a busy machine it may be half a second that nothing
    of it comes, since its sender waits for a processor as well."""
    monkeypatch.setattr(limits, "QUIET_SECONDS", 20.0)


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


@pytest.mark.usefixtures("patient_refusals")
async def test_ten_announced_megabytes_are_too_much(app: AppUnderTest) -> None:
    headers = somebody("seller").headers
    body = b"x" * TEN_MEGABYTES
    answer = await app.api.client.post("/v1/services", content=body, headers=headers)
    assert TOO_LARGE == code(answer)


@pytest.mark.usefixtures("patient_refusals")
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


@pytest.mark.usefixtures("patient_refusals")
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
    extra = {"title": "🎨" * 200, "price": eur(1), "delivery_time": "P1D"}
    service = {**extra, "description": "🎨" * 10_000, "extras": [extra] * 50, **largest_notes()}
    headers = {**somebody("seller").headers, "Content-Type": "application/json"}
    answer = await app.api.client.post("/v1/services", content=escaped(service), headers=headers)
    assert 201 == answer.status_code, answer.text


def largest_notes() -> Json:
    """The longest that the marketplace may say of something."""
    metadata = {f"{number:02}".ljust(MAX_KEY, "🎨"): "🎨" * MAX_VALUE for number in range(MAX_KEYS)}
    return {"external_id": f"{uuid4()}".ljust(MAX_EXTERNAL_ID, "🎨"), "metadata": metadata}


async def sent(app: AppUnderTest, path: str, who: Person, body: Json) -> Json:
    """What is answered to a body in its longest spelling."""
    answer = await app.api.client.post(
        path,
        content=escaped(body),
        headers={
            **who.headers,
            "Content-Type": "application/json",
            "Idempotency-Key": f"largest {path}",
        },
    )
    assert answer.status_code in (200, 201), answer.text
    found: Json = answer.json()
    return found


async def test_an_order_of_the_largest_texts_goes_to_its_end(app: AppUnderTest) -> None:
    buyer, seller, text = somebody("buyer"), somebody("seller"), "🎨" * MAX_TEXT
    links = ["https://files.example/".ljust(MAX_LINK, "标")] * MAX_LINKS
    extra = {"title": "🎨" * MAX_TITLE, "price": eur(1), "delivery_time": "P1D"}
    service = await sent(
        app,
        "/v1/services",
        seller,
        {**extra, "description": text, "extras": [extra] * 50, **largest_notes()},
    )
    await app.api.top_up(buyer, 100)
    extra_ids = [one["id"] for one in service["extras"]]
    order = await sent(
        app,
        "/v1/orders",
        buyer,
        {"service_id": service["id"], "brief": text, "extra_ids": extra_ids, **largest_notes()},
    )
    actions = f"/v1/orders/{order['id']}/actions"
    offer = {**extra, "description": text}
    for action, who, body in (
        ("accept", seller, {}),
        ("make_offer", seller, offer),
        ("deliver", seller, {"message": text, "links": links}),
        ("request_revision", buyer, {"reason": text}),
        ("refuse_revision", seller, {"ground": "vague", "reason": text}),
        ("open_dispute", buyer, {"reason": text}),
        ("add_statement", buyer, {"statement": text, "links": links}),
        ("add_statement/preview", seller, {"statement": text, "links": links}),
        ("resolve", MEDIATOR, {"outcome": "pay_seller", "reasons": text}),
    ):
        await sent(app, f"{actions}/{action}", who, body)
    ended = await app.api.order(order["id"], buyer)
    assert ("completed", text) == (ended["state"], ended["brief"])
    case = await app.api.get(f"/v1/orders/{order['id']}/case", MEDIATOR)
    assert (200, True) == (case.status_code, text in case.text)


LONGEST_WORD = {"uuid": 45, "duration": 100, "date-time": 100}
"""Characters of what has a shape of its own: an id, as a URN too; a duration with all its parts."""

NUMBER = 25
"""More than the digits of any number that is allowed."""


def resolved(schema: Json, document: Json) -> Json:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def largest(schema: Json, document: Json) -> int:
    """Bytes of the largest JSON text that a schema allows, everything escaped, without spaces.
    Raises where it cannot be told: what has no limit is a fault of the schema."""
    schema = resolved(schema, document)
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        return max(largest(one, document) for one in choices)
    match schema:
        case {"enum": [*values]} | {"const": values}:
            return max(len(escaped(one)) for one in (values if "enum" in schema else [values]))
        case {"type": "object", "additionalProperties": False}:
            names = schema.get("properties", {})
            return 2 + sum(
                6 * len(name) + 4 + largest(one, document) for name, one in names.items()
            )
        case {"propertyNames": {"maxLength": longest}, "maxProperties": most}:
            value = largest(schema["additionalProperties"], document)
            return 2 + int(most) * (12 * int(longest) + 4 + value)
        case {"type": "array", "items": items, "maxItems": most}:
            return 2 + int(most) * (1 + largest(items, document))
        case {"type": "string", "maxLength": longest}:
            return 2 + 12 * int(longest)
        case {"type": "string", "format": kind} if kind in LONGEST_WORD:
            return 2 + 12 * LONGEST_WORD[kind]
        case {"type": "string", "pattern": "^(0|[1-9][0-9]{0,17})$"}:
            return 2 + 12 * 18
        case {"type": "integer" | "number" | "boolean" | "null"}:
            return NUMBER
    raise AssertionError(f"has no limit: {schema}")


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


def test_the_largest_of_all_is_a_text_with_all_its_links() -> None:
    text, links = MAX_TEXT, MAX_LINKS * MAX_LINK
    document = usual_app().openapi()
    assert max(largest(body, document) for body in bodies().values()) > 12 * (text + links)


def test_a_text_in_a_model_with_conditions_counts() -> None:
    schema = bodies()["post /v1/orders/{order_id}/actions/resolve"]
    assert largest(schema, usual_app().openapi()) > 12 * MAX_TEXT


@pytest.mark.usefixtures("patient_refusals")
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
