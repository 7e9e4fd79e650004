"""What is found again and again: a step that is under way is no finding."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

PATIENCE_SECONDS = 15.0
PAUSE_SECONDS = 0.5

Key = TypeVar("Key")
Found = TypeVar("Found")


async def persistent_findings(
    look: Callable[[Sequence[Key]], Awaitable[Mapping[Key, Found]]],
    these: Sequence[Key],
    patience: float,
) -> list[Found]:
    """What `look` finds of these, and of what it found still finds after so many seconds.

    The first look may take longer than that: the seconds are counted from its end.
    """
    clock = asyncio.get_running_loop().time
    found = await look(these)
    until = clock() + patience
    while found and clock() < until:
        await asyncio.sleep(PAUSE_SECONDS)
        found = await look(list(found))
    return list(found.values())
