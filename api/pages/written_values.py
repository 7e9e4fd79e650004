"""Amounts, lengths of time and currencies as they stand in the fields of a form."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from babel.numbers import get_currency_name
from pydantic import ValidationError

from api.pages.field_words import UNITS
from api.pages.forms import Form
from domain.actions import FIELDS
from domain.currencies import CURRENT, decimals
from domain.money import Money
from domain.vocabulary import Action
from texts.catalogue import Language
from texts.formatter import Formatter

USUAL = ("EUR", "USD", "GBP", "CHF", "CAD", "JPY")
"""What stands first where a currency is chosen."""


def amount_written(value: Money, language: Language) -> str:
    """Write an amount as it is written in a field: `12.50`, `12,50`."""
    places = decimals(value.currency)
    digits = f"{Decimal(value.amount).scaleb(-places):.{places}f}"
    return digits.replace(".", ",") if language is Language.FR else digits


def length_written(length: timedelta, language: Language) -> tuple[str, str]:
    """Write a length of time as it is written in a field: a number, and its unit."""
    hours = Decimal(int(length.total_seconds())) / 3600
    unit, number = ("days", hours / 24) if hours % 24 == 0 else ("hours", hours)
    digits = f"{number.quantize(Decimal('0.01')):f}"
    digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return (digits.replace(".", ",") if language is Language.FR else digits), unit


def units(formatter: Formatter) -> list[dict[str, str]]:
    """Return in what lengths of time are written."""
    return [{"value": value, "label": formatter.say(label)} for value, label in UNITS.items()]


@cache
def currencies(language: Language) -> tuple[dict[str, str], ...]:
    """Return what prices can be in, the usual ones first."""
    rest = sorted(set(CURRENT) - set(USUAL))
    return tuple(
        {"value": code, "label": f"{code} · {get_currency_name(code, locale=language.value)}"}
        for code in (*USUAL, *rest)
    )


def form_of(action: Action, kept: dict[str, Any], language: Language) -> Form:
    """Return the form in which an action's fields were written; an empty one where they cannot be
    read any more."""
    try:
        fields = FIELDS[action].model_validate(kept)
    except ValidationError:
        return Form(())
    return Form(tuple(pair for name, value in fields for pair in _pairs(name, value, language)))


def _pairs(name: str, value: Any, language: Language) -> Iterator[tuple[str, str]]:
    match value:
        case None:
            return
        case Money():
            yield name, amount_written(value, language)
        case timedelta():
            number, unit = length_written(value, language)
            yield from ((name, number), (f"{name}_unit", unit))
        case tuple():
            yield from ((name, str(one)) for one in value)
        case _:
            yield name, str(value)
