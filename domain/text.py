"""The texts and links that people send, with their limits. For identifiers see `identifiers`."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AnyHttpUrl,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

from domain.unseen import UNSEEN, UNSEEN_FOR_CLIENTS

MAX_TEXT = 10_000
MAX_TITLE = 200
MAX_LINKS = 20
MAX_LINK = 1_000

_WRITTEN = Field(
    json_schema_extra={"pattern": rf"^[^\u0000]*[^\u0000{UNSEEN_FOR_CLIENTS}][^\u0000]*$"},
)
"""What a client can be told of texts: something is written that can be seen, and there is no
NUL."""

_WEB_ADDRESS = (
    rf"^[{UNSEEN_FOR_CLIENTS}]*[hH][tT][tT][pP][sS]?:"
    rf"[^\u0000-\u001f\u007f-\u009f]+[{UNSEEN_FOR_CLIENTS}]*$"
)
"""The same of links: how one begins, and that it is on one line."""

_SEEN = re.compile(rf"[^{UNSEEN}]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_HTTP_URL: TypeAdapter[AnyHttpUrl] = TypeAdapter(AnyHttpUrl)


def without_nul(text: str) -> str:
    """Return the text.

    Raises:
        ValueError: it has a NUL, which PostgreSQL keeps nowhere.
    """
    if "\x00" in text:
        raise ValueError("must not contain the NUL character")
    return text


def seen(text: str) -> str:
    """Return the text.

    Raises:
        ValueError: nothing of it can be seen.
    """
    if not _SEEN.search(text):
        raise ValueError("must have something that can be seen")
    return text


def on_one_line(address: str) -> str:
    """Return the address.

    Raises:
        ValueError: it has control characters, which parsers drop: two addresses on two lines would
            become one.
    """
    if _CONTROL.search(address):
        raise ValueError("must not contain control characters")
    return address


def _web_address(address: str) -> str:
    try:
        return str(_HTTP_URL.validate_python(address))
    except ValidationError:
        raise ValueError("must be an http or https URL") from None


_OF_ENUM = re.compile(r"<\w+\.\w+: ('[^']*')>")
"""How Python writes the possible values of an enumeration."""


def validation_message(error: Mapping[str, Any]) -> str:
    """Return what a validation error says, without what it is to Python."""
    if error.get("type") == "model_attributes_type":
        return "must be a JSON object"
    return _OF_ENUM.sub(r"\1", str(error["msg"]).removeprefix("Value error, "))


def _text(longest: int) -> StringConstraints:
    return StringConstraints(strict=True, strip_whitespace=True, min_length=1, max_length=longest)


_AS_WRITTEN = (AfterValidator(without_nul), AfterValidator(seen), _WRITTEN)

Text = Annotated[str, _text(MAX_TEXT), *_AS_WRITTEN]
Title = Annotated[str, _text(MAX_TITLE), *_AS_WRITTEN]
Link = Annotated[
    str,
    _text(MAX_LINK),
    *_AS_WRITTEN,
    AfterValidator(on_one_line),
    AfterValidator(_web_address),
    Field(
        description="An http or https address. It is kept in the form in which browsers read it.",
        json_schema_extra={"format": "uri", "pattern": _WEB_ADDRESS},
    ),
]
Links = Annotated[tuple[Link, ...], Field(max_length=MAX_LINKS)]
