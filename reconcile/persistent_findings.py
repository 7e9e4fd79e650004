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
    """Return what `look` finds of these, and of that still finds after `patience` seconds.

    The first look may take longer than that: the seconds are counted from its end.
    """
    clock = asyncio.get_running_loop().time
    found = await look(these)
    # After the first look, which takes the longer the more orders there are.
    until = clock() + patience
    while found and clock() < until:
        await asyncio.sleep(PAUSE_SECONDS)
        found = await look(list(found))
    return list(found.values())
