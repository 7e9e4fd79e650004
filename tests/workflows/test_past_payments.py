"""Payments that were begun by an earlier version of their workflow go on under this one, wherever
they stand.

How the histories come about: `tests/record_payments.py`.
"""

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

import workflows.payments
from infra import temporal
from infra.payloads import DATA_CONVERTER
from tests.record_payments import (
    FINGERPRINTS,
    NAMES,
    RECORDER,
    history_of,
    recorded,
    workflow_of,
)
from tests.workflows import fingerprints
from tests.workflows.commands import commands_in, given_by
from tests.workflows.fingerprints import what_changed, what_was_replaced
from tests.workflows.gate import patchable
from workflows.pay_ins import PayInWorkflow
from workflows.payouts import PayoutWorkflow

TASK_STARTED = EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED
RECORDED = recorded()


def test_every_story_has_its_history_and_none_was_taken_away() -> None:
    assert [] == [name for name in NAMES if name not in RECORDED]
    assert sorted(fingerprints.read(FINGERPRINTS)) == RECORDED


@pytest.mark.parametrize("workflow", [PayInWorkflow, PayoutWorkflow])
async def test_payments_of_old_go_on(workflow: type) -> None:
    histories = {name: history_of(name) for name in RECORDED if workflow_of(name) is workflow}
    assert histories
    before = fingerprints.read(FINGERPRINTS)
    changed = what_changed(before, await given_by(workflow, histories), RECORDER)
    assert changed is None, changed


def test_no_history_was_replaced() -> None:
    found = {name: commands_in(history_of(name)) for name in RECORDED}
    replaced = what_was_replaced(fingerprints.read(FINGERPRINTS), found, RECORDER)
    assert replaced is None, replaced


@pytest.mark.parametrize("name", RECORDED)
async def test_one_that_is_under_way_goes_on(name: str) -> None:
    history = history_of(name)
    tasks = [n for n, one in enumerate(history.events, 1) if one.event_type == TASK_STARTED]
    replayer = Replayer(workflows=[workflow_of(name)], plugins=[temporal.PLUGIN])
    for until in tasks:
        await replayer.replay_workflow(WorkflowHistory(name, history.events[:until]))


async def test_that_one_does_not_ask_any_more_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def told_at_once(*_: object) -> bool:
        return False

    replayer = Replayer(
        workflows=[PayInWorkflow],
        data_converter=DATA_CONVERTER,
        workflow_runner=patchable(),
    )
    lapsed = history_of("payments/pay_in_lapsed")
    await replayer.replay_workflow(lapsed)
    monkeypatch.setattr(workflows.payments.PatientPayment, "_has_come", told_at_once)
    with pytest.raises(NondeterminismError):
        await replayer.replay_workflow(lapsed)
