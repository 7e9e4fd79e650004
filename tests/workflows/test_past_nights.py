"""Nights of an earlier release: they can be looked at, and one that is under way goes on.

How the histories come about: `tests/record_nights.py`.
"""

from datetime import timedelta

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from infra import temporal
from tests.record_nights import NIGHTS
from workflows import options
from workflows.reconciliation import ReconciliationWorkflow

NAMES = sorted(path.stem for path in NIGHTS.glob("*.json"))
CHECK_IS_UNDER_WAY = 5
"""So many events has a night whose first activity has been scheduled."""


def history_of(name: str) -> WorkflowHistory:
    """A recorded night."""
    return WorkflowHistory.from_json(name, (NIGHTS / f"{name}.json").read_text())


async def replay(history: WorkflowHistory) -> None:
    """Replays it as the product's worker does."""
    await Replayer(workflows=[ReconciliationWorkflow], plugins=[temporal.PLUGIN]).replay_workflow(
        history
    )


def test_there_are_nights_from_before_operators_were_told_and_since() -> None:
    assert NAMES == ["blind", "blind_and_silent", "operators_not_told", "operators_told"]


@pytest.mark.parametrize("name", NAMES)
async def test_a_night_of_old_can_be_looked_at(name: str) -> None:
    await replay(history_of(name))


@pytest.mark.parametrize("name", NAMES)
async def test_a_night_that_is_under_way_goes_on(name: str) -> None:
    night = history_of(name)
    await replay(WorkflowHistory(name, night.events[:CHECK_IS_UNDER_WAY]))


def test_a_night_is_over_before_the_next_one_is_due() -> None:
    limits = [
        options.looking(timedelta(seconds=30)),
        options.finding_operators(),
        options.telling_operator("tells olga"),
    ]
    longest = [one["schedule_to_close_timeout"] or timedelta.max for one in limits]
    assert sum(longest, timedelta()) < timedelta(hours=24)
