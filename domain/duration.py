"""Durations as they are written: ISO 8601, between one second and one year."""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

SHORTEST = timedelta(seconds=1)
LONGEST = timedelta(days=366)


def _only_iso_8601(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value
    if isinstance(value, str) and value.startswith("P"):
        return value
    raise ValueError("must be an ISO 8601 duration, such as P3D or PT48H")


Duration = Annotated[
    timedelta,
    BeforeValidator(_only_iso_8601, json_schema_input_type=str),
    Field(ge=SHORTEST, le=LONGEST, examples=["P3D"]),
]
