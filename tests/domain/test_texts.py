"""Texts, identifiers, links and durations: what is taken from people, and what is not."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from domain.duration import Duration, Length
from domain.text import Identifier, Link, Links, Text, Title, validation_message

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
