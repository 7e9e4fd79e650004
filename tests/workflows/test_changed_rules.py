"""Rules, effects and conditions change under running orders, and none of them stands still.

Of 848 changes, 385 stopped an order of those that were begun before generation 1.

Each row of `RULES` is changed in every way, and every history of a generation that carries on under
changed rules is replayed by workflows that decide by the changed table.
"""

import dataclasses
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from domain import rules, timers
from domain.effects.change import Effect
from domain.order import Order
from domain.rules import RULES, Rule
from domain.timers import Timer
from domain.timers import timers as every_timer
from domain.vocabulary import OPEN_STATES, TimerEffect
from infra.payloads import DATA_CONVERTER
from tests.workflows.fingerprints import recorded
from tests.workflows.stories import STORIES
from tests.workflows.test_replay import history_of
from workflows import attributes
from workflows.order import OrderWorkflow
from workflows.start import OrderStart
from workflows.step_activities import ONE_TYPE

EFFECTS: tuple[Effect, ...] = tuple(dict.fromkeys(rule.effect for rule in RULES))


def generation_of(history: WorkflowHistory) -> int:
    """The generation that a history was begun in."""
    start = history.events[0].workflow_execution_started_event_attributes.input.payloads[0]
    return OrderStart.model_validate_json(start.data).generation


def of_today() -> dict[str, WorkflowHistory]:
    """The histories that rules may change under."""
    histories = {name: history_of(name) for name in recorded()}
    return {name: one for name, one in histories.items() if generation_of(one) >= ONE_TYPE}


def mutants_of(rule: Rule) -> Iterator[tuple[str, Rule | None]]:
    """The rule, changed in each way, and what was changed."""
    for state in OPEN_STATES:
        if state not in rule.states:
            yield f"also {state}", dataclasses.replace(rule, states=(*rule.states, state))
    for state in rule.states:
        left = tuple(one for one in rule.states if one is not state)
        yield f"not {state}", dataclasses.replace(rule, states=left) if left else None
    if rule.only is not None:
        yield "without its condition", dataclasses.replace(rule, only=None)
    yield next(exchanged(rule))


def exchanged(rule: Rule) -> Iterator[tuple[str, Rule | None]]:
    """The rule with every other effect, beginning with the one after its own."""
    place = EFFECTS.index(rule.effect)
    for effect in (*EFFECTS[place + 1 :], *EFFECTS[:place]):
        yield f"does {effect.__name__}", dataclasses.replace(rule, effect=effect)


def tables(
    rule: Rule, mutants: Iterator[tuple[str, Rule | None]]
) -> Iterator[tuple[str, tuple[Rule, ...]]]:
    """`RULES` with this one changed in each of these ways."""
    for what, mutant in mutants:
        changed = [mutant if one is rule else one for one in RULES]
        yield what, tuple(one for one in changed if one is not None)


async def stops(histories: dict[str, WorkflowHistory]) -> list[str]:
    """The histories that stand still under what is patched at the moment."""
    replayer = Replayer(
        workflows=[OrderWorkflow],
        workflow_runner=UnsandboxedWorkflowRunner(),
        data_converter=DATA_CONVERTER,
    )
    stopped = []
    for name, history in histories.items():
        replay = await replayer.replay_workflow(history, raise_on_replay_failure=False)
        stopped += [name] if replay.replay_failure else []
    return stopped


@pytest.fixture(scope="module")
def histories() -> dict[str, WorkflowHistory]:
    """Those of today."""
    return of_today()


def asks(history: WorkflowHistory, rule: Rule) -> bool:
    """Whether the rule's action is asked for in a history: no other can notice its change."""
    return any(
        event.workflow_execution_signaled_event_attributes.signal_name == rule.action
        for event in history.events
    )


def test_every_story_is_there_in_the_generation_of_today(
    histories: dict[str, WorkflowHistory],
) -> None:
    assert set(STORIES) == {name.split(".")[0] for name in histories}


def test_every_action_is_asked_for_in_one_of_them(histories: dict[str, WorkflowHistory]) -> None:
    assert [] == [r for r in RULES if not any(asks(one, r) for one in histories.values())]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.by}-{rule.action}")
async def test_no_order_stops_when_a_rule_changes(
    rule: Rule, histories: dict[str, WorkflowHistory], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert {} == await stopped_by(mutants_of(rule), rule, histories, monkeypatch)


async def stopped_by(
    mutants: Iterator[tuple[str, Rule | None]],
    rule: Rule,
    histories: dict[str, WorkflowHistory],
    monkeypatch: pytest.MonkeyPatch,
) -> dict[str, list[str]]:
    """The changes that stop an order, and which."""
    concerned = {name: one for name, one in histories.items() if asks(one, rule)}
    stopped = {}
    for what, table in tables(rule, mutants):
        monkeypatch.setattr(rules, "RULES", table)
        stopped[what] = await stops(concerned)
    return {what: names for what, names in stopped.items() if names}


# --- what must not change, and is noticed ---------------------------------------------------------


async def test_the_sweep_sees_an_order_that_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of before, whose activities are named for what was decided."""
    kinder = tuple(dataclasses.replace(rule, only=None) for rule in RULES)
    monkeypatch.setattr(rules, "RULES", kinder)
    assert ["superseded"] == await stops({"superseded": history_of("superseded")})
    assert [] == await stops({"superseded.2": history_of("superseded.2")})


def without_reminders(order: Order) -> Iterator[Timer]:
    """The timers of an order, of which one kind has been taken out of the process."""
    return (one for one in every_timer(order) if one.effect is not TimerEffect.REMIND)


def an_hour_later(order: Order) -> Iterator[Timer]:
    """The timers of an order, each an hour after its instant."""
    hour = timedelta(hours=1)
    return (dataclasses.replace(one, at=one.at + hour) for one in every_timer(order))


@pytest.mark.parametrize("other", [without_reminders, an_hour_later])
async def test_other_timers_are_noticed(
    other: Callable[[Order], Iterator[Timer]],
    histories: dict[str, WorkflowHistory],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(timers, "timers", other)
    assert [] != await stops(histories)


def nothing(*_: Order) -> list[Any]:
    """No change of what a workflow is found by."""
    return []


async def test_other_search_attributes_are_noticed(
    histories: dict[str, WorkflowHistory], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attributes, "changes", nothing)
    assert [] != await stops(histories)
