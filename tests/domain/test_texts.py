"""Texts, identifiers, links and durations: what is taken from people, and what is not."""

import re
import sys
import unicodedata
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from domain.duration import Duration, Length
from domain.identifiers import Identifier
from domain.order import Actor
from domain.text import Link, Links, Text, Title, validation_message
from domain.vocabulary import Role

ADAPTERS: dict[str, TypeAdapter[Any]] = {
    "text": TypeAdapter(Text),
    "title": TypeAdapter(Title),
    "identifier": TypeAdapter(Identifier),
    "link": TypeAdapter(Link),
}
LONGEST = {"text": 10_000, "title": 200, "identifier": 100, "link": 1_000}
LINKS: TypeAdapter[tuple[str, ...]] = TypeAdapter(Links)
DURATION: TypeAdapter[timedelta] = TypeAdapter(Duration)
LENGTH: TypeAdapter[timedelta] = TypeAdapter(Length)
URL = "https://files.example/"
UNSEEN = {
    "zero-width space": "\u200b",
    "word joiner": "\u2060",
    "byte order mark": "\ufeff",
    "tags": "\U000e0001\U000e0041\U000e007f",
    "soft hyphen": "\u00ad",
    "joiners": "\u200c\u200d",
    "direction marks": "\u200e\u200f\u061c\u202e\u2066\u2069",
    "variation selectors": "\ufe0f\ufe00\U000e0100\u180b",
    "grapheme joiner": "\u034f",
    "Hangul fillers": "\u115f\u1160\u3164\uffa0",
    "Braille blank": "\u2800",
    "Khmer vowels": "\u17b4\u17b5",
    "Mongolian vowel separator": "\u180e",
    "invisible operators": "\u2061\u2062\u2063\u2064",
    "not assigned, and ignored": "\u2065\ufff0\U000e0fff",
    "annotation marks": "\ufff9\ufffa\ufffb",
    "musical marks": "\U0001d159\U0001d173\U0001d17a",
    "hieroglyph blanks": "\U00013441\U00013442",
    "Khitan filler": "\U00016fe4",
    "control characters": "\x01\x07\x1b\x7f\x9f",
    "with spaces": " \u200b\u3000\u2800\n\ufeff",
}
SEEN = {
    "a family": "\U0001f469\u200d\U0001f469\u200d\U0001f467",
    "a heart in colour": "\u2764\ufe0f",
    "a flag by tags": "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "Persian": "می\u200cخواهم",
    "Hebrew, marked": "\u200fשלום\u200f!",
    "hyphens where it may break": "soft\u00adware",
    "a lone accent": "\u0301",
    "Hangul with a filler": "\u1100\u1160",
    "a Braille letter": "\u2800\u2801",
    "a character of one's own": "\ue000",
}


def of_length(kind: str, length: int) -> str:
    """A good one of that many characters."""
    return URL.ljust(length, "a") if kind == "link" else "é" * length


@pytest.mark.parametrize("kind", ADAPTERS)
@pytest.mark.parametrize(
    "wrong", [5, True, None, b"bytes", ["text"], "", "   \n", "nul \x00 inside"]
)
def test_what_is_no_text_is_refused(kind: str, wrong: object) -> None:
    with pytest.raises(ValidationError):
        ADAPTERS[kind].validate_python(wrong)


@pytest.mark.parametrize("kind", ADAPTERS)
@pytest.mark.parametrize("unseen", UNSEEN.values(), ids=UNSEEN)
def test_what_nobody_can_see_is_not_written(kind: str, unseen: str) -> None:
    for text in (unseen, *unseen, unseen * 3):
        with pytest.raises(ValidationError):
            ADAPTERS[kind].validate_python(text)


def test_an_identifier_that_was_taken_before_can_still_be_read() -> None:
    assert Actor(id="\u200b", role=Role.BUYER).id == "\u200b"


def test_it_is_told_why_what_nobody_can_see_is_refused() -> None:
    with pytest.raises(ValidationError) as refusal:
        ADAPTERS["text"].validate_python("\u200b")
    why = "Value error, must have something that can be seen"
    assert why == refusal.value.errors()[0]["msg"]


@pytest.mark.parametrize("kind", ["text", "title"])
@pytest.mark.parametrize("text", SEEN.values(), ids=SEEN)
def test_what_is_written_stays_as_it_was_typed(kind: str, text: str) -> None:
    assert text == ADAPTERS[kind].validate_python(text)


def test_no_format_character_and_no_space_can_be_seen() -> None:
    taken = []
    for number in range(1, sys.maxunicode + 1):
        unseen = unicodedata.category(chr(number)) in ("Cc", "Cf", "Zs", "Zl", "Zp")
        if unseen and _is_taken("text", chr(number)):
            taken.append(hex(number))
    assert [] == taken


