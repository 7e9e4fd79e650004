"""Where the console's lists are, by what each is narrowed to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlencode


def narrowed(page: str, by: Mapping[str, Any]) -> str:
    """Return the address of a list that is narrowed by this; what is empty is left out."""
    pairs = {name: value for name, value in by.items() if value}
    return f"{page}?{urlencode(pairs)}" if pairs else page


@dataclass(frozen=True)
class ListQuery:
    """What is looked for in the list at `place`, each field once at the most; empty: anything."""

    place: ClassVar[str]

    def address(self, page: str | None = None, **instead: Any) -> str:
        """Return the address of the list, or of another `page` of the same, with some of what is
        looked for otherwise; None leaves it out."""
        return narrowed(page or self.place, {**vars(self), **instead})
