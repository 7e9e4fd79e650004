"""What the OpenAPI document forbids is what the rules refuse: no more, and hardly less."""

import re
from datetime import timedelta

import pytest
from pydantic import TypeAdapter, ValidationError

from api import paging
from api.schemas.people import known_zones
from domain.currencies import CURRENT, MINOR_UNITS
from domain.duration import Duration, Length
from domain.text import Link
from tests.api.answers import Json
from tests.api.described import objects, of_bodies
from tests.api.test_bad_input import NO_CURRENCIES, NO_DURATIONS

DURATION: TypeAdapter[timedelta] = TypeAdapter(Duration)
LINK: TypeAdapter[str] = TypeAdapter(Link)
LENGTH: TypeAdapter[timedelta] = TypeAdapter(Length)
DURATIONS = [
    *("P3D", "PT48H", "P1DT12H", "P1W", "P1M", "PT1S", "PT1.5S", "P1,5D", "P1DT", "P2D1M", "P1.D"),
    *("PT36H30M", "P366D", "P11M3W4DT5H6M7.8S", "PT1S1H", "P01D", "PT1.123456789S"),
]
NO_PATTERN = {"PT0S", "PT0.999S", "P367D", "P9999999999D"}
"""Too short or too long, which a pattern does not see."""

NO_ZONES = ["", " ", "/etc/passwd", "Europe/", "Europe/Paris/", "Europe Paris", "../UTC", "é"]


def of_format(parts: list[Json], wanted: str) -> list[Json]:
    """The schemas of a format, of which there has to be one."""
    found = [one for one in parts if one.get("format") == wanted]
    assert found
    return found


def matches(schema: Json, text: str) -> bool:
    """Whether a text fits, in the words of JSON Schema: `$` is the very end."""
    pattern = schema["pattern"].replace("$", r"\Z")
    return re.search(pattern, text) is not None


def test_currencies_are_listed_where_they_are_taken(document: Json) -> None:
    listed = [schema["enum"] for schema in of_format(of_bodies(document), "iso-4217")]
    assert listed
    assert [] == [one for one in NO_CURRENCIES if any(one in enum for enum in listed)]
    assert all(one in (sorted(CURRENT), sorted(CURRENT | MINOR_UNITS)) for one in listed)


def test_new_prices_are_in_currencies_of_today_and_payouts_in_whatever_is_held(
    document: Json,
) -> None:
    components = document["components"]["schemas"]
    listed = {
        name: components[name]["properties"]["currency"]["enum"]
        for name in ("NewPrice", "NewTopUp", "NewPayout", "PositiveMoney")
    }
    today, ever = sorted(CURRENT), sorted(CURRENT | MINOR_UNITS)
    assert {"NewPrice": today, "NewTopUp": today} == {
        name: listed.pop(name) for name in ("NewPrice", "NewTopUp")
    }
    assert {"NewPayout": ever, "PositiveMoney": ever} == listed


def test_currencies_are_not_listed_where_they_are_given(document: Json) -> None:
    """An order keeps its currency when the list loses it."""
    money = document["components"]["schemas"]["Money"]["properties"]["currency"]
    assert "enum" not in money
    assert "^[A-Z]{3}$" == money["pattern"]


@pytest.mark.parametrize("text", DURATIONS)
def test_a_duration_that_the_rules_take_fits(document: Json, text: str) -> None:
    assert DURATION.validate_python(text)
    assert all(matches(one, text) for one in of_format(of_bodies(document), "duration"))


@pytest.mark.parametrize("seconds", [0, 0.25, 1, 59.5, 3_600, 86_399, 86_400, 86_401, 10**8])
def test_a_duration_that_is_given_fits(document: Json, seconds: float) -> None:
    text = LENGTH.dump_python(timedelta(seconds=seconds), mode="json")
    assert all(matches(one, text) for one in of_format(list(objects(document)), "duration"))


@pytest.mark.parametrize(
    "text", [*NO_DURATIONS[:17], "PT", "P3d", "3D", "P+1D", "P1H", "PT1D", "P1D\n", "P1DT1", "P1"]
)
def test_a_duration_that_the_rules_refuse_does_not_fit(document: Json, text: str) -> None:
    with pytest.raises(ValidationError):
        DURATION.validate_python(text)
    fits = [one for one in of_format(of_bodies(document), "duration") if matches(one, text)]
    assert not fits or text in NO_PATTERN


def links_of(document: Json) -> Json:
    """The schema of a link of a delivery."""
    links: Json = document["components"]["schemas"]["Deliver"]["properties"]["links"]["items"]
    return links


@pytest.mark.parametrize(
    "text",
    [
        *("https://files.example/logo.zip", "HTTP://FILES.example", "https:files.example/x"),
        *(
            " https://files.example \n",
            "\u3000http:\\\\files.example\\x",
            "https://münchen.example/ü",
        ),
    ],
)
def test_a_link_that_the_rules_take_fits(document: Json, text: str) -> None:
    assert LINK.validate_python(text)
    assert matches(links_of(document), text)


@pytest.mark.parametrize(
    "text",
    [
        "k:",
        "javascript:0",
        "ftp://files.example",
        "files.example",
        "http:",
        "https://a\nb.example",
        "",
    ],
)
def test_a_link_that_the_rules_refuse_does_not_fit(document: Json, text: str) -> None:
    with pytest.raises(ValidationError):
        LINK.validate_python(text)
    assert not matches(links_of(document), text)


def test_every_time_zone_fits(document: Json) -> None:
    for schema in of_format(of_bodies(document), "iana-time-zone"):
        assert [] == [zone for zone in sorted(known_zones()) if not matches(schema, zone)]
        assert [] == [zone for zone in NO_ZONES if matches(schema, zone)]


def test_every_cursor_fits(document: Json) -> None:
    given = paging.page(
        [1, 2], 1, lambda one: one, lambda one: ["2026-11-23T10:00:00Z", "ÿ?>", one]
    )
    assert given.next_cursor
    for schema in of_format(list(objects(document)), "cursor"):
        assert matches(schema, given.next_cursor)
        assert [] == [one for one in ("", "a b", "a+b", "é", "null!") if matches(schema, one)]


def test_a_list_gives_what_it_takes_as_its_cursor(document: Json) -> None:
    parameters = [
        one["schema"] for one in objects(document["paths"]) if one.get("name") == "cursor"
    ]
    given = [
        schema["properties"]["next_cursor"]["anyOf"][0]
        for name, schema in document["components"]["schemas"].items()
        if "next_cursor" in schema.get("properties", {})
    ]
    assert parameters
    assert {"cursor"} == {one.get("format") for one in (*parameters, *given)}


def test_the_place_in_a_stream_is_a_number(document: Json) -> None:
    [schema] = [
        one["schema"] for one in objects(document["paths"]) if one.get("name") == "Last-Event-ID"
    ]
    assert [True, True, False, False] == [
        matches(schema, one) for one in ("0", "999999999", "1000000000", "x")
    ]