@given(st.text(st.sampled_from("".join(UNSEEN.values()) + "aé\u0301\U0001f469\x00"), max_size=6))
@example("\U0001f469")
@example("\U000e0041")
@example("\U000e0041a")
def test_a_client_is_told_the_same(text: str) -> None:
    """But for a text of unseen characters beyond U+FFFF, which no pattern has words for."""
    is_beyond = any(character > "\uffff" for character in text)
    for kind in ("text", "title", "identifier"):
        told = bool(re.search(ADAPTERS[kind].json_schema()["pattern"], text))
        taken = _is_taken(kind, text)
        assert told or not taken
        assert taken or not told or is_beyond


def test_every_language_can_read_the_pattern() -> None:
    pattern = ADAPTERS["text"].json_schema()["pattern"]
    assert pattern.isascii()
    assert pattern.isprintable()
    assert "\\U" not in pattern


def _is_taken(kind: str, text: str) -> bool:
    try:
        ADAPTERS[kind].validate_python(text)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("kind", ADAPTERS)
def test_nul_is_refused(kind: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        ADAPTERS[kind].validate_python(URL + "\x00")
    why = "Value error, must not contain the NUL character"
    assert why == refusal.value.errors()[0]["msg"]


@pytest.mark.parametrize("kind", ADAPTERS)
def test_the_longest_is_taken(kind: str) -> None:
    longest = of_length(kind, LONGEST[kind])
    assert longest == ADAPTERS[kind].validate_python(longest)


@pytest.mark.parametrize("kind", ADAPTERS)
def test_one_character_more_is_refused(kind: str) -> None:
    with pytest.raises(ValidationError, match=f"at most {LONGEST[kind]} characters"):
        ADAPTERS[kind].validate_python(of_length(kind, LONGEST[kind] + 1))


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Value error, must be blue", "must be blue"),
        ("must be no Value error, ", "must be no Value error, "),
    ],
)
def test_an_error_is_told_without_the_name_that_python_gives_it(said: str, told: str) -> None:
    assert told == validation_message({"msg": said})


def test_space_around_a_text_is_taken_off() -> None:
    assert "Bonjour, ça va ?" == ADAPTERS["text"].validate_python("  Bonjour, ça va ?\n")


@pytest.mark.parametrize(
    "wrong", ["javascript:alert(1)", "ftp://files.example/", "files.example", "//x", "data:,x"]
)
def test_a_link_is_an_http_address(wrong: str) -> None:
    with pytest.raises(ValidationError):
        ADAPTERS["link"].validate_python(wrong)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://files.example/x", "https://files.example/x"),
        ("https://files.example/a%20b?c=d&e#f", "https://files.example/a%20b?c=d&e#f"),
        ("https:files.example/x", "https://files.example/x"),
        ("https:/files.example/x", "https://files.example/x"),
        ("https:///files.example/x", "https://files.example/x"),
        (r"https:\\files.example\x", "https://files.example/x"),
        (r"https://files.example\@evil.example/", "https://files.example/@evil.example/"),
        ("https://files.example/my file.pdf", "https://files.example/my%20file.pdf"),
        ('https://files.example/"<x>"', "https://files.example/%22%3Cx%3E%22"),
        ("https://files.example/a/../b", "https://files.example/b"),
        ("https://files.example/é", "https://files.example/%C3%A9"),
        ("https://files.example/\u202egpj.exe", "https://files.example/%E2%80%AEgpj.exe"),
        ("HTTPS://Files.EXAMPLE:443", "https://files.example/"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("http://0x7f.1/", "http://127.0.0.1/"),
        (" https://files.example/x\n", "https://files.example/x"),
    ],
)
def test_a_link_is_kept_as_it_was_understood(typed: str, kept: str) -> None:
    assert kept == ADAPTERS["link"].validate_python(typed)
    assert kept == ADAPTERS["link"].validate_python(kept)


