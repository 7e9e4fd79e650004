"""Durations as they are written: ISO 8601, between one second and one year."""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter, ValidationError

SHORTEST = timedelta(seconds=1)
LONGEST = timedelta(days=366)


_PARSED: TypeAdapter[timedelta] = TypeAdapter(timedelta)


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


Duration = Annotated[
    timedelta,
    BeforeValidator(_iso_8601, json_schema_input_type=str),
    AfterValidator(_within_a_year),
    Field(
        examples=["P3D"],
        description="ISO 8601, between one second and 366 days.",
        json_schema_extra={"format": "duration"},
    ),
]
