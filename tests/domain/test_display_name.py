"""Names as people have them, and what only looks like one."""

import re

import pytest
from pydantic import TypeAdapter, ValidationError

from domain.display_name import DisplayName, readable_name

NAME: TypeAdapter[str] = TypeAdapter(DisplayName)
PATTERN = re.compile(NAME.json_schema()["pattern"])
FORBIDDEN = re.compile(NAME.json_schema()["not"]["pattern"])

NAMES = [
    *(
        "Ana",
        "Ana Silva",
        "Jean-Luc d’Ormesson",
        "O'Brien",
        "Dr. Ana Silva",
        "Atelier du Lac & Co.",
    ),
    *("Zoë", "Łukasz", "Ελένη", "李小龍", "アナ", "อนา", "7", "AC/DC Design", "Amazon.fr"),
    *("علی\u200cرضا", "श्री\u200dमती", "👩\u200d🎨 Ana", "❤\ufe0f\u200d🔥", "♥\ufe0e Ana"),
    *("<b>Ana</b>", "%(total)s", "{{ 7*7 }}", "“Ana”", "x" * 80, "👩" * 80, "A  B"),
]
HOSTILE = {
    "empty": "",
    "spaces": "   ",
    "no-break spaces": "\u00a0\u00a0",
    "zero-width space": "\u200b",
    "joiner alone": "\u200d",
    "Hangul filler": "\u3164",
    "Braille blank": "\u2800",
    "81 characters": "x" * 81,
    "NUL": "An\x00a",
    "line feed": "Ana\nBcc: all@example.org",
    "carriage return": "Ana\r\nSubject: x",
    "line feed at the end": "Ana\n",
    "tab": "Ana\tSilva",
    "escape": "\x1b[31mAna",
    "C1 control": "Ana\x85",
    "line separator": "Ana\u2028Silva",
    "paragraph separator": "Ana\u2029Silva",
    "right-to-left override": "Ana\u202egnp.exe",
    "isolate": "\u2067Ana\u2069",
    "right-to-left mark": "Ana\u200f",
    "soft hyphen": "A\u00adna",
    "zero-width space inside": "A\u200bna",
    "joiner between Latin letters": "A\u200dna",
    "non-joiner at the end": "Ana\u200c",
    "variation selector on a letter": "Ana\ufe0f",
    "joiner behind a space": "علی \u200cرضا",
    "byte order mark": "\ufeffAna",
    "tag": "Ana\U000e0041",
    "half a character": "Ana\ud800",
    "private use": "Ana\ue000",
    "web address": "Ben https://evil.example",
    "web address, shorter": "www.evil.example",
    "web address in capitals": "HTTP://EVIL.EXAMPLE",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_kept_as_it_is(name: str) -> None:
    assert name == NAME.validate_python(name) == readable_name(name)
    assert PATTERN.search(name)


def test_spaces_around_it_are_none_of_it() -> None:
    assert NAME.validate_python("  Ana Silva ") == "Ana Silva"


BEYOND_CLIENTS = {"tag", "half a character"}
"""What can only be told from others by who sees characters beyond the first 65,536."""


@pytest.mark.parametrize("hostile", sorted(set(HOSTILE) - BEYOND_CLIENTS))
def test_what_clients_are_told_refuses_the_same(hostile: str) -> None:
    name = HOSTILE[hostile]
    seen = PATTERN.fullmatch(name) and "\n" not in name and len(name) <= 80
    assert not seen or FORBIDDEN.search(name)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_could_do_harm_is_refused(hostile: str) -> None:
    with pytest.raises(ValidationError):
        NAME.validate_python(HOSTILE[hostile])
    assert readable_name(HOSTILE[hostile]) is None


@pytest.mark.parametrize("other", [None, 7, True, ["Ana"], {"first": "Ana"}, b"Ana"])
def test_a_name_is_a_text(other: object) -> None:
    assert readable_name(other) is None
