"""Instants that somebody sends: in the one form in which they are given, so that no number is taken
for seconds since 1970."""

import re

from pydantic import BeforeValidator

_RFC_3339 = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE
)


def _as_written(value: object) -> object:
    """Leave to be judged what is written as an instant, and nothing else that is read as one."""
    if not (isinstance(value, str) and _RFC_3339.fullmatch(value)):
        raise ValueError("must be an instant with its offset, as in 2026-11-30T10:00:00Z")
    return value


WRITTEN_AS_INSTANT = BeforeValidator(_as_written)
"""Before a type of instants: only what is written by RFC 3339 comes to it."""
