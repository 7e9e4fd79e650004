"""What people are called: one line of what can be seen, in every script, for texts and mails."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints, TypeAdapter, ValidationError
from pydantic.config import JsonDict

from domain.text import without_nul
from domain.unseen import UNSEEN, UNSEEN_FOR_CLIENTS

MAX_NAME = 80

_LATIN = r"\u0001-\u024f"
_PRIVATE = r"\ue000-\uf8ff\ufffe\uffff"
"""Characters that mean what whoever reads them agreed on."""

_HALVES = r"\ud800-\udfff"


def _name(unseen: str) -> str:
    """Return the pattern of names. Joiners hold letters of some scripts and emoji together; between
    Latin letters they would only make one name look like another."""
    joined = rf"[^\u0000{_LATIN}{unseen}{_PRIVATE}][\ufe0e\ufe0f]?"
    sign = rf"([^\u0000\u0250-\uffff{unseen}]|{joined}([\u200c\u200d]{joined})*)"
    return f"^ *{sign}( *{sign})* *$"


_WEB_ADDRESS = r"://|[wW][wW][wW]\."

_SHOWN = re.compile(_name(UNSEEN + _HALVES).replace(r"\u0250-\uffff", r"\u0250-\U0010ffff"))
_LINK = re.compile(_WEB_ADDRESS)
_FOR_CLIENTS: JsonDict = {"pattern": _name(UNSEEN_FOR_CLIENTS), "not": {"pattern": _WEB_ADDRESS}}


def _shown(name: str) -> str:
    if not name.strip(" "):
        raise ValueError("must have something that can be seen")
    if "\n" in name or not _SHOWN.match(name):
        raise ValueError(
            "must be on one line, without anything that cannot be seen, but plain spaces inside"
        )
    # Mail programs make links of these, in sentences that are ours.
    if _LINK.search(name):
        raise ValueError("must be a name and no web address")
    return name.strip(" ")


DisplayName = Annotated[
    str,
    StringConstraints(strict=True, min_length=1, max_length=MAX_NAME),
    AfterValidator(without_nul),
    AfterValidator(_shown),
    Field(json_schema_extra=_FOR_CLIENTS),
]
"""A name that somebody sends. It is no identifier: two people may have the same."""

_NAME: TypeAdapter[str] = TypeAdapter(DisplayName)


def readable_name(said: Any) -> str | None:
    """Return a name that comes from elsewhere, or None where it is none that could be shown."""
    try:
        return _NAME.validate_python(said)
    except ValidationError:
        return None
