"""The texts, identifiers and links that people send, with their limits."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, AnyHttpUrl, Field, StringConstraints, TypeAdapter

MAX_TEXT = 10_000
MAX_TITLE = 200
MAX_LINKS = 20
MAX_LINK = 1_000
MAX_IDENTIFIER = 100

_SPACE = "\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000"
"""Unicode's White_Space, which is not what `\\s` means in every language."""

_WRITTEN = Field(
    json_schema_extra={"pattern": rf"^[^\u0000]*[^\u0000{_SPACE}][^\u0000]*$"},
)
"""What a client can be told of texts: something is written, and there is no NUL."""

_HTTP_URL: TypeAdapter[AnyHttpUrl] = TypeAdapter(AnyHttpUrl)


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not contain the NUL character")
    return text


def _web_address(address: str) -> str:
    _HTTP_URL.validate_python(address)
    return address


def validation_message(error: Mapping[str, Any]) -> str:
    """Return what a validation error says, without what it is to Python."""
    if error.get("type") == "model_attributes_type":
        return "must be a JSON object"
    return str(error["msg"]).removeprefix("Value error, ")


def _text(longest: int) -> StringConstraints:
    return StringConstraints(strict=True, strip_whitespace=True, min_length=1, max_length=longest)


Text = Annotated[str, _text(MAX_TEXT), AfterValidator(_without_nul), _WRITTEN]
Title = Annotated[str, _text(MAX_TITLE), AfterValidator(_without_nul), _WRITTEN]
Identifier = Annotated[str, _text(MAX_IDENTIFIER), AfterValidator(_without_nul), _WRITTEN]
Link = Annotated[
    str,
    _text(MAX_LINK),
    AfterValidator(_without_nul),
    AfterValidator(_web_address),
    Field(description="An http or https address.", json_schema_extra={"format": "uri"}),
]
Links = Annotated[tuple[Link, ...], Field(max_length=MAX_LINKS)]
