"""The OpenAPI document: complete enough to build a client from, and readable without a network.

That every answer which a test gets is in it is looked at after each test: see conftest.py.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.answers import CODES, PROBLEM, Json
from tests.app_under_test import AppUnderTest


def operations(document: Json) -> Iterator[tuple[str, Json]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield f"{method.upper()} {path}", operation


def resolved(document: Json, schema: Json) -> Json:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from (value for name, value in part.items() if name == "$ref")
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def has_example(document: Json, schema: Json, seen: tuple[str, ...] = ()) -> bool:
    """Whether a reader can see what it looks like: an example of the whole, or of each part."""
    if schema.get("$ref") in seen:
        return False
    seen = (*seen, schema.get("$ref", ""))
    schema = resolved(document, schema)
    if {"example", "examples", "enum", "const", "default", "format"} & set(schema):
        return True
    if schema.get("type") in ("boolean", "null"):
        return True
    if "anyOf" in schema:
        return all(has_example(document, one, seen) for one in schema["anyOf"])
    if schema.get("type") == "array":
        return has_example(document, schema["items"], seen)
    properties = schema.get("properties", {})
    return schema.get("type") == "object" and all(
        has_example(document, one, seen) for one in properties.values()
    )


async def test_it_is_served_where_the_contract_says(app: AppUnderTest, document: Json) -> None:
    answer = await app.api.get("/v1/openapi.json")
    assert (200, document) == (answer.status_code, answer.json())
    assert document["openapi"].startswith("3.")


def test_every_reference_leads_somewhere(document: Json) -> None:
    missing = set()
    for reference in references(document):
        part: Any = document
        for step in reference.removeprefix("#/").split("/"):
            part = part.get(step, {})
        if not part:
            missing.add(reference)
    assert set() == missing


def test_every_operation_has_a_summary_a_description_and_a_tag(document: Json) -> None:
    wanted = ("summary", "description", "tags", "operationId")
    missing = {
        name: found
        for name, operation in operations(document)
        if (found := [one for one in wanted if not operation.get(one)])
    }
    assert {} == missing


def test_operation_ids_are_unique_and_fit_for_a_client(document: Json) -> None:
    found = [operation["operationId"] for _, operation in operations(document)]
    assert sorted(set(found)) == sorted(found)
    assert [] == [one for one in found if not re.fullmatch(r"[a-z][a-z0-9_]*", one)]


def test_every_operation_but_health_wants_a_token(document: Json) -> None:
    open_to_all = [
        name for name, operation in operations(document) if not operation.get("security")
    ]
    assert ["GET /v1/health/live", "GET /v1/health/ready"] == open_to_all
    schemes = document["components"]["securitySchemes"].values()
    assert [("http", "bearer")] == [(one["type"], one["scheme"]) for one in schemes]


def test_every_body_has_an_example(document: Json) -> None:
    bare = []
    for name, operation in operations(document):
        for media in operation.get("requestBody", {}).get("content", {}).values():
            if not ({"example", "examples"} & set(media)) and not has_example(
                document, media["schema"]
            ):
                bare.append(name)
    assert [] == bare


def test_every_good_answer_has_a_schema_with_an_example(document: Json) -> None:
    contents = [
        response.get("content", {})
        for name, operation in operations(document)
        for status, response in operation["responses"].items()
        if status.startswith("2") and not name.endswith("/stream")
    ]
    schemas = [one.get("application/json", {}).get("schema", {}) for one in contents]
    bare = {str(one.get("$ref")) for one in schemas if not has_example(document, one)}
    assert [] == sorted(name.rpartition("/")[2] for name in bare)


def test_the_stream_is_described_as_one(document: Json) -> None:
    answers = document["paths"]["/v1/orders/{order_id}/stream"]["get"]["responses"]
    assert ["text/event-stream"] == list(answers["200"]["content"])


def test_every_problem_is_one_document_with_known_codes(document: Json) -> None:
    wrong = []
    for name, operation in operations(document):
        for status, response in operation["responses"].items():
            if status.startswith("2"):
                continue
            media = response["content"].get(PROBLEM, {})
            codes = [one["value"]["code"] for one in media.get("examples", {}).values()]
            schema = resolved(document, media.get("schema", {}))
            if (
                list(response["content"]) != [PROBLEM]
                or not {"code", "detail", "status", "title", "type"} <= set(schema["properties"])
                or not codes
                or {CODES[code] for code in codes} != {int(status)}
            ):
                wrong.append(f"{name} {status}")
    assert [] == wrong


def test_the_key_is_offered_on_every_post(document: Json) -> None:
    without = [
        name
        for name, operation in operations(document)
        if name.startswith("POST")
        and "Idempotency-Key" not in [one["name"] for one in operation.get("parameters", [])]
    ]
    assert [] == without


def test_the_etag_is_offered_on_every_action(document: Json) -> None:
    without = [
        name
        for name, operation in operations(document)
        if "/actions/" in name
        and "If-Match" not in [one["name"] for one in operation.get("parameters", [])]
    ]
    assert [] == without


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
async def test_the_documentation_needs_no_other_host(app: AppUnderTest, page: str) -> None:
    answer = await app.api.get(page)
    assert 200 == answer.status_code
    assert [] == re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^\s\"'<]*", answer.text)
    assets = re.findall(r"(?:src|href)=[\"']([^\"']+)", answer.text)
    assert assets
    for asset in assets:
        assert 200 == (await app.api.get(asset)).status_code
