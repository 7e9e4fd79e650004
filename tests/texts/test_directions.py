"""What somebody turned in a text is turned back at its end."""

import pytest

from texts.catalogue import Language
from texts.directions import closed
from texts.formatter import Formatter


@pytest.mark.parametrize(
    ("text", "ending"),
    [
        ("", ""),
        ("A logo", ""),
        ("شعار", ""),
        ("A logo \u202e", "\u202c"),
        ("\u202eA\u202c logo", ""),
        ("\u202e\u2067A", "\u2069\u202c"),
        ("\u2067\u202eA\u2069", ""),
        ("\u2067\u202eA\u202c", "\u2069"),
        ("\u202e\u2067A\u202c", "\u2069\u202c"),
        ("A\u202c\u2069", ""),
        ("\u202a\u202b\u202d\u202e", "\u202c" * 4),
        ("\u2066\u2067\u2068", "\u2069" * 3),
    ],
)
def test_each_direction_that_is_begun_is_ended(text: str, ending: str) -> None:
    assert text + ending == closed(text)
    assert closed(text) == closed(closed(text))


@pytest.mark.parametrize("language", Language)
def test_no_sentence_goes_on_in_the_direction_of_a_text_in_it(language: Language) -> None:
    said = Formatter(language, "UTC").labelled("Title", "A logo \u202e")
    assert said.endswith("A logo \u202e\u202c")
