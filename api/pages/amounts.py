"""Amounts and lengths of time as people write them: "12,50", "12.50" and "1 234,50" are read
exactly. Nothing is rounded or guessed: "1,234" of a currency with two decimals is refused."""

import re
import unicodedata
from datetime import timedelta

from babel.numbers import get_currency_symbol

from domain.currencies import decimals
from texts.catalogue import Language

LONGEST_NUMBER = 40
UNIT_SECONDS = {"days": 86400, "hours": 3600}

_HUNDREDTHS = 2
_WRITTEN = re.compile(r"(?P<units>\d+|\d{1,3}([ '’.,])\d{3}(\2\d{3})*)([.,](?P<rest>\d+))?")
_SIGNED = re.compile(r"[-−]\s?")


class NotANumber(ValueError):
    """What was written is no number, or could be two."""


class TooExact(ValueError):
    """A number has more decimals than there are in its currency, or than are read."""


def sign_of(currency: str, language: Language) -> str:
    """Return the sign by which people know a currency, or its code."""
    sign = get_currency_symbol(currency, locale=language.value)
    return currency if sign == "¤" else sign


def minor_units(text: str, currency: str) -> int:
    """Read an amount; its currency may stand beside it.

    Raises:
        NotANumber: it is none, or could be two.
        TooExact: the currency has no such small parts.
    """
    bare = unicodedata.normalize("NFKC", text).strip()
    for beside in {currency, *(sign_of(currency, one) for one in Language)}:
        bare = bare.removesuffix(beside).removeprefix(beside).strip()
    return hundredths(bare, decimals(currency))


def length_of(text: str, unit: str) -> timedelta:
    """Read a length of time: a number with up to two decimals, and its unit.

    Raises:
        NotANumber: one of them is none.
        TooExact: the number has more decimals.
        OverflowError: it is longer than any.
    """
    if unit not in UNIT_SECONDS:
        raise NotANumber(unit)
    parts = hundredths(unicodedata.normalize("NFKC", text).strip(), _HUNDREDTHS)
    return timedelta(seconds=parts * UNIT_SECONDS[unit] // 100)


def hundredths(text: str, places: int) -> int:
    """Read a number as so many of its smallest parts, of which it has `places` decimals.

    Raises:
        NotANumber: it is none, or could be two.
        TooExact: it has more decimals.
    """
    sign = _SIGNED.match(text)
    bare = text[sign.end() :] if sign else text
    if len(bare) > LONGEST_NUMBER or (not bare.isascii() and "’" not in bare):
        raise NotANumber(text)
    units, rest = _split(bare, places)
    if len(rest) > places:
        raise TooExact(text)
    found = int(units + rest.ljust(places, "0"))
    return -found if sign else found


def _split(bare: str, places: int) -> tuple[str, str]:
    """Return the digits before and after the decimal mark."""
    found = _WRITTEN.fullmatch(bare)
    if found is None:
        raise NotANumber(bare)
    units, mark, rest = found["units"], found[2], found["rest"] or ""
    before = len(units)
    if rest and mark in (".", ",") and bare[before] == mark:
        raise NotANumber(bare)  # one mark for two things
    if not mark and len(rest) == 3 and before <= 3 and places == 0:
        return _digits(units + rest), ""  # there are no decimals that it could mean
    return _digits(units), rest


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)
