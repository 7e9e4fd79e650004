"""Values that a newer release has written, in the place of one of those that this one knows."""

from enum import StrEnum
from typing import TypeVar, cast

Kind = TypeVar("Kind", bound=StrEnum)


def known(kind: type[Kind], value: str) -> Kind:
    """Return a value as the member of an enumeration that it is. Where that has none it stays as it
    is kept: no list is lost for it, and who shows it finds out (`reading`)."""
    try:
        return kind(value)
    except ValueError:
        return cast("Kind", value)
