"""Writes the histories of nights that `tests/workflows/test_past_nights.py` replays.

    .venv/bin/python -m tests.record_nights operators_told blind

A name that begins with `blind` is that of a night in which nothing could be looked at.

A night that is over is replayed when somebody looks at it in the Web UI, and one that is under way
when its worker is replaced. What an earlier release did at night can only be recorded with that
release: its history stays as it is, and a new one is put beside it.
"""

import asyncio
import json
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from temporalio import activity
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from tests.record_histories import IDENTITY, running_server
from tests.workflows.fingerprints import HISTORIES
from workflows.options import SENDING_QUEUE
from workflows.order import TASK_QUEUE
from workflows.reconciliation import ReconciliationWorkflow

BLIND = "blind"
NIGHTS = HISTORIES / "nights"
FOUND = {"orders": 7, "books": 1, "differing": 1, "first": ["order 1: is lost", "order 2: too"]}


@activity.defn(name="check_everything")
async def check_everything() -> dict[str, Any]:
    """Finds something, unless the night is a blind one."""
    if str(activity.info().workflow_id).startswith(BLIND):
        raise ApplicationError("the database did not answer", non_retryable=True)
    return FOUND


@activity.defn(name="operators_to_tell")
async def operators_to_tell() -> dict[str, Any]:
    """Two of them."""
    return {"user_ids": ["olga", "oscar"]}


@activity.defn(name="tell_operator")
async def tell_operator(_: dict[str, Any]) -> str | None:
    """Reaches only one."""
    return None if activity.info().activity_id == "2" else "mails have been switched off"


STAND_INS: list[Callable[..., Any]] = [check_everything, operators_to_tell, tell_operator]


async def record(server: WorkflowEnvironment, name: str) -> None:
    """Has a night's work done by stand-ins, and writes its history down."""
    async with (
        Worker(server.client, task_queue=TASK_QUEUE, workflows=[ReconciliationWorkflow]),
        Worker(server.client, task_queue=SENDING_QUEUE, activities=STAND_INS),
    ):
        handle = await server.client.start_workflow(
            ReconciliationWorkflow.run, id=name, task_queue=TASK_QUEUE
        )
        with suppress(WorkflowFailureError):
            await handle.result()
    history = await handle.fetch_history()
    events = json.dumps(history.to_json_dict(), separators=(",", ":"))
    (NIGHTS / f"{name}.json").write_text(events + "\n")
    sys.stdout.write(f"{name}: {len(history.events)} events, by {IDENTITY}\n")


async def main(names: list[str]) -> None:
    """Records a night under each of these names."""
    NIGHTS.mkdir(exist_ok=True)
    async with running_server() as server:
        for name in names:
            await record(server, name)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
