"""Orders that were begun by an earlier version of the workflow go on under this one.

How the histories come about: `tests/record_histories.py`.
"""

import functools
from datetime import timedelta

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

import workflows.order
from domain import currencies
from domain.vocabulary import State
from infra.payloads import DATA_CONVERTER
from tests.record_histories import NAMES
from tests.workflows import fingerprints, stories
from tests.workflows.commands import commands_in, given_by
from tests.workflows.fingerprints import (
    path_of,
    recorded,
    story_of,
    what_changed,
    what_was_replaced,
)
from tests.workflows.gate import patchable
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


@functools.cache
def history_of(name: str) -> WorkflowHistory:
    """A recorded history."""
    return WorkflowHistory.from_json("order-of-old", path_of(name).read_text())


def test_every_story_has_its_history_and_none_was_taken_away() -> None:
    assert [] == [name for name in NAMES if name not in recorded()]
    assert recorded() == sorted(fingerprints.read())


@pytest.mark.parametrize("single_batch", [False, True], ids=["signals first", "single batch"])
async def test_orders_of_old_go_on(single_batch: bool) -> None:
    histories = {name: history_of(name) for name in recorded()}
    now = await given_by(OrderWorkflow, histories, single_batch=single_batch)
    changed = what_changed(fingerprints.read(), now)
    assert changed is None, changed


async def test_orders_of_old_go_on_when_their_currency_has_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(currencies, "CURRENT", {})
    histories = {name: history_of(name) for name in recorded()}
    now = await given_by(OrderWorkflow, histories, single_batch=False)
    changed = what_changed(fingerprints.read(), now)
    assert changed is None, changed


def test_no_history_was_replaced() -> None:
    found = {name: commands_in(history_of(name)) for name in recorded()}
    replaced = what_was_replaced(fingerprints.read(), found)
    assert replaced is None, replaced


def test_the_flag_is_on_in_the_histories_that_are_named_for_it() -> None:
    flagged = [name for name in recorded() if SINGLE_BATCH in flags_of(history_of(name))]
    assert [name for name in recorded() if story_of(name)[1]] == flagged


def flags_of(history: WorkflowHistory) -> set[int]:
    """The flags of the SDK that a history was made with."""
    return {
        flag
        for event in history.events
        for flag in event.workflow_task_completed_event_attributes.sdk_metadata.lang_used_flags
    }


def test_no_workflow_task_failed_when_they_were_recorded() -> None:
    kinds = {name: {kind_of(event) for event in history_of(name).events} for name in recorded()}
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

LIFE = 17 * 1.1
"""Temporal events of the life in the story `life` where no step waits for anybody, and a tenth."""

LIFE_WITH_PAUSES = 45 * 1.1
"""The same where each step waits until the order rests, under a timer that is cancelled then."""

LIFE_BYTES = 12_000
"""What the events of that one weigh."""


async def test_a_life_without_pauses_costs_few_events(unmanned: Stage) -> None:
    """What waits for the end of the step before it needs no workflow task of its own."""
    # Nor does one that is late ask Temporal for more time, which costs events, too.
    case = await unmanned.order(task_timeout=timedelta(minutes=1))
    example = case.order
    for action, who in stories.LIFE:
        await case.by_hand(action, who, **said(example, action, who))
    async with unmanned.working():
        assert State.COMPLETED == (await case.handle.result()).kind
    assert [action for action, _ in stories.LIFE] == case.told
    assert LIFE >= len(await case.history())


def test_a_life_with_pauses_costs_few_events_and_bytes() -> None:
    events = history_of("life.3").events
    assert LIFE_WITH_PAUSES >= len(events)
    assert LIFE_BYTES >= sum(event.ByteSize() for event in events)


async def test_a_life_of_today_costs_no_more(unmanned: Stage) -> None:
    case = await stories.STORIES["life"](unmanned)
    assert LIFE_WITH_PAUSES >= len(await case.history())


# --- that another length is noticed --------------------------------------------------------------


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
