"""How instants, amounts, durations and rates are said."""

from datetime import UTC, datetime, timedelta

import pytest

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
        (2000, "EUR", "20.00 EUR", "20,00\u00a0EUR"),
        (5, "EUR", "0.05 EUR", "0,05\u00a0EUR"),
        (0, "EUR", "0.00 EUR", "0,00\u00a0EUR"),
        (123456789, "EUR", "1234567.89 EUR", "1234567,89\u00a0EUR"),
        (2000, "JPY", "2000 JPY", "2000\u00a0JPY"),
        (2000, "KWD", "2.000 KWD", "2,000\u00a0KWD"),
        (1, "HUF", "0.01 HUF", "0,01\u00a0HUF"),
        (2000, "BGN", "20.00 BGN", "20,00\u00a0BGN"),
        (2000, "BYR", "2000 BYR", "2000\u00a0BYR"),
        (2000, "QQQ", "20.00 QQQ", "20,00\u00a0QQQ"),
    ],
)
def test_amounts_have_the_decimals_of_their_currency(
    amount: int, currency: str, english: str, french: str
) -> None:
    assert EN.money(amount, currency) == english
    assert FR.money(amount, currency) == french


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
