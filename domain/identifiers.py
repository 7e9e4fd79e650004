"""Identifiers: who somebody or what something is. They are never cleaned: two spellings are two
names, and what could be taken for another name is refused."""

import re
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic.config import JsonDict

from domain.text import seen, without_nul
from domain.unseen import UNSEEN, UNSEEN_FOR_CLIENTS

MAX_IDENTIFIER = 100
MAX_EXTERNAL_ID = 200

NO_PART_OF_AN_ADDRESS = (".", "..")
"""What clients and proxies leave out of an address, however it is spelt (RFC 3986 §5.2.4)."""

_HIDDEN = re.compile(rf"[{UNSEEN}]")
_SPACE = r"[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
_SPACE_AROUND = re.compile(rf"^{_SPACE}+|{_SPACE}+\Z")
_WORD = rf"[^\u0000/{UNSEEN_FOR_CLIENTS}]+"
_VISIBLE = rf"[^\u0000{UNSEEN_FOR_CLIENTS}]"
_FOR_CLIENTS: JsonDict = {
    "pattern": f"^{_WORD}( +{_WORD})*$",
    "not": {"enum": list(NO_PART_OF_AN_ADDRESS)},
}


def _seen_whole(name: str) -> str:
    if name != name.strip(" "):
        raise ValueError("must not begin or end with a space")
    if _HIDDEN.search(name.replace(" ", "")):
        raise ValueError("must not contain anything that cannot be seen, but plain spaces inside")
    return name


def _in_an_address(name: str) -> str:
    if "/" in name:
        raise ValueError("must not contain a slash")
    if name in NO_PART_OF_AN_ADDRESS:
        raise ValueError("must not be . or .., which no address can carry")
    return name


def without_space_around(name: str) -> str:
    """Return the name as releases took it that cleaned names."""
    return _SPACE_AROUND.sub("", name)


def _not_cleaned(name: str) -> str:
    if name != without_space_around(name):
        raise ValueError("must not begin or end with a space")
    return name


_NAME = StringConstraints(strict=True, min_length=1, max_length=MAX_IDENTIFIER)

Identifier = Annotated[
    str,
    _NAME,
    AfterValidator(without_nul),
    AfterValidator(_seen_whole),
    AfterValidator(_in_an_address),
    Field(json_schema_extra=_FOR_CLIENTS),
]
"""One that somebody sends: every character can be seen, and an address can carry it."""

_WITH_SLASHES = rf"[^\u0000{UNSEEN_FOR_CLIENTS}]+"

ExternalId = Annotated[
    str,
    StringConstraints(strict=True, min_length=1, max_length=MAX_EXTERNAL_ID),
    AfterValidator(without_nul),
    AfterValidator(_seen_whole),
    Field(
        description="What you call it yourself: no two of them have the same.",
        examples=["order-4711"],
        json_schema_extra={"pattern": f"^{_WITH_SLASHES}( +{_WITH_SLASHES})*$"},
    ),
]
"""What the marketplace calls something of ours. Its slashes are in no address: only queries and
documents carry it."""

StoredIdentifier = Annotated[str, _NAME, AfterValidator(without_nul), AfterValidator(_not_cleaned)]
"""One that was taken before: whatever is refused by now, what holds it can still be read."""


MadeIdentifier = Annotated[
    StoredIdentifier,
    AfterValidator(seen),
    Field(json_schema_extra={"pattern": rf"^{_VISIBLE}([^\u0000]*{_VISIBLE})?$"}),
]
"""One that names what a request made: an operator may have signalled that by hand, under any id."""


def exact_uuid(text: str) -> UUID:
    """Return the id that is written as this service writes ids.

    Raises:
        ValueError: it is none, or in another spelling.
    """
    found = UUID(text)
    if str(found) != text:
        raise ValueError("is spelt otherwise")
    return found


def _as_given(value: object) -> object:
    if isinstance(value, UUID):
        return value
    try:
        return exact_uuid(str(value))
    except ValueError:
        raise ValueError("must be an id as it was given: lower case, with hyphens") from None


Uuid = Annotated[
    UUID,
    BeforeValidator(_as_given),
    Field(json_schema_extra={"pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"}),
]
"""An id of this service's own making, in the one spelling in which it was given."""
