"""Writes the histories that `tests/workflows/test_replay.py` replays: one order's life a file.

    .venv/bin/python -m tests.record_histories              # stories that have none
    .venv/bin/python -m tests.record_histories junk outage  # these once more, beside what is there
    .venv/bin/python -m tests.record_histories --forget     # all of them, anew

They are what orders that are under way look like to the next release. A replay that fails says that
such an order would stand still after it: keep the old way for them with `workflow.patched`, and
record the new one beside it. To forget the old ones is right only while no order runs anywhere that
was begun before.
"""

import asyncio
import itertools
import json
import sys
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from temporalio.testing import WorkflowEnvironment

from tests.temporal_server import local_server
from tests.workflows import fingerprints
from tests.workflows.commands import commands_in
from tests.workflows.fingerprints import path_of, recorded, story_of
from tests.workflows.stage import Stage
from tests.workflows.stories import BOTH_WAYS, STORIES

ROOT = Path(__file__).parent.parent
IDENTITY = "tests.record_histories"
NAMES = [*STORIES, *(f"{name}.single_batch" for name in BOTH_WAYS)]
"""Of the stories' first histories; one told with the SDK's flag has it in its name. Further ones
are numbered: `junk.2`."""


async def record(server: WorkflowEnvironment, name: str) -> None:
    """Plays a story and writes its history down."""
    story, single_batch = story_of(name)
    options = {"single_batch": single_batch, "identity": IDENTITY}
    case = await STORIES[story](Stage(server, options=options))
    history = await case.handle.fetch_history()
    events = json.dumps(history.to_json_dict(), separators=(",", ":"))
    # Stack traces tell where it was recorded.
    path_of(name).write_text(events.replace(f"{ROOT}/", "") + "\n")
    fingerprints.write({**fingerprints.read(), name: commands_in(history)})
    sys.stdout.write(f"{name}: {len(history.events)} events\n")


def to_record(arguments: Sequence[str]) -> list[str]:
    """The names of the histories that are asked for."""
    taken = {*recorded(), *fingerprints.read()}
    if not arguments:
        return [name for name in NAMES if name not in taken]
    return [beside(name, taken) for name in arguments]


def beside(name: str, taken: Collection[str]) -> str:
    """The name itself while it is free, then with the next number."""
    numbered = (f"{name}.{number}" for number in itertools.count(2))
    return next(one for one in itertools.chain([name], numbered) if one not in taken)


def forget() -> None:
    """Takes away all histories and their fingerprints."""
    for name in recorded():
        path_of(name).unlink()
    fingerprints.write({})


@asynccontextmanager
async def running_server() -> AsyncIterator[WorkflowEnvironment]:
    """A real Temporal server, and nothing in what it writes that tells where it ran."""
    async with await local_server(identity=IDENTITY) as server:
        yield server


async def main(arguments: list[str]) -> None:
    """Records what is asked for."""
    if "--forget" in arguments:
        forget()
    wanted = to_record([one for one in arguments if one != "--forget"])
    async with running_server() as server:
        for name in wanted:
            await record(server, name)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
