"""Lists of work, of which the oldest is looked at first, a part at a time."""

from collections.abc import Collection
from typing import Generic, TypeVar

BATCH = 100
"""How much of a list is looked at together."""

Key = TypeVar("Key")


class WorkList(Generic[Key]):
    """Knows what stayed on a list of work though it was looked at, for the next look to go on
    behind it: what cannot be done, or waits for somebody, hides nothing that can. Where the list
    ends, it is looked at from its head again."""

    def __init__(self) -> None:
        self._stayed: set[Key] = set()

    @property
    def passed(self) -> list[Key]:
        """Return what the next look passes over."""
        return list(self._stayed)

    def looked_at(self, found: Collection[Key], done: Collection[Key] = ()) -> bool:
        """Note what a look found, and what of it was done; return whether that was all of a whole
        part, so that there may be more to do at once."""
        if len(found) < BATCH:
            self._stayed.clear()
        else:
            self._stayed.update(set(found).difference(done))
        return len(done) == BATCH
