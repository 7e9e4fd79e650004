"""What is read from right to left stands on paper as it is read."""

import re
import unicodedata
from datetime import UTC, datetime

import pytest

from api.pages.drawn_line import as_drawn, is_from_right, wrapped
from api.pages.months import Month
from api.pages.statement import Statement, as_pdf
from texts.catalogue import Language
from texts.formatter import Formatter


@pytest.mark.parametrize("line", ["", "Logo, v2", "Été à Łódź ﬁ 🐟", "Лого 2026"])
def test_what_is_read_from_the_left_stays_as_it_is(line: str) -> None:
    assert line == as_drawn(line)


def test_arabic_letters_join_and_come_from_the_right() -> None:
    assert [
        "ARABIC LETTER ALEF FINAL FORM",
        "ARABIC LETTER BEH MEDIAL FORM",
        "ARABIC LETTER HAH INITIAL FORM",
        "ARABIC LETTER REH FINAL FORM",
        "ARABIC LETTER MEEM INITIAL FORM",
    ] == [unicodedata.name(one) for one in as_drawn("مرحبا")]


def test_numbers_and_brackets_are_not_turned_round() -> None:
    assert "Logo: 2026 םולש (v2)" == as_drawn("Logo: שלום 2026 (v2)")


@pytest.mark.parametrize(
    ("line", "drawn"),
    [
        ("שלום (עולם) טוב", "בוט (םלוע) םולש"),
        ("שלום (v2) 2026", "2026 (v2) םולש"),
        ("a (שלום) [b]", "a (םולש) [b]"),
        ("<שלום", "םולש>"),
    ],
)
def test_brackets_open_where_they_are_read_first(line: str, drawn: str) -> None:
    from_right = is_from_right(line)
    assert drawn == as_drawn(line, from_right=from_right)


def test_a_statement_has_the_letters_as_they_join() -> None:
    drawn = characters_of(statement_of("مرحبا"))
    assert {"\ufe8e", "\ufe92", "\ufea3", "\ufeae", "\ufee3"} <= drawn
    assert "م" not in drawn


def test_a_word_that_has_a_letter_of_its_own_elsewhere_is_drawn_in_letters() -> None:
    drawn = characters_of(statement_of("الله"))
    assert {"\ufeea", "\ufee0", "\ufedf", "\ufe8d"} <= drawn
    assert "\u25a1" not in drawn


def columns(text: str) -> float:
    """A font in which each letter is as wide."""
    return len(text)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("one two three", ["one two", "three"]),
        ("one  two", ["one  two"]),
        ("abcdefghijkl", ["abcdefgh", "ijkl"]),
        ("ab cdefghijkl m", ["ab", "cdefghij", "kl m"]),
        ("no\u00a0break here", ["no\u00a0break", "here"]),
        ("שלום עולם טוב", ["שלום", "עולם טוב"]),
    ],
)
def test_a_text_is_broken_at_spaces_as_it_is_read(text: str, lines: list[str]) -> None:
    assert lines == list(wrapped(text, 8, columns))


@pytest.mark.parametrize("text", ["x" * 3_000, "ab " * 900, "x" * 501 + " y", "𝒳" * 1_200])
def test_nothing_is_lost_of_a_long_text_and_no_line_is_too_wide(text: str) -> None:
    lines = list(wrapped(text, 90, columns))
    assert max(map(len, lines)) <= 90
    assert text.replace(" ", "") == "".join(lines).replace(" ", "")


def test_a_letter_that_is_wider_than_a_line_stands_alone() -> None:
    assert ["a", "b"] == list(wrapped("ab", 0.5, columns))


@pytest.mark.parametrize(
    ("text", "is_so"),
    [("", False), ("12 €", False), ("abc שלום", False), ("2026 שלום abc", True), ("مرحبا", True)],
)
def test_a_text_goes_the_way_of_its_first_letter(text: str, is_so: bool) -> None:
    assert is_so is is_from_right(text)


def test_a_line_of_a_text_from_the_right_is_one_too() -> None:
    assert "(abc)" == as_drawn("(abc)")
    assert ".abc" == as_drawn("abc.", from_right=True)


def statement_of(owner: str) -> bytes:
    """A statement on which nothing else is written so."""
    month, made_at = Month(2026, 11), datetime(2026, 12, 1, tzinfo=UTC)
    paper = Statement("Shop", owner, month, made_at, {}, [])
    return as_pdf(paper, Formatter(Language.EN, "Europe/Paris"))


def characters_of(pdf: bytes) -> set[str]:
    """What its fonts say that their shapes stand for."""
    pairs = re.findall(rb"^<[0-9A-F]{4}> <([0-9A-F]{4})>$", pdf, re.MULTILINE)
    return {chr(int(one, 16)) for one in pairs}
