"""Addresses for e-mail: what is taken for one, written so that every mail server can carry it.

Only what SMTP carries without SMTPUTF8: an ASCII local part, and a domain in ASCII. A domain that
is written in another script is put into ASCII by the rules that browsers follow (UTS 46).
"""

import re
import unicodedata
from typing import Annotated

from pydantic import (
    AfterValidator,
    AnyHttpUrl,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

from domain.base import Frozen
from domain.text import validation_message

LONGEST_ADDRESS = 254
"""RFC 5321, §4.5.3.1.3, without the angle brackets."""

LONGEST_LOCAL_PART = 64
LONGEST_NAME = 100

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL_PART = re.compile(rf"{_ATOM}(\.{_ATOM})*")
_ENCODED_WORD = re.compile(r"=\?.*\?=")
"""What readers of mails may take for another text, wherever it stands (RFC 2047)."""

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"({_LABEL}\.)+(?!\d+$){_LABEL}")
_NAMED = re.compile(r"(?P<name>[^<>@]*)<(?P<address>[^<>]*)>")
_HTTP_URL: TypeAdapter[AnyHttpUrl] = TypeAdapter(AnyHttpUrl)


def _address(text: str) -> str:
    local_part, at, domain = text.partition("@")
    if not at or "@" in domain:
        raise ValueError("must have one @")
    if not _LOCAL_PART.fullmatch(local_part) or len(local_part) > LONGEST_LOCAL_PART:
        raise ValueError("must have only plain letters, digits and a few signs before @")
    if _ENCODED_WORD.search(local_part):
        raise ValueError("must not have =? and ?= before @")
    address = f"{local_part}@{_domain(domain)}"
    if len(address) > LONGEST_ADDRESS:
        raise ValueError(f"must have at most {LONGEST_ADDRESS} characters")
    return address


def _domain(text: str) -> str:
    domain = _in_ascii(text) if all(_may_name(character) for character in text) else ""
    if not _DOMAIN.fullmatch(domain):
        raise ValueError("must have a domain that can get mail after @")
    return domain


def _may_name(character: str) -> bool:
    """Return whether a host's name may contain a character: letters, digits, marks, `.` and `-`."""
    is_mark = unicodedata.category(character).startswith("M")
    return character in ".-" or character.isalnum() or is_mark


def _in_ascii(domain: str) -> str:
    try:
        return _HTTP_URL.validate_python(f"http://{domain}/").host or ""
    except ValidationError:
        return ""


EmailAddress = Annotated[
    str,
    StringConstraints(strict=True, min_length=1, max_length=LONGEST_ADDRESS),
    AfterValidator(_address),
    Field(json_schema_extra={"format": "email"}),
]


class Mailbox(Frozen):
    """An address, and the name that is shown with it."""

    name: str = ""
    address: EmailAddress

    @property
    def domain(self) -> str:
        """Return the part of the address after the @."""
        return self.address.rpartition("@")[2]


def mailbox(text: str) -> Mailbox:
    """Return the mailbox that a text writes: `orders@example.org` or `Orders <orders@example.org>`.

    Raises:
        ValueError: it is none.
    """
    named = _NAMED.fullmatch(text.strip())
    name = named["name"].strip().strip('"') if named else ""
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise ValueError(f"must have a name of at most {LONGEST_NAME} printable characters")
    try:
        return Mailbox(name=name, address=named["address"] if named else text.strip())
    except ValidationError as error:
        raise ValueError(validation_message(error.errors()[0])) from None