@pytest.mark.parametrize("control", ["\n", "\r\n", "\t", "\x01", "\x1b", "\x7f", "\x85", "\x9f"])
@pytest.mark.parametrize(
    "link",
    ["https://files.example/a{}https://b.example/", "java{}://x", "ht{}tps://files.example/x"],
)
def test_a_control_character_in_a_link_is_refused(link: str, control: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        ADAPTERS["link"].validate_python(link.format(control))
    why = "Value error, must not contain control characters"
    assert why == refusal.value.errors()[0]["msg"]


def test_it_is_told_why_something_is_no_link() -> None:
    with pytest.raises(ValidationError) as refusal:
        ADAPTERS["link"].validate_python("javascript:alert(1)")
    assert "Value error, must be an http or https URL" == refusal.value.errors()[0]["msg"]


@given(st.text(max_size=40))
@example("files.example/" + "é" * 26)
@example("a\u00adb.example")
def test_a_link_that_is_kept_is_one_that_is_taken(text: str) -> None:
    for typed in (f"https://{text}", f"http:files.example/{text}", f"https://files.example?{text}"):
        if _is_taken("link", typed):
            kept = ADAPTERS["link"].validate_python(typed)
            assert kept == ADAPTERS["link"].validate_python(kept)
            assert re.fullmatch(r"https?://[!-~]+", kept)


def test_twenty_links_are_taken() -> None:
    assert 20 == len(LINKS.validate_python([URL] * 20))


def test_twenty_one_links_are_refused() -> None:
    with pytest.raises(ValidationError, match="at most 20 items"):
        LINKS.validate_python([URL] * 21)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("PT1S", timedelta(seconds=1)),
        ("PT48H", timedelta(hours=48)),
        ("P3D", timedelta(days=3)),
        ("P1W", timedelta(days=7)),
        ("P1DT2H3M4S", timedelta(days=1, hours=2, minutes=3, seconds=4)),
        ("P366D", timedelta(days=366)),
    ],
)
def test_a_duration_is_written_in_iso_8601(written: str, expected: timedelta) -> None:
    assert expected == DURATION.validate_python(written)


@pytest.mark.parametrize("wrong", ["PT0S", "PT0.9S", "P0D", "P366DT1S", "P2Y", "P99999999999D"])
def test_a_duration_is_between_one_second_and_one_year(wrong: str) -> None:
    with pytest.raises(ValidationError):
        DURATION.validate_python(wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        3,
        3.5,
        True,
        None,
        "3",
        "3 days",
        "72:00:00",
        "-P3D",
        "P-3D",
        "p3d",
        " P3D",
        "P",
        "PT",
        "P3D\x00",
    ],
)
def test_anything_else_is_no_duration(wrong: object) -> None:
    with pytest.raises(ValidationError):
        DURATION.validate_python(wrong)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("3 days", "must be an ISO 8601 duration, such as P3D or PT48H"),
        ("PT", "must be an ISO 8601 duration, such as P3D or PT48H"),
        ("PT0S", "must be between one second and one year"),
    ],
)
def test_it_is_told_why_something_is_no_duration(wrong: str, why: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        DURATION.validate_python(wrong)
    assert f"Value error, {why}" == refusal.value.errors()[0]["msg"]


@pytest.mark.parametrize(
    "written",
    [
        *("PT1S", "PT0.5S", "PT23H59M59S", "P1D", "P3DT1H", "P364DT1S"),
        *("P365D", "P366D", "P730DT12H"),
    ],
)
def test_a_duration_is_written_as_it_is_read(written: str) -> None:
    found = LENGTH.validate_python(written)
    assert f'"{written}"' == LENGTH.dump_json(found).decode()


def test_no_time_is_written_too() -> None:
    assert '"PT0S"' == LENGTH.dump_json(timedelta()).decode()


def test_the_longest_duration_is_written_in_days() -> None:
    assert '"P366D"' == DURATION.dump_json(timedelta(days=366)).decode()


@pytest.mark.parametrize(
    ("once", "days"), [("P1Y", 365), ("P1Y1D", 366), ("P12M", 360), ("P2W", 14)]
)
def test_what_was_once_written_in_years_is_read_as_it_was_meant(once: str, days: int) -> None:
    assert timedelta(days=days) == DURATION.validate_python(once)


@given(st.timedeltas(min_value=timedelta()))
def test_every_length_is_read_back_as_what_it_was(length: timedelta) -> None:
    assert length == LENGTH.validate_json(LENGTH.dump_json(length))


def test_a_program_sees_a_duration_and_no_text() -> None:
    assert timedelta(days=366) == DURATION.dump_python(timedelta(days=366))


def test_a_duration_of_less_than_a_second_is_refused_to_the_program_too() -> None:
    with pytest.raises(ValidationError):
        DURATION.validate_python(timedelta(milliseconds=999))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            {"type": "model_attributes_type", "msg": "Input: a dict"},
            "must be a JSON object",
        ),
        ({"type": "value_error", "msg": "Value error, must be short"}, "must be short"),
        ({"msg": "Field required"}, "Field required"),
    ],
)
def test_what_is_wrong_is_said_without_what_it_is_to_python(
    error: dict[str, str], words: str
) -> None:
    assert words == validation_message(error)
