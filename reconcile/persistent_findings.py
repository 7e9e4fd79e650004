"""What is found again and again: a step that is under way is no finding."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from domain.operator_text import counted

PATIENCE_SECONDS = 15.0
PAUSE_SECONDS = 0.5

Begins = Callable[[str], None]
"""Called with whatever begins and may last."""

Key = TypeVar("Key")
Found = TypeVar("Found")


def nobody(_: str) -> None:
    """Hear what begins, and tells nobody."""


async def persistent_findings(
    look: Callable[[Sequence[Key]], Awaitable[Mapping[Key, Found]]],
    these: Sequence[Key],
    patience: float,
    begins: Begins = nobody,
) -> list[Found]:
    """Return what `look` finds of these, and of that still finds after `patience` seconds.

    The first look may take longer than that: the seconds are counted from its end.
    """
    clock = asyncio.get_running_loop().time
    found = await look(these)
    # After the first look, which takes the longer the more orders there are.
    until = clock() + patience
    if found:
        begins(
            f"{counted(len(found), 'difference')}: looking again for up to {patience:g} s, since a"
            " step may be under way"
        )
    while found and clock() < until:
        await asyncio.sleep(PAUSE_SECONDS)
        found = await look(list(found))
    return list(found.values())
