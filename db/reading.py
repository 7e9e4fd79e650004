"""Rows that may be spoiled: reading one of them may fail, and only its own reader may notice."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from db.errors import Spoiled


@contextmanager
def reading(what: str, known_to: Collection[str] = ()) -> Iterator[None]:
    """Make something of one row that was fetched; `what` names it, as in `order …`.

    Raises:
        Spoiled: nothing can be made of it.
    """
    try:
        yield
    except Spoiled:
        raise
    except Exception as error:  # a row can be odd in any way, and must not be so for others
        raise Spoiled(what, type(error).__name__, known_to) from error
