"""How sentences, amounts, instants and durations are said to one reader."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal, format_percent
from babel.units import format_unit

from domain.currencies import decimals
from domain.text import MAX_TEXT
from texts.catalogue import Language, msg, translated, translated_plural
from texts.sanitize import one_line

_NO_BREAK = "\u00a0"
_QUOTATION_MARKS = str.maketrans("“”„«»", "‘’‚‹›")
"""Inside a quotation there are single ones, so that no text can end its own and go on as ours."""


@dataclass(frozen=True)
class Formatter:
    """A language, and the time zone (an IANA name) in which instants are said beside UTC."""

    language: Language
    time_zone: str

    def say(self, sentence: str, values: Mapping[str, str] | None = None) -> str:
        """Say a sentence of the catalogue. The values are put in as they are, never interpreted,
        and only those that the sentence names are looked up."""
        return translated(self.language, sentence) % ({} if values is None else values)

    def counted(self, one: str, many: str, n: int, values: Mapping[str, str] | None = None) -> str:
        """Say the form of a sentence of the catalogue that belongs to `n`, which it may name."""
        sentence = translated_plural(self.language, one, many, n)
        return sentence % {"n": self.number(n), **(values or {})}

    def number(self, n: int) -> str:
        """Write a number with its thousands apart: `1,234`, `1 234`."""
        return str(format_decimal(n, locale=self.language.value))

    def labelled(self, label: str, text: str) -> str:
        """Say `label: text`, with the label translated."""
        return self.say(msg("%(label)s: %(text)s"), {"label": self.say(label), "text": text})

    def quoted(self, text: str) -> str:
        """Quote what somebody wrote, on one line and in quotation marks."""
        words = one_line(text, MAX_TEXT).translate(_QUOTATION_MARKS)
        return self.say(msg("“%(words)s”"), {"words": words})

    def money(self, amount: int, currency: str) -> str:
        """Write an amount in minor units as people do: `20.00 EUR`, `20,00 EUR`, `20 JPY`."""
        places = decimals(currency)
        fraction = f".{'0' * places}" if places else ""
        return format_currency(
            Decimal(amount).scaleb(-places),
            currency,
            format=f"0{fraction}{self._space}¤¤",
            locale=self.language.value,
            currency_digits=False,
        )

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

    def instant(self, at: datetime) -> str:
        """Write an instant in the reader's time zone and in UTC, to the second."""
        universal = at.astimezone(UTC)
        zone = _zone(self.time_zone)
        if zone.key == "UTC":
            return f"{self._moment(universal)} UTC"
        local = at.astimezone(zone)
        same_day = local.date() == universal.date()
        in_utc = _clock(universal) if same_day else self._moment(universal)
        return f"{self._moment(local)} ({zone.key}), {in_utc} UTC"

    def _moment(self, at: datetime) -> str:
        date = format_date(at, "d MMMM y", locale=self.language.value)
        if self.language is Language.FR and at.day == 1:
            date = date.replace("1", "1er", 1)
        return self.say(msg("%(date)s at %(time)s"), {"date": date, "time": _clock(at)})

    @property
    def _space(self) -> str:
        """Return what stands between a number and its unit."""
        return _NO_BREAK if self.language is Language.FR else " "


def _zone(name: str) -> ZoneInfo:
    """Return a time zone; where this machine does not know it, UTC, which is said with every
    instant and right for everybody: a message must not stay unwritten."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def _clock(at: datetime) -> str:
    return f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"
