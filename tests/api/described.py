"""What the OpenAPI document says, to look at."""

from collections.abc import Iterator
from typing import Any

from tests.api.answers import Json

SCHEMAS = "#/components/schemas/"


def operations(document: Json) -> Iterator[tuple[str, Json]]:
    """Every operation with its method and address."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield f"{method.upper()} {path}", operation


def received(document: Json) -> Iterator[tuple[str, Json]]:
    """Every operation that a receiver of webhooks has to have."""
    for name, item in document["webhooks"].items():
        for method, operation in item.items():
            yield f"{method.upper()} {name}", operation


def objects(part: Any) -> Iterator[Json]:
    """Every object of a part of the document, itself included."""
    if isinstance(part, dict):
        yield part
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    for value in inner:
        yield from objects(value)


def references(part: Any) -> Iterator[str]:
    """Where a part of the document refers to."""
    return (one["$ref"] for one in objects(part) if "$ref" in one)


def resolved(document: Json, schema: Json) -> Json:
    """A schema itself, where it is referred to."""
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].removeprefix(SCHEMAS)]
    return schema


def texts(document: Json) -> Iterator[str]:
    """Every sentence for readers."""
    for one in objects(document):
        for name in ("summary", "description"):
            if isinstance(one.get(name), str):
                yield one[name]


def taken(document: Json) -> Iterator[tuple[str, Json]]:
    """The body that each operation takes."""
    for _, operation in operations(document):
        if "requestBody" in operation:
            yield operation["operationId"], operation["requestBody"]


def of_bodies(document: Json) -> list[Json]:
    """All that the bodies are made of."""
    open_ends = [body for _, body in taken(document)]
    found: list[Json] = []
    seen: set[str] = set()
    while open_ends:
        part = open_ends.pop()
        found += objects(part)
        new = set(references(part)) - seen
        seen |= new
        open_ends += [resolved(document, {"$ref": one}) for one in sorted(new)]
    return found


def headers(document: Json, status: str) -> dict[str, set[str]]:
    """The headers of an answer that not every one has, by operation."""
    return {
        operation["operationId"]: set(operation["responses"][status].get("headers", {}))
        - {"X-Request-Id"}
        for _, operation in operations(document)
        if status in operation["responses"]
    }
