"""Orders that were begun by an earlier version of the workflow go on under this one.

How the histories come about: `tests/record_histories.py`.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

import workflows.order
from domain.vocabulary import State
from infra import temporal
from infra.payloads import DATA_CONVERTER
from tests.record_histories import HISTORIES, NAMES, path_of
from tests.workflows import stories
from tests.workflows.gate import patchable
from tests.workflows.mutated import PausesFirst, SetsNoTimer, ShowsFirst
from tests.workflows.stage import (
    ACCEPT,
    DELIVER,
    REFUSE,
    REVISE,
    SINGLE_BATCH,
    Stage,
    brought_to,
    failures,
    kind_of,
    said,
)
from workflows.order import OrderWorkflow


def history_of(name: str) -> WorkflowHistory:
    """A recorded history."""
    return WorkflowHistory.from_json("order-of-old", path_of(name).read_text())


def replayer(workflow: type = OrderWorkflow, *, single_batch: bool = False) -> Replayer:
    """Replays as the product's worker does."""
    found = Replayer(workflows=[workflow], plugins=[temporal.PLUGIN])
    found._set_default_workflow_logic_flag(SINGLE_BATCH, enabled=single_batch)
    return found


def test_every_story_has_its_history_and_there_are_no_others() -> None:
    assert sorted(NAMES) == sorted(path.stem for path in HISTORIES.glob("*.json"))


@pytest.mark.parametrize("single_batch", [False, True], ids=["signals first", "single batch"])
async def test_orders_of_old_go_on(single_batch: bool) -> None:
    assert {} == await failures_of(replayer(single_batch=single_batch), NAMES)


async def failures_of(replays: Replayer, names: Sequence[str]) -> dict[str, Exception]:
    """The histories of these names that cannot be replayed, and why."""
    histories = {name: history_of(name) for name in names}
    name_of = {history.run_id: name for name, history in histories.items()}
    assert len(names) == len(name_of)

    async def all_of_them() -> AsyncIterator[WorkflowHistory]:
        for history in histories.values():
            yield history

    replay = await replays.replay_workflows(all_of_them(), raise_on_replay_failure=False)
    return {name_of[run_id]: why for run_id, why in replay.replay_failures.items()}


def test_the_flag_is_on_in_the_histories_that_are_named_for_it() -> None:
    flagged = [name for name in NAMES if SINGLE_BATCH in flags_of(history_of(name))]
    assert [name for name in NAMES if name.endswith(".single_batch")] == flagged


def flags_of(history: WorkflowHistory) -> set[int]:
    """The flags of the SDK that a history was made with."""
    return {
        flag
        for event in history.events
        for flag in event.workflow_task_completed_event_attributes.sdk_metadata.lang_used_flags
    }


def test_no_workflow_task_failed_when_they_were_recorded() -> None:
    kinds = {name: {kind_of(event) for event in history_of(name).events} for name in NAMES}
    assert [] == [name for name, found in kinds.items() if "WORKFLOW_TASK_FAILED" in found]


@pytest.mark.parametrize("single_batch", [False, True], ids=["signals first", "single batch"])
async def test_an_order_goes_on_where_every_workflow_task_begins_from_its_history(
    single_batch: bool, unmanned: Stage
) -> None:
    """As on a worker whose cache is full: each task is a replay."""
    async with unmanned.working(single_batch=single_batch, max_cached_workflows=0):
        case = await brought_to(await unmanned.order(), ACCEPT, DELIVER, REVISE, REFUSE)
        await case.rests()
        await case.handle.cancel()
        assert State.CANCELLED == (await case.handle.result()).kind
    assert ["accept", "deliver", "request_revision", "refuse_revision", "cancel"] == case.told
    assert [] == failures(await case.history())


# --- what a life costs ---------------------------------------------------------------------------

LIFE = 45 * 1.1
"""Temporal events of the life in the story `life` where no step waits for anybody, and a tenth."""

LIFE_WITH_PAUSES = 70 * 1.1
"""The same where each step waits until the order rests, under a timer that is cancelled then."""


async def test_a_life_without_pauses_costs_few_events(unmanned: Stage) -> None:
    """What waits for the end of the step before it needs no workflow task of its own."""
    case = await unmanned.order()
    example = case.order
    for action, who in stories.LIFE:
        await case.by_hand(action, who, **said(example, action, who))
    async with unmanned.working():
        assert State.COMPLETED == (await case.handle.result()).kind
    assert [action for action, _ in stories.LIFE] == case.told
    assert LIFE >= len(await case.history())


def test_a_life_with_pauses_costs_few_events() -> None:
    assert LIFE_WITH_PAUSES >= len(history_of("life").events)


async def test_a_life_of_today_costs_no_more(unmanned: Stage) -> None:
    case = await stories.STORIES["life"](unmanned)
    assert LIFE_WITH_PAUSES >= len(await case.history())


# --- that a replay would notice ------------------------------------------------------------------


NOTICED = [
    "complete",
    "dispute_split",
    "expiry_review",
    "reminder",
    "wish_refused_twice",
    "settled",
]


@pytest.mark.parametrize("mutant", [PausesFirst, SetsNoTimer, ShowsFirst])
async def test_another_order_of_commands_is_noticed(mutant: type[Any]) -> None:
    failed = await failures_of(replayer(mutant), NOTICED)
    assert dict.fromkeys(NOTICED, NondeterminismError) == {
        name: type(why) for name, why in failed.items()
    }


@pytest.mark.parametrize("limit", [900, 1100])
async def test_another_length_of_runs_is_noticed(
    limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that nobody changes it without a thought for the orders that run."""
    monkeypatch.setattr(workflows.order, "LONGEST_HISTORY", limit)
    patched = Replayer(
        workflows=[OrderWorkflow],
        data_converter=DATA_CONVERTER,
        workflow_runner=patchable(),
    )
    with pytest.raises(NondeterminismError):
        await patched.replay_workflow(history_of("continued_as_new"))
