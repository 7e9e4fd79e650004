"""What is read from right to left stands on paper as it is read."""

import re
import unicodedata
from datetime import UTC, datetime

import pytest

from api.pages.drawn_line import as_drawn
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


def test_a_statement_has_the_letters_as_they_join() -> None:
    drawn = characters_of(statement_of("مرحبا"))
    assert {"\ufe8e", "\ufe92", "\ufea3", "\ufeae", "\ufee3"} <= drawn
    assert "م" not in drawn


def test_a_word_that_has_a_letter_of_its_own_elsewhere_is_drawn_in_letters() -> None:
    drawn = characters_of(statement_of("الله"))
    assert {"\ufeea", "\ufee0", "\ufedf", "\ufe8d"} <= drawn
    assert "\u25a1" not in drawn


def statement_of(owner: str) -> bytes:
    """A statement on which nothing else is written so."""
    month, made_at = Month(2026, 11), datetime(2026, 12, 1, tzinfo=UTC)
    paper = Statement("Shop", owner, month, made_at, {}, [])
    return as_pdf(paper, Formatter(Language.EN, "Europe/Paris"))


def characters_of(pdf: bytes) -> set[str]:
    """What its fonts say that their shapes stand for."""
    pairs = re.findall(rb"^<[0-9A-F]{4}> <([0-9A-F]{4})>$", pdf, re.MULTILINE)
    return {chr(int(one, 16)) for one in pairs}
