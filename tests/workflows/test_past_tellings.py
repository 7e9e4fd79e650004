"""What an earlier release tells people goes on under this one, wherever it stands, and can be
looked at when it is over.

How the histories come about: `tests/record_tellings.py`.
"""

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from infra import temporal
from tests.record_tellings import ANSWERS, TELLINGS
from workflows.notifications import NotificationWorkflow

NAMES = sorted(path.stem for path in TELLINGS.glob("*.json"))
TASK_STARTED = EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED


def history_of(name: str) -> WorkflowHistory:
    """A recorded telling."""
    return WorkflowHistory.from_json(name, (TELLINGS / f"{name}.json").read_text())


async def replay(history: WorkflowHistory) -> None:
    """Replays it as the product's worker does."""
    await Replayer(workflows=[NotificationWorkflow], plugins=[temporal.PLUGIN]).replay_workflow(
        history
    )


def test_every_story_is_recorded() -> None:
    assert sorted(ANSWERS) == NAMES


@pytest.mark.parametrize("name", NAMES)
async def test_one_that_is_over_can_be_looked_at(name: str) -> None:
    await replay(history_of(name))


@pytest.mark.parametrize("name", NAMES)
async def test_one_that_is_under_way_goes_on(name: str) -> None:
    history = history_of(name)
    tasks = [n for n, one in enumerate(history.events, 1) if one.event_type == TASK_STARTED]
    for until in (tasks[len(tasks) // 2], tasks[-1]):
        await replay(WorkflowHistory(name, history.events[:until]))
