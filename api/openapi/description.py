"""What the OpenAPI document says beyond what the framework finds in the code."""

from collections.abc import Iterator
from typing import Any

from domain.vocabulary import Code

Json = dict[str, Any]
NULL = {"type": "null"}


def complete(document: Json, status: dict[Code, int]) -> None:
    """Correct in place what the framework cannot know of parameters."""
    required = str(status[Code.IDEMPOTENCY_KEY_REQUIRED])
    for operation in _operations(document):
        for parameter in operation.get("parameters", ()):
            _never_null(parameter)
            if parameter["name"] == "Idempotency-Key" and required in operation["responses"]:
                # The code takes it as optional, so as to refuse its absence with a code of its own.
                parameter["required"] = True


def _operations(document: Json) -> Iterator[Json]:
    for operations in document["paths"].values():
        yield from operations.values()


def _never_null(parameter: Json) -> None:
    """Take null from an optional parameter: left out, it is none in an address or a header."""
    schema: Json = parameter["schema"]
    choices = [one for one in schema.get("anyOf", ()) if one != NULL]
    if len(choices) == 1:
        del schema["anyOf"]
        schema |= choices[0]
