"""Writes the histories that `tests/workflows/test_replay.py` replays: one order's life a file.

    .venv/bin/python -m tests.record_histories              # those that are missing
    .venv/bin/python -m tests.record_histories --all        # all of them, anew
    .venv/bin/python -m tests.record_histories junk outage  # these, anew

They are what orders that are under way look like to the next release. A replay that fails says that
such an order would stand still after it: keep the old way for them with `workflow.patched`, and
add a story for the new one. To write the histories anew instead is right only while no order runs
anywhere that was begun before.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from temporalio.testing import WorkflowEnvironment

from infra import temporal
from infra.embedded.temporal import temporal_path
from tests.workflows.stage import Stage
from tests.workflows.stories import BOTH_WAYS, STORIES
from workflows import attributes

HISTORIES = Path(__file__).parent / "histories"
IDENTITY = "tests.record_histories"
NAMES = [*STORIES, *(f"{name}.single_batch" for name in BOTH_WAYS)]
"""Of all histories; a story told with the SDK's flag has it in its name."""


def path_of(name: str) -> Path:
    """Where a history lies."""
    return HISTORIES / f"{name}.json"


async def record(server: WorkflowEnvironment, name: str) -> None:
    """Plays a story and writes its history down."""
    story, _, flag = name.partition(".")
    options = {"single_batch": bool(flag), "identity": IDENTITY}
    case = await STORIES[story](Stage(server, options=options))
    history = await case.handle.fetch_history()
    events = json.dumps(history.to_json_dict(), separators=(",", ":"))
    # Stack traces tell where it was recorded.
    path_of(name).write_text(events.replace(f"{HISTORIES.parent.parent}/", "") + "\n")
    sys.stdout.write(f"{name}: {len(history.events)} events\n")


@asynccontextmanager
async def running_server() -> AsyncIterator[WorkflowEnvironment]:
    """A real Temporal server, and nothing in what it writes that tells where it ran."""
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=str(temporal_path()),
        dev_server_log_level="error",
        search_attributes=[
            attributes.ORDER_STATE,
            attributes.ORDER_WAITS_FOR,
            attributes.ORDER_DEADLINE,
            attributes.BUYER_ID,
            attributes.SELLER_ID,
        ],
        plugins=[temporal.PLUGIN],
        identity=IDENTITY,
    ) as server:
        yield server


async def main(arguments: list[str]) -> None:
    """Records what is asked for."""
    wanted = [one for one in arguments if one != "--all"]
    if not wanted:
        wanted = [one for one in NAMES if "--all" in arguments or not path_of(one).exists()]
    HISTORIES.mkdir(exist_ok=True)
    async with running_server() as server:
        for name in wanted:
            await record(server, name)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
