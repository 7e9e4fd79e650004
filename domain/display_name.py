"""What people are called: one line of what can be seen, in every script, for texts and mails."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints, TypeAdapter, ValidationError

from domain.text import without_nul
from domain.unseen import UNSEEN, UNSEEN_FOR_CLIENTS

MAX_NAME = 80

_JOINERS = "\u200c\u200d\ufe0e\ufe0f"
"""What holds letters of some scripts and emoji together. Between Latin letters it would only make
one name look like another."""

_HIDDEN = re.compile(rf"(?![ {_JOINERS}])[{UNSEEN}]")
_LOOSE_JOINER = re.compile(
    rf"(?<![\u0250-\U0010ffff])[{_JOINERS}]|[\u200c\u200d](?![\u0250-\U0010ffff])"
)
_BEHIND_A_SPACE = re.compile(rf" [{_JOINERS}]")
_UNNAMED = re.compile(r"[\ud800-\udfff\ue000-\uf8ff\ufffe\uffff]")
"""Halves of characters, and characters that mean what whoever reads them agreed on."""

_WEB_ADDRESS = re.compile(r"://|\bwww\.", re.IGNORECASE)

_VISIBLE = rf"[^\u0000{UNSEEN_FOR_CLIENTS}]"
_FOR_CLIENTS = rf"^ *{_VISIBLE}([\u200c\u200d\ufe0e\ufe0f]| *{_VISIBLE})* *$"


def _shown(name: str) -> str:
    if not name.strip(" "):
        raise ValueError("must have something that can be seen")
    hides = _HIDDEN.search(name) or _LOOSE_JOINER.search(name) or _BEHIND_A_SPACE.search(name)
    if hides or _UNNAMED.search(name):
        raise ValueError(
            "must be on one line, without anything that cannot be seen, but plain spaces inside"
        )
    # Mail programs make links of these, in sentences that are ours.
    if _WEB_ADDRESS.search(name):
        raise ValueError("must be a name and no web address")
    return name.strip(" ")


DisplayName = Annotated[
    str,
    StringConstraints(strict=True, min_length=1, max_length=MAX_NAME),
    AfterValidator(without_nul),
    AfterValidator(_shown),
    Field(json_schema_extra={"pattern": _FOR_CLIENTS}),
]
"""A name that somebody sends. It is no identifier: two people may have the same."""

_NAME: TypeAdapter[str] = TypeAdapter(DisplayName)


def readable_name(said: Any) -> str | None:
    """Return a name that comes from elsewhere, or None where it is none that could be shown."""
    try:
        return _NAME.validate_python(said)
    except ValidationError:
        return None
