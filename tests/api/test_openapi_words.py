"""What the OpenAPI document says is said to those who use the API, in sentences of our own."""

import re
from typing import Any

from tests.api.answers import FOREIGN_WORDS, Json
from tests.api.described import operations, texts

OF_THE_CODE = re.compile(
    r"\bsignals?\b|Temporal|docstring|Successful Response|Validation Error|\bbase of\b|\bFields\b"
    r"|\bHTTP route|__|\n {2,}"
)
"""What is for those who build this service: the rest of its users have never heard of it."""

CLAIMS = {"sub", "exp", "roles"}
"""Of a token, which is no document of the API."""


def names(part: Any) -> set[str]:
    """Every name that is given in the document, and every value that is listed."""
    if isinstance(part, dict):
        return set(part).union(*(names(value) for value in part.values()))
    if isinstance(part, list):
        return set().union(*(names(value) for value in part))
    return {part} if isinstance(part, str) else set()


def test_no_sentence_speaks_of_the_code(document: Json) -> None:
    readiness = document["paths"]["/v1/health/ready"]["get"]["description"]
    said = [one for one in texts(document) if one != readiness]
    assert [] == [one for one in said if OF_THE_CODE.search(one) or FOREIGN_WORDS.search(one)]


def test_what_is_named_is_to_be_found(document: Json) -> None:
    """A name between backticks is one of a field, a parameter, a header or a value."""
    named = {word for one in texts(document) for word in re.findall(r"`([\w-]+)`", one)}
    assert {"code", "deadline", "next_cursor"} <= named
    assert set() == named - names(document) - CLAIMS


def test_every_operation_says_something_of_its_own(document: Json) -> None:
    said = [
        operation["description"].partition("\n\n- ")[0] for _, operation in operations(document)
    ]
    previews = [one.partition("\n\n")[2] for one in said if one.startswith("What this would do")]
    others = [one for one in said if not one.startswith("What this would do")]
    assert len(previews) == len(set(previews))
    assert [] == sorted({one for one in others if others.count(one) > 1})


def test_every_schema_is_described(document: Json) -> None:
    schemas = document["components"]["schemas"]
    assert [] == [name for name, schema in schemas.items() if not schema.get("description")]


def test_every_answer_says_what_it_means(document: Json) -> None:
    wanting = [
        f"{name} {status}"
        for name, operation in operations(document)
        for status, response in operation["responses"].items()
        if not re.fullmatch(r"[A-Z].{3,}", response["description"], re.DOTALL)
    ]
    assert [] == wanting
