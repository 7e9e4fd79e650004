"""A whole drill: a stack is lost and comes back in each of some ways."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.drill import first_stack
from tests.drill.after import Outcome, played
from tests.drill.first_stack import Rescued
from tests.drill.oracles import violations
from tests.drill.receivers import receivers
from tests.drill.restoring import WAYS, Way

Say = Callable[[str], None]


async def drilled(
    place: Path, orders: int, ways: Sequence[Way] = WAYS, say: Say = lambda _: None
) -> tuple[Rescued, list[tuple[Outcome, list[str]]]]:
    """What was rescued, and of each way what came of it and what does not hold."""
    done = []
    async with receivers() as ends:
        rescued = await first_stack.lost(place, ends, orders)
        shutil.rmtree(place / "first")
        say(f"{len(rescued.books.orders)} orders; all is lost but the backups.")
        for number, way in enumerate(ways):
            outcome = await played(way, rescued, place / f"restored-{number}", ends)
            found = violations(rescued, outcome)
            say(f"{'✗' if found else '✓'} {way.name}: {outcome.seconds:.0f} s")
            done.append((outcome, found))
    return rescued, done
