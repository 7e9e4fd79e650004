"""What the framework cannot know of the calls: of their bodies, parameters, headers and words."""

import json
from collections.abc import Iterator
from typing import Any

from api.openapi.examples import EVENT
from api.openapi.headers import REPLAYED, REQUEST_ID
from api.problems import STATUS
from domain.vocabulary import Code

Json = dict[str, Any]
NULL = {"type": "null"}
KEY = "Idempotency-Key"
KEY_REQUIRED = str(STATUS[Code.IDEMPOTENCY_KEY_REQUIRED])
BEFORE_THE_KEY = {KEY_REQUIRED, "401", "413", "429", "503"}
"""What is answered before a key is looked up, so that no such answer is ever kept under one."""

EVENT_STREAM = "text/event-stream"
OF_THE_FRAMEWORK = "Successful Response"
MEANING = {
    "200": "Done, or as asked for.",
    "201": "Made.",
    "202": "Taken, and carried out as soon as possible.",
    "204": "Received.",
}


def complete(document: Json) -> None:
    """Correct in place what is said of every call, and of what is sent to receivers of webhooks."""
    for operation in _operations(document):
        operation["summary"] = operation["operationId"].replace("_", " ").capitalize()
        _name_parameters(operation)
        if "requestBody" in operation:
            _name_body(operation["requestBody"]["content"]["application/json"])
        for status, response in operation["responses"].items():
            _describe_response(status, response)
    for operation in _of_paths(document):
        for response in operation["responses"].values():
            response["headers"] = response.get("headers", {}) | REQUEST_ID


def _operations(document: Json) -> Iterator[Json]:
    for item in (*document["paths"].values(), *document["webhooks"].values()):
        yield from item.values()


def _of_paths(document: Json) -> Iterator[Json]:
    for item in document["paths"].values():
        yield from item.values()


def _name_parameters(operation: Json) -> None:
    for parameter in operation.get("parameters", ()):
        parameter["schema"] = _never_null(parameter["schema"])
        if parameter["name"] == KEY:
            # The code takes it as optional, so as to refuse its absence with a code of its own.
            parameter["required"] = KEY_REQUIRED in operation["responses"]
            _tell_replays(operation["responses"])


def _never_null(schema: Json) -> Json:
    """Say of what is optional that it is left out: there is no null in an address or a header."""
    choices = [one for one in schema.get("anyOf", ()) if one != NULL]
    if len(choices) != 1:
        return schema
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    return {**rest, **choices[0]}


def _name_body(media: Json) -> None:
    # Generated clients demand a body that may be null, and know one by its name alone.
    schema = _never_null(media["schema"])
    media["schema"] = {"$ref": schema["$ref"]} if "$ref" in schema else schema


def _tell_replays(responses: Json) -> None:
    for status, response in responses.items():
        if status not in BEFORE_THE_KEY:
            response["headers"] = response.get("headers", {}) | REPLAYED


def _describe_response(status: str, response: Json) -> None:
    if response["description"] == OF_THE_FRAMEWORK:
        response["description"] = MEANING[status]
    stream = response.get("content", {}).get(EVENT_STREAM)
    if stream is not None:
        # The framework says `itemSchema`, a word that OpenAPI has since 3.2 only.
        stream.clear()
        stream |= {"schema": {"type": "string"}, "example": _event()}


def _event() -> str:
    return f"event: journal\ndata: {json.dumps(EVENT)}\nid: {EVENT['seq']}\n\n"
