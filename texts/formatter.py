"""How sentences, amounts, instants and durations are said to one reader."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_symbol
from babel.units import format_unit

from domain.currencies import decimals
from domain.text import MAX_TEXT
from texts.catalogue import Language, msg, translated, translated_plural
from texts.directions import Closed
from texts.sanitize import one_line

AT = msg("%(date)s at %(time)s")

_NO_BREAK = "\u00a0"
_NO_SIGN = "¤"
"""What CLDR writes of what is no currency, such as XXX."""
_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))
"""With their seconds."""
_QUOTATION_MARKS = str.maketrans("“”„«»", "‘’‚‹›")
"""Inside a quotation there are single ones, so that no text can end its own and go on as ours."""


@dataclass(frozen=True)
class Formatter:
    """A language, and the time zone (an IANA name) in which instants are said beside UTC."""

    language: Language
    time_zone: str

    def say(self, sentence: str, values: Mapping[str, str] | None = None) -> str:
        """Say a sentence of the catalogue. The values are put in as they are, never interpreted,
        and only those that the sentence names are looked up; a direction that one turns ends with
        it."""
        return translated(self.language, sentence) % Closed({} if values is None else values)

    def counted(self, one: str, many: str, n: int, values: Mapping[str, str] | None = None) -> str:
        """Say the form of a sentence of the catalogue that belongs to `n`, which it may name."""
        sentence = translated_plural(self.language, one, many, n)
        return sentence % Closed({"n": self.number(n), **(values or {})})

    def number(self, n: int, most: int | None = None) -> str:
        """Write a number with its thousands apart: `1,234`, `1 234`; one beyond `most` as `most`
        and a plus."""
        if most is not None and n > most:
            return f"{self.number(most)}+"
        return str(format_decimal(n, locale=self.language.value))

    def labelled(self, label: str, text: str) -> str:
        """Say `label: text`, with the label translated."""
        return self.say(msg("%(label)s: %(text)s"), {"label": self.say(label), "text": text})

    def quoted(self, text: str) -> str:
        """Quote what somebody wrote, on one line and in quotation marks."""
        words = one_line(text, MAX_TEXT).translate(_QUOTATION_MARKS)
        return self.say(msg("“%(words)s”"), {"words": words})

    def money(self, amount: int, currency: str) -> str:
        """Write an amount in minor units as people do, without a break in it: `€20.00`, `20,00 €`,
        `CHF 20.00`, `¥2,000`. A currency without a sign of its own goes by its code."""
        places = decimals(currency)
        return format_currency(
            Decimal(amount).scaleb(-places),
            currency,
            format=self._pattern(currency, places),
            locale=self.language.value,
            currency_digits=False,
        )

    def signed(self, amount: int, currency: str) -> str:
        """Write what an account gains or loses, in minor units: `+€20.00`, `-€20.00`."""
        sign = "+" if amount > 0 else ""
        return f"{sign}{self.money(amount, currency)}"

    def _pattern(self, currency: str, places: int) -> str:
        """Return the language's own pattern, with the decimals of our table: Babel's is of today,
        and an amount of a currency that is gone is what it was."""
        usual = str(Locale(self.language.value).currency_formats["standard"].pattern)
        pattern = usual.replace(".00", f".{'0' * places}" if places else "")
        sign = get_currency_symbol(currency, locale=self.language.value)
        if sign == _NO_SIGN:
            pattern, sign = pattern.replace("¤", "¤¤"), currency
        return pattern.replace("¤#", f"¤{_NO_BREAK}#") if sign[-1].isalpha() else pattern

    def percent(self, rate: float) -> str:
        """Write a rate from 0 to 1 in per cent."""
        space = self._space.strip(" ")
        return format_percent(rate, format=f"0.##{space}%", locale=self.language.value)

    def duration(self, length: timedelta) -> str:
        """Write a duration, such as `4 days and 12 hours`; a day is 24 hours."""
        minutes, seconds = divmod(length.seconds, 60)
        hours, minutes = divmod(minutes, 60)
        counts = {"day": length.days, "hour": hours, "minute": minutes, "second": seconds}
        parts = [
            format_unit(count, unit, locale=self.language.value).replace(" ", self._space)
            for unit, count in counts.items()
            if count
        ]
        return format_list(parts, locale=self.language.value)

    def left(self, length: timedelta) -> str:
        """Write a length of time by its two largest units, rounded down: `5 days 3 hours`, and
        under a day shorter: `3 hr 12 min`. Nothing, and less than nothing, is `0 sec`."""
        seconds = max(0, int(length.total_seconds()))
        parts = []
        for unit, size in _UNITS:
            count, seconds = divmod(seconds, size)
            parts.append((count, unit))
        first = next((at for at, (count, _) in enumerate(parts) if count), len(parts) - 1)
        words: Literal["long", "short"] = "short" if first else "long"
        said = [
            format_unit(count, unit, length=words, locale=self.language.value)
            for at, (count, unit) in enumerate(parts[first : first + 2])
            if count or not at
        ]
        return " ".join(one.replace(" ", _NO_BREAK) for one in said)

    def ago(self, length: timedelta) -> str:
        """Say how long ago something was: `5 days 3 hours ago`; under a minute `just now`."""
        if length < timedelta(minutes=1):
            return self.say(msg("just now"))
        return self.say(msg("%(time)s ago"), {"time": self.left(length)})

    def day(self, at: datetime) -> str:
        """Write the day of an instant in the reader's time zone: `30 November 2026`."""
        return self._date(at.astimezone(zone_named(self.time_zone)), "d MMMM y")

    def moment(self, at: datetime) -> str:
        """Write an instant in the reader's time zone alone, and short: `30 Nov 2026 at 11:00`."""
        local = at.astimezone(zone_named(self.time_zone))
        values = {"date": self._date(local, "d MMM y"), "time": f"{local:%H:%M}"}
        return self.say(AT, values)

    def time(self, at: datetime) -> str:
        """Write the time of an instant in the reader's time zone alone: `11:00`."""
        return f"{at.astimezone(zone_named(self.time_zone)):%H:%M}"

    def instant(self, at: datetime) -> str:
        """Write an instant in the reader's time zone and in UTC, to the second."""
        zone = zone_named(self.time_zone)
        local, universal = self.in_both(at)
        return universal if zone.key == "UTC" else f"{local} ({zone.key}), {universal}"

    def in_both(self, at: datetime) -> tuple[str, str]:
        """Write an instant to the second, in the reader's time zone and again in UTC: the day is
        repeated where it is another one, or where there is no other zone to stand beside."""
        universal, zone = at.astimezone(UTC), zone_named(self.time_zone)
        local = at.astimezone(zone)
        beside = zone.key != "UTC" and local.date() == universal.date()
        return self._moment(
            local
        ), f"{_clock(universal) if beside else self._moment(universal)} UTC"

    def _moment(self, at: datetime) -> str:
        return self.say(AT, {"date": self._date(at, "d MMMM y"), "time": _clock(at)})

    def _date(self, at: datetime, pattern: str) -> str:
        date = format_date(at, pattern, locale=self.language.value)
        is_first = self.language is Language.FR and at.day == 1
        return date.replace("1", "1er", 1) if is_first else date

    @property
    def _space(self) -> str:
        """Return what stands between a number and its unit."""
        return _NO_BREAK if self.language is Language.FR else " "


def zone_named(name: str) -> ZoneInfo:
    """Return a time zone; where this machine does not know it, UTC, which is said with every
    instant and right for everybody: a message must not stay unwritten."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def _clock(at: datetime) -> str:
    return f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"
