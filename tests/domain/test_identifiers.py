"""Identifiers: two spellings are two names, and what could be taken for another name is none."""

import re
import sys
import unicodedata
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from domain.identifiers import Identifier, StoredIdentifier, Uuid
from domain.text import validation_message

IDENTIFIER: TypeAdapter[str] = TypeAdapter(Identifier)
STORED: TypeAdapter[str] = TypeAdapter(StoredIdentifier)
UUIDS: TypeAdapter[UUID] = TypeAdapter(Uuid)
ID = "0f1f6f0e-6f58-4b5e-8c39-6a4c7b1f5d1a"

ALICE_TO_THE_EYE = [
    *(" alice", "alice ", "  alice", "\talice", "alice\n", "\nalice", "alice\r\n", "alice\u2028"),
    *("alice\u2003", "\u00a0alice", "alice\u3000", "\u1680alice", "alice\u202f", "alice\u0085"),
    *("\ufeffalice", "alice\u200b", "al\u200bice", "ali\u00adce", "alice\u2060", "\u202ealice"),
    *("alice\x1f", "alice\x7f", "a\u034flice", "alice\ufe0f", "alice\U000e0041", "al\u2003ice"),
]
"""What reads as `alice`, wherever it is shown."""

NO_ADDRESS_CARRIES = ["guild/alice", "/", "alice/", ".", "..", "a\nb", "a\x00b", "a\tb"]
PEOPLE = ["alice", "a b", "José", "Jose\u0301", "ﬁne", "fine", "Ⅷ", "ALICE", "аlice", "李", "🎨"]
"""Each is one, and no two of them are the same."""

MORE = ["auth0|5f7c", "a+b@x.example", "a&b=c?#%2F", "...", ".a", "\ufffd", "x" * 100, "a\\b", "{}"]


def _refusal(adapter: TypeAdapter[Any], value: object) -> str:
    with pytest.raises(ValidationError) as refused:
        adapter.validate_python(value)
    return validation_message(refused.value.errors()[0])


@pytest.mark.parametrize("name", ALICE_TO_THE_EYE, ids=ascii)
def test_what_only_looks_like_somebody_is_nobody(name: str) -> None:
    assert _refusal(IDENTIFIER, name).startswith("must not ")


@pytest.mark.parametrize("name", NO_ADDRESS_CARRIES, ids=ascii)
def test_what_no_address_carries_is_no_name(name: str) -> None:
    assert _refusal(IDENTIFIER, name).startswith("must not ")


@pytest.mark.parametrize("name", [*PEOPLE, *MORE], ids=ascii)
def test_a_name_stays_as_it_was_written(name: str) -> None:
    assert name == IDENTIFIER.validate_python(name)


def test_no_two_people_become_one() -> None:
    assert len(PEOPLE) == len({IDENTIFIER.validate_python(name) for name in PEOPLE})


def test_it_is_said_what_is_wrong() -> None:
    assert {
        "alice ": "must not begin or end with a space",
        "a/b": "must not contain a slash",
        "a\u200bb": "must not contain anything that cannot be seen, but plain spaces inside",
        "..": "must not be . or .., which no address can carry",
        "a\x00": "must not contain the NUL character",
    } == {name: _refusal(IDENTIFIER, name) for name in ("alice ", "a/b", "a\u200bb", "..", "a\x00")}


def test_no_control_no_format_and_no_other_space_is_part_of_a_name() -> None:
    taken = []
    for number in range(sys.maxunicode + 1):
        letter = chr(number)
        if letter != " " and unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zs", "Zl", "Zp"):
            taken += [hex(number)] if _is_taken(f"a{letter}b") else []
    assert [] == taken


@given(st.text(st.sampled_from("ab ./\n\u2003\u200b\ufeff\x00é\U0001f469"), max_size=5))
@example("alice ")
@example("..")
@example("a  b")
def test_a_client_is_told_the_same(name: str) -> None:
    schema = IDENTIFIER.json_schema()
    pattern = schema["pattern"].removesuffix("$") + r"\Z"  # as every language but Python reads it
    told = bool(re.search(pattern, name)) and name not in schema["not"]["enum"]
    assert told == _is_taken(name)


def _is_taken(name: str) -> bool:
    try:
        IDENTIFIER.validate_python(name)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("name", ["guild/ana", "al\u200bice", "..", "\u200b", "a\nb"], ids=ascii)
def test_who_was_taken_before_can_still_be_read(name: str) -> None:
    assert name == STORED.validate_python(name)


@pytest.mark.parametrize(
    "name", [" alice", "alice ", "alice\n", "\u2003alice", "alice\u00a0", "alice\u0085"], ids=ascii
)
def test_what_was_never_stored_is_not_read_as_somebody_either(name: str) -> None:
    assert "must not begin or end with a space" == _refusal(STORED, name)


OTHER_SPELLINGS = [
    *(ID.upper(), ID.replace("-", ""), f"{{{ID}}}", f"urn:uuid:{ID}", f" {ID}", f"{ID}\n"),
    *(ID.replace("-", "", 1), ID[:-1], ID + "0", ID.replace("0", "\u0660", 1), "", 7, None, [ID]),
]


@pytest.mark.parametrize("value", OTHER_SPELLINGS, ids=repr)
def test_an_id_in_another_spelling_is_none(value: object) -> None:
    assert "must be an id as it was given: lower case, with hyphens" == _refusal(UUIDS, value)


def test_an_id_as_it_was_given_is_taken() -> None:
    assert UUID(ID) == UUIDS.validate_python(ID) == UUIDS.validate_python(UUID(ID))
    assert re.fullmatch(UUIDS.json_schema()["pattern"], ID)
