"""Writes the histories of tellings that `tests/workflows/test_past_tellings.py` replays.

    .venv/bin/python -m tests.record_tellings gathered

A telling that waits for a mail server may take days, and goes on with the release that comes
meanwhile. What an earlier release did can only be recorded with that release: its history stays as
it is, and a new one is put beside it.
"""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from temporalio import activity
from temporalio.client import WorkflowFailureError, WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from tests.temporal_server import time_skipping_server
from tests.workflows.fingerprints import HISTORIES
from workflows.notifications import NotificationWorkflow
from workflows.options import SENDING_QUEUE
from workflows.order import TASK_QUEUE
from workflows.start import NotificationStart

TELLINGS = HISTORIES / "tellings"
IDENTITY = "tests.record_tellings"
AWAY = {"event": "order.accepted", "pending": 1, "problems": ["e-mail to the buyer: away"]}
DONE = {"event": "order.accepted", "delivered": 1}
WAITS = {"event": "order.accepted", "pending": 1, "waiting": 1, "due_in": 300.0}

ANSWERS: dict[str, Callable[[int], dict[str, Any]]] = {
    "delivered": lambda _: DONE,
    "tried_again": lambda attempt: AWAY if attempt < 4 else DONE,
    "given_up": lambda _: AWAY,
    "not_waited_for": lambda _: AWAY,
    "cancelled": lambda _: AWAY,
    "gathered": lambda attempt: WAITS if attempt < 3 else DONE,
    "gathered_beside_a_failure": lambda attempt: (
        {**WAITS, "pending": 2} if attempt < 3 else AWAY if attempt < 6 else DONE
    ),
}
"""What each attempt of a story comes to, by its number from 1."""

_attempts: Counter[str] = Counter()


@activity.defn(name="send_notifications")
async def send_notifications(step: dict[str, Any]) -> dict[str, Any]:
    """An attempt of a story."""
    story = step["order_id"]
    _attempts[story] += 1
    return ANSWERS[story](_attempts[story])


@activity.defn(name="give_up_notifications")
async def give_up_notifications(_: dict[str, Any]) -> dict[str, Any]:
    """The end of all attempts."""
    return {"event": "order.accepted", "failed": 1}


async def meanwhile(
    story: str, server: WorkflowEnvironment, handle: WorkflowHandle[Any, Any]
) -> None:
    """What somebody does while the story goes on."""
    if story == "not_waited_for":
        await server.sleep(3_600)
        await handle.signal("try_now")
    if story == "cancelled":
        await server.sleep(3_600)
        await handle.cancel()


async def record(server: WorkflowEnvironment, story: str) -> None:
    """Has stand-ins tell people, and writes the workflow's history down."""
    handle = await server.client.start_workflow(
        NotificationWorkflow.run,
        NotificationStart(order_id=story, seq=2),
        id=story,
        task_queue=TASK_QUEUE,
    )
    await meanwhile(story, server, handle)
    with suppress(WorkflowFailureError):
        await handle.result()
    history = await handle.fetch_history()
    events = json.dumps(history.to_json_dict(), separators=(",", ":"))
    (TELLINGS / f"{story}.json").write_text(events + "\n")
    sys.stdout.write(f"{story}: {len(history.events)} events\n")


async def main(stories: list[str]) -> None:
    """Records each of these stories."""
    TELLINGS.mkdir(exist_ok=True)
    async with (
        await time_skipping_server(identity=IDENTITY) as server,
        Worker(server.client, task_queue=TASK_QUEUE, workflows=[NotificationWorkflow]),
        Worker(
            server.client,
            task_queue=SENDING_QUEUE,
            activities=[send_notifications, give_up_notifications],
        ),
    ):
        for story in stories:
            await record(server, story)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
