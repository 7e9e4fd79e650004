"""Durations as they are written: ISO 8601, in days of 24 hours and parts of them.

What is read may have weeks, months and years too, of 7, 30 and 365 days: years were once written.
"""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    TypeAdapter,
    ValidationError,
)
from pydantic.config import JsonDict

SHORTEST = timedelta(seconds=1)
LONGEST = timedelta(days=366)
DAY = timedelta(days=1)
KEPT_AT_LEAST, KEPT_AT_MOST = timedelta(days=90), timedelta(days=3650)
"""The first is the database's own limit too, in `prune_ended_orders`."""

MOVED_AT_MOST = timedelta(days=3650)

_NUMBER = "[0-9]+([.,][0-9]*)?"
_DAYS, _HOURS = f"{_NUMBER}[YMWD]", f"{_NUMBER}[HMS]"
PATTERN = f"^P(({_DAYS})+(T({_HOURS})*)?|T({_HOURS})+)$"
"""What a duration looks like to those who cannot ask the parser; it takes hardly anything else."""

_OF_SCHEMA: JsonDict = {"format": "duration", "pattern": PATTERN}
_PARSED: TypeAdapter[timedelta] = TypeAdapter(timedelta)


def parsed(text: str) -> timedelta:
    """Return the duration that a text says.

    Raises:
        ValueError: it is none.
    """
    return _iso_8601(text)


def _iso_8601(value: Any) -> timedelta:
    if isinstance(value, timedelta):
        return value
    try:
        if isinstance(value, str) and value.startswith("P"):
            return _PARSED.validate_python(value)
    except ValidationError:
        pass
    raise ValueError("must be an ISO 8601 duration, such as P3D or PT48H")


def _within_a_year(value: timedelta) -> timedelta:
    if not SHORTEST <= value <= LONGEST:
        raise ValueError("must be between one second and one year")
    return value


def _kept_for_long(value: timedelta) -> timedelta:
    if not KEPT_AT_LEAST <= value <= KEPT_AT_MOST:
        raise ValueError("must be between 90 days and ten years")
    return value


def _moved_at_once(value: timedelta) -> timedelta:
    if not SHORTEST <= value <= MOVED_AT_MOST:
        raise ValueError("must be between one second and ten years")
    return value


def written(value: timedelta) -> str:
    """Write a duration as ISO 8601, without pydantic's years, which are longer to who knows of leap
    years."""
    days, rest = divmod(value, DAY)
    of_a_day: str = _PARSED.dump_python(rest, mode="json")
    if not days:
        return of_a_day
    return f"P{days}D{of_a_day.removeprefix('P') if rest else ''}"


Length = Annotated[
    timedelta,
    PlainSerializer(written, return_type=str, when_used="json"),
    Field(json_schema_extra=_OF_SCHEMA),
]
"""A length of time, from zero to any number of days."""

Duration = Annotated[
    Length,
    BeforeValidator(_iso_8601, json_schema_input_type=str),
    AfterValidator(_within_a_year),
    Field(
        examples=["P3D"],
        description="ISO 8601, between one second and 366 days.",
        json_schema_extra=_OF_SCHEMA,
    ),
]

Kept = Annotated[Length, BeforeValidator(_iso_8601), AfterValidator(_kept_for_long)]
"""How long something is kept: between 90 days and ten years."""

Moved = Annotated[
    Length,
    BeforeValidator(_iso_8601, json_schema_input_type=str),
    AfterValidator(_moved_at_once),
    Field(
        examples=["P7D"],
        description="ISO 8601, between one second and ten years of 365 days.",
        json_schema_extra=_OF_SCHEMA,
    ),
]
"""How far a clock is moved at once."""
