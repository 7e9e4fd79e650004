"""The OpenAPI document: complete enough to build a client from, and readable without a network.

That every answer which a test gets is in it is looked at after each test: see conftest.py.
"""

import re
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.api.answers import CODES, PROBLEM, Json
from tests.api.described import headers, operations, received, references, resolved, taken
from tests.api.operations import OPERATIONS
from tests.app_under_test import AppUnderTest

OF_PROVIDERS = "POST /v1/providers/{name}/events"
"""Called by the payment provider alone: its signature is what a token is, its event's id what a key
is."""


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


def test_it_is_valid_by_the_specification(document: Json) -> None:
    assert document["openapi"].startswith("3.1.")
    assert [] == [one.message for one in OpenAPIV31SpecValidator(document).iter_errors()]


def test_its_title_makes_a_name_that_can_be_typed(document: Json) -> None:
    """Generators name a package after it. People read the product's own name."""
    info = document["info"]
    assert "sequestre" == info["title"].lower()
    assert info["summary"].startswith("Séquestre")
    assert info["description"].startswith("Séquestre")


def test_a_tag_stands_once(document: Json) -> None:
    """Generators make a file of each, so that of two with one name the first is lost."""
    called = {tag for _, operation in operations(document) for tag in operation["tags"]}
    told = {tag for _, operation in received(document) for tag in operation["tags"]}
    assert set() == called & told
    listed = [one["name"] for one in document["tags"] if one["description"]]
    assert sorted(called | told) == sorted(listed)


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


def test_operation_ids_are_those_that_clients_call(document: Json) -> None:
    found = {name: operation["operationId"] for name, operation in operations(document)}
    assert OPERATIONS == found
    every = [*found.values(), *(one["operationId"] for _, one in received(document))]
    assert sorted(set(every)) == sorted(every)
    assert [] == [one for one in every if not re.fullmatch(r"[a-z]+(_[a-z]+)*", one)]


def test_summaries_say_the_same_as_the_ids(document: Json) -> None:
    wrong = {
        one["operationId"]: one["summary"]
        for _, one in (*operations(document), *received(document))
        if one["summary"].lower() != one["operationId"].replace("_", " ")
    }
    assert {} == wrong


def test_every_operation_but_health_wants_a_token(document: Json) -> None:
    open_to_all = [
        name for name, operation in operations(document) if not operation.get("security")
    ]
    assert [OF_PROVIDERS, "GET /v1/health/live", "GET /v1/health/ready"] == open_to_all
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
        if status.startswith("2") and status != "204" and not name.endswith("/stream")
    ]
    schemas = [one.get("application/json", {}).get("schema", {}) for one in contents]
    bare = {str(one.get("$ref")) for one in schemas if not has_example(document, one)}
    assert [] == sorted(name.rpartition("/")[2] for name in bare)


def test_the_stream_is_described_as_one(document: Json) -> None:
    answers = document["paths"]["/v1/orders/{order_id}/stream"]["get"]["responses"]
    assert ["text/event-stream"] == list(answers["200"]["content"])
    media = answers["200"]["content"]["text/event-stream"]
    assert {"type": "string"} == media["schema"]
    assert re.fullmatch(r"event: journal\ndata: \{.+\}\nid: 5\n\n", media["example"])


def test_a_body_that_may_be_left_out_is_no_null(document: Json) -> None:
    bodies = dict(taken(document))
    schemas = {name: one["content"]["application/json"]["schema"] for name, one in bodies.items()}
    assert [] == [name for name, schema in schemas.items() if set(schema) != {"$ref"}]
    optional = {name for name, one in bodies.items() if not one.get("required", False)}
    actions = {"accept", "accept_revision", "complete", "cancel", "assign"}
    calls = {"rotate_webhook_secret", "disable_webhook_endpoint", "enable_webhook_endpoint"}
    calls |= {"redeliver_webhook", "mark_notification_read", "confirm_email_again"}
    calls |= {"archive_service", "restore_service", "cancel_payout", "approve_payout"}
    calls |= {"get_stream_ticket", "test_webhook_endpoint"}
    assert actions | {f"preview_{one}" for one in actions} | calls == optional


def test_no_default_makes_a_field_mandatory(document: Json) -> None:
    """Generators take a field with a default for one that is always there."""
    schemas = document["components"]["schemas"]
    found = [
        f"{name}.{field}"
        for name, schema in schemas.items()
        for field, value in schema.get("properties", {}).items()
        if "default" in value
    ]
    assert [] == found
    assert ["message"] == schemas["Deliver"]["required"]
    assert ["statement"] == schemas["AddStatement"]["required"]
    assert ["service_id", "brief"] == schemas["NewOrder"]["required"]
    assert ["email"] == schemas["WishedChannels"]["required"]


def test_what_is_always_given_is_mandatory(document: Json) -> None:
    schemas = document["components"]["schemas"]
    assert ["in_app", "email"] == schemas["Channels"]["required"]
    assert "shortened" in schemas["WebhookData"]["required"]


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
    assert [OF_PROVIDERS] == without


def test_the_etag_is_offered_on_every_action(document: Json) -> None:
    without = [
        name
        for name, operation in operations(document)
        if "/actions/" in name
        and "If-Match" not in [one["name"] for one in operation.get("parameters", [])]
    ]
    assert [] == without


def test_what_was_made_is_named_in_a_header(document: Json) -> None:
    made = headers(document, "201")
    assert {"ETag", "Location"} <= made["place_order"]
    assert "Location" in made["offer_service"] & made["add_webhook_endpoint"]
    written = headers(document, "202")
    assert {"Location"} == {*written["accept"]} & {*written["resolve"]} - {"Idempotency-Replayed"}


def test_an_order_comes_with_its_etag(document: Json) -> None:
    given = headers(document, "200")
    assert "ETag" in given["get_order"] & given["accept"] & given["resolve"]
    assert not any("ETag" in given[one] for one in ("preview_accept", "list_orders"))


@pytest.mark.parametrize("status", ["429", "503"])
def test_when_to_ask_again_is_said(document: Json, status: str) -> None:
    found = headers(document, status)
    assert found
    assert {"Retry-After"} == set.union(*found.values()) == set.intersection(*found.values())


def test_every_answer_says_its_request_id(document: Json) -> None:
    without = [
        (name, status)
        for name, operation in operations(document)
        for status, response in operation["responses"].items()
        if "X-Request-Id" not in response["headers"]
    ]
    assert [] == without


def test_a_replay_is_said_to_be_one(document: Json) -> None:
    with_key = [
        operation
        for _, operation in operations(document)
        if "Idempotency-Key" in [one["name"] for one in operation.get("parameters", [])]
    ]
    kept = [
        (operation["operationId"], status, "Idempotency-Replayed" in response.get("headers", {}))
        for operation in with_key
        for status, response in operation["responses"].items()
    ]
    first = {"400", "401", "413", "429", "503"}
    assert [] == [one for one in kept if one[2] is (one[1] in first)]


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
async def test_the_documentation_needs_no_other_host(app: AppUnderTest, page: str) -> None:
    answer = await app.api.get(page)
    assert 200 == answer.status_code
    assert "<title>Séquestre" in answer.text
    assert [] == re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^\s\"'<]*", answer.text)
    assets = re.findall(r"(?:src|href)=[\"']([^\"']+)", answer.text)
    assert assets
    for asset in assets:
        assert 200 == (await app.api.get(asset)).status_code
