"""How instants, amounts, durations and rates are said."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from domain.currencies import CURRENT, MINOR_UNITS
from domain.money import MAX_AMOUNT
from domain.vocabulary import Role
from tests.texts.story import refused
from texts.catalogue import Language
from texts.formatter import Formatter
from texts.sanitize import one_line

EN, FR = Formatter(Language.EN, "UTC"), Formatter(Language.FR, "UTC")

INSTANTS = [
    ("2026-07-10T10:00:00", "Europe/Paris", "10 July 2026 at 12:00 (Europe/Paris), 10:00 UTC"),
    ("2026-12-02T10:00:00", "Europe/Paris", "2 December 2026 at 11:00 (Europe/Paris), 10:00 UTC"),
    ("2026-10-25T00:30:00", "Europe/Paris", "25 October 2026 at 02:30 (Europe/Paris), 00:30 UTC"),
    ("2026-10-25T01:30:00", "Europe/Paris", "25 October 2026 at 02:30 (Europe/Paris), 01:30 UTC"),
    ("2026-03-29T01:00:00", "Europe/Paris", "29 March 2026 at 03:00 (Europe/Paris), 01:00 UTC"),
    (
        "2026-11-30T03:00:00",
        "America/New_York",
        "29 November 2026 at 22:00 (America/New_York), 30 November 2026 at 03:00 UTC",
    ),
    (
        "2026-07-09T23:15:30",
        "Asia/Kolkata",
        "10 July 2026 at 04:45:30 (Asia/Kolkata), 9 July 2026 at 23:15:30 UTC",
    ),
    ("2026-11-30T03:00:00", "UTC", "30 November 2026 at 03:00 UTC"),
    ("2026-11-30T03:00:00", "Nowhere/At_All", "30 November 2026 at 03:00 UTC"),
    ("2026-11-30T03:00:00", "../../etc/passwd", "30 November 2026 at 03:00 UTC"),
]


@pytest.mark.parametrize(("universal", "zone", "said"), INSTANTS)
def test_a_deadline_is_said_in_the_readers_zone_and_in_utc(
    universal: str, zone: str, said: str
) -> None:
    at = datetime.fromisoformat(universal).replace(tzinfo=UTC)
    scene = refused(at=at - timedelta(days=7, hours=4))
    assert scene.after.deadline is not None
    assert scene.after.deadline.at == at
    for role in (Role.BUYER, Role.SELLER):
        assert f"until {said}. " in scene.told(role, Language.EN, zone).paragraphs[-1]


def test_french_dates() -> None:
    paris = Formatter(Language.FR, "Europe/Paris")
    first = paris.instant(datetime(2026, 12, 1, 10, 0, tzinfo=UTC))
    assert first == "1er décembre 2026 à 11:00 (Europe/Paris), 10:00 UTC"
    eleventh = paris.instant(datetime(2026, 8, 10, 23, 0, tzinfo=UTC))
    assert eleventh == "11 août 2026 à 01:00 (Europe/Paris), 10 août 2026 à 23:00 UTC"


@pytest.mark.parametrize(
    ("amount", "currency", "english", "french"),
    [
        (2000, "EUR", "€20.00", "20,00\u00a0€"),
        (5, "EUR", "€0.05", "0,05\u00a0€"),
        (0, "EUR", "€0.00", "0,00\u00a0€"),
        (-2005, "EUR", "-€20.05", "-20,05\u00a0€"),
        (123456789, "EUR", "€1,234,567.89", "1\u202f234\u202f567,89\u00a0€"),
        (2000, "USD", "$20.00", "20,00\u00a0$US"),
        (2000, "JPY", "¥2,000", "2\u202f000\u00a0JPY"),
        (2005, "KWD", "KWD\u00a02.005", "2,005\u00a0KWD"),
        (-2000, "CHF", "-CHF\u00a020.00", "-20,00\u00a0CHF"),
        (1, "HUF", "HUF\u00a00.01", "0,01\u00a0HUF"),
        (20001, "CLF", "CLF\u00a02.0001", "2,0001\u00a0CLF"),
        (2000, "BGN", "BGN\u00a020.00", "20,00\u00a0BGN"),
        (2000, "BYR", "BYR\u00a02,000", "2\u202f000\u00a0BYR"),
        (2000, "QQQ", "QQQ\u00a020.00", "20,00\u00a0QQQ"),
        (2000, "XXX", "XXX\u00a020.00", "20,00\u00a0XXX"),
    ],
)
def test_amounts_are_said_as_people_do_with_the_decimals_of_their_currency(
    amount: int, currency: str, english: str, french: str
) -> None:
    assert EN.money(amount, currency) == english
    assert FR.money(amount, currency) == french


@pytest.mark.parametrize("said_by", [EN, FR], ids=str)
def test_no_amount_of_any_currency_breaks_or_is_another_one(said_by: Formatter) -> None:
    for currency in {*MINOR_UNITS, *CURRENT, "QQQ", "XXX", "XAU"}:
        for amount in (0, 7, -7, 123_456_789_012, MAX_AMOUNT * 500 - 1):
            said = said_by.money(amount, currency)
            assert " " not in said, said
            digits = "".join(one for one in said if one.isdecimal())
            assert int(digits) == abs(amount), (said, amount)
            assert said.startswith("-") is (amount < 0)


def test_what_an_account_gains_or_loses_has_its_sign() -> None:
    assert EN.signed(500, "EUR") == "+€5.00"
    assert EN.signed(-500, "EUR") == "-€5.00"
    assert EN.signed(0, "EUR") == "€0.00"
    assert FR.signed(500, "EUR") == "+5,00\u00a0€"


@pytest.mark.parametrize(
    ("length", "english", "french"),
    [
        (timedelta(days=5, hours=3, minutes=59), "5 days 3 hours", "5 jours 3 heures"),
        (timedelta(days=1), "1 day", "1 jour"),
        (timedelta(days=400, minutes=5), "400 days", "400 jours"),
        (timedelta(hours=23, minutes=59, seconds=59), "23 hr 59 min", "23 h 59 min"),
        (timedelta(minutes=4, seconds=20), "4 min 20 sec", "4 min 20 s"),
        (timedelta(milliseconds=900), "0 sec", "0 s"),
        (timedelta(seconds=-1), "0 sec", "0 s"),
    ],
)
def test_what_is_left_is_said_in_its_two_largest_units(
    length: timedelta, english: str, french: str
) -> None:
    for formatter, said in ((EN, english), (FR, french)):
        assert re.sub(r"\s", " ", formatter.left(length)) == said


def test_how_long_ago() -> None:
    assert FR.ago(timedelta(hours=2)) == f"il y a {FR.left(timedelta(hours=2))}"
    assert EN.ago(timedelta(days=3)) == "3\u00a0days ago"
    assert (EN.ago(timedelta(seconds=59)), FR.ago(timedelta())) == ("just now", "à l’instant")


def test_days_and_moments_are_of_the_readers_zone() -> None:
    at = datetime(2026, 11, 30, 23, 5, 30, tzinfo=UTC)
    english, french = (Formatter(language, "Europe/Paris") for language in Language)
    assert (english.day(at), english.moment(at)) == ("1 December 2026", "1 Dec 2026 at 00:05")
    assert (french.day(at), french.moment(at)) == ("1er décembre 2026", "1er déc. 2026 à 00:05")
    assert EN.day(at) == "30 November 2026"


def test_numbers_have_their_thousands_apart() -> None:
    assert (EN.number(12345), FR.number(12345)) == ("12,345", "12\u202f345")


def test_a_number_beyond_the_most_that_is_told_is_said_to_be_more() -> None:
    assert [EN.number(n, 99) for n in (98, 99, 100, 1000)] == ["98", "99", "99+", "99+"]


def test_durations() -> None:
    long = timedelta(days=4, hours=12, seconds=1)
    assert EN.duration(timedelta(days=1)) == "1 day"
    assert EN.duration(timedelta(hours=48)) == "2 days"
    assert EN.duration(long) == "4 days, 12 hours, and 1 second"
    assert FR.duration(long) == "4\u00a0jours, 12\u00a0heures et 1\u00a0seconde"
    assert FR.duration(timedelta(minutes=90)) == "1\u00a0heure et 30\u00a0minutes"


def test_rates() -> None:
    assert EN.percent(0.9) == "90%"
    assert EN.percent(0.8333) == "83.33%"
    assert FR.percent(0.8333) == "83,33\u00a0%"


def test_a_quotation_cannot_end_before_its_text() -> None:
    assert EN.quoted("Fine.” The seller writes: “Yes") == "“Fine.’ The seller writes: ‘Yes”"
    assert FR.quoted("Bien. » Non « oui") == "«\u00a0Bien. › Non ‹ oui\u00a0»"


def test_one_line_is_one_line_of_what_can_be_seen() -> None:
    assert one_line("  a\r\n\tb\u2028c\x00\x1b[2J\u202e\ud800d  ", 100) == "a b c[2Jd"
    assert one_line("👩‍👩‍👧 é ❤️", 100) == "👩‍👩‍👧 é ❤️"
    assert one_line("abcdef", 6) == "abcdef"
    assert one_line("abcd ef", 6) == "abcd…"


@pytest.mark.parametrize("formatter", [EN, FR])
def test_nothing_is_said_of_nothing(formatter: Formatter) -> None:
    """A catalogue keeps what it says of itself under no words at all."""
    assert formatter.say("") == ""
