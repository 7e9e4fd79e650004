"""The texts, identifiers and links that people send, with their limits."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, AnyHttpUrl, Field, StringConstraints, TypeAdapter

MAX_TEXT = 10_000
MAX_TITLE = 200
MAX_LINKS = 20
MAX_LINK = 1_000
MAX_IDENTIFIER = 100

_HTTP_URL: TypeAdapter[AnyHttpUrl] = TypeAdapter(AnyHttpUrl)


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not contain the NUL character")
    return text


def _web_address(address: str) -> str:
    _HTTP_URL.validate_python(address)
    return address


def in_our_words(error: Mapping[str, Any]) -> str:
    """What a validation error says, without the name that Python gives it."""
    return str(error["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")


def _text(longest: int) -> StringConstraints:
    return StringConstraints(strict=True, strip_whitespace=True, min_length=1, max_length=longest)


Text = Annotated[str, _text(MAX_TEXT), AfterValidator(_without_nul)]
Title = Annotated[str, _text(MAX_TITLE), AfterValidator(_without_nul)]
Identifier = Annotated[str, _text(MAX_IDENTIFIER), AfterValidator(_without_nul)]
Link = Annotated[str, _text(MAX_LINK), AfterValidator(_without_nul), AfterValidator(_web_address)]
Links = Annotated[tuple[Link, ...], Field(max_length=MAX_LINKS)]
