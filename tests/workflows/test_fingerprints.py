"""That a changed workflow and an exchanged history are noticed, and what is said of them then."""

from pathlib import Path
from typing import Any

import pytest

from tests import record_histories
from tests.record_histories import NAMES, to_record
from tests.workflows import fingerprints
from tests.workflows.commands import Given, commands_in, given_by
from tests.workflows.fingerprints import what_changed, what_was_replaced
from tests.workflows.mutated import PausesFirst, PausesFirstIfNew, SetsNoTimer, ShowsFirst
from tests.workflows.stage import Stage
from tests.workflows.stories import STORIES
from tests.workflows.test_replay import history_of
from workflows.order import OrderWorkflow

SOME = ("complete", "dispute_split", "expiry_review", "reminder", "wish_refused_twice", "settled")
ADVICE = (
    "Their replay would fail",
    'if workflow.patched("pause-before-a-step"):',
    'workflow.deprecate_patch("pause-before-a-step")',
    "beside the old history, which stays",
)


async def said_of(workflow: type[Any], *names: str) -> str | None:
    """What is said of a workflow after a look at these histories."""
    histories = {name: history_of(name) for name in names}
    return what_changed(fingerprints.read(), await given_by(workflow, histories))


@pytest.mark.parametrize(
    ("mutant", "differing"),
    [
        (PausesFirst, "`complete` differs at command 2 (before: activity record_step, now: timer)"),
        (SetsNoTimer, "`expiry_review` differs at command 1 (before: timer, now: nothing)"),
        (
            ShowsFirst,
            "`expiry_review` differs at command 2"
            " (before: activity credit_wallet, now: search attributes)",
        ),
    ],
)
async def test_other_commands_are_noticed_and_it_is_said_what_to_do(
    mutant: type[Any], differing: str
) -> None:
    said = await said_of(mutant, *SOME) or ""
    assert [] == [name for name in SOME if f"The story `{name}` differs" not in said]
    assert said.count("Nondeterminism error") == len(SOME)
    assert differing in said
    assert [] == [one for one in ADVICE if one not in said]
    assert f"-m tests.record_histories {' '.join(SOME)}\n" in said


def test_one_command_more_at_the_end_is_noticed() -> None:
    """Of an order that waits, which no later event of its history can contradict."""
    name = "waiting_for_a_decision"
    before = fingerprints.read()
    said = what_changed(before, {name: Given((*before[name], "timer"), None)}) or ""
    assert f"at command {len(before[name]) + 1} (before: nothing, now: timer)" in said


async def test_orders_of_old_go_on_under_a_workflow_that_follows_the_advice() -> None:
    assert await said_of(PausesFirstIfNew, *SOME) is None


async def test_orders_of_today_go_on_under_it_and_under_no_other(unmanned: Stage) -> None:
    unmanned.options = {"workflows": [PausesFirstIfNew]}
    case = await STORIES["cancel_by_buyer"](unmanned)
    new = {"cancel_by_buyer.4": await case.handle.fetch_history()}
    commands = {name: commands_in(history) for name, history in new.items()}
    old = fingerprints.read()["cancel_by_buyer.3"]
    assert commands["cancel_by_buyer.4"] == (*old[:1], "timer", *old[1:])

    assert what_changed(commands, await given_by(PausesFirstIfNew, new)) is None
    said = what_changed(commands, await given_by(OrderWorkflow, new)) or ""
    assert said.endswith("-m tests.record_histories cancel_by_buyer\n")


def test_an_exchanged_history_is_noticed_and_it_is_said_what_to_do() -> None:
    before = fingerprints.read()
    now = {"complete": commands_in(history_of("cancel_by_buyer"))}
    said = what_was_replaced(before, now) or ""
    place = "at command 2 (before: activity record_step, now: activity refund_buyer)"
    assert f"`complete` differs from its fingerprint {place}" in said
    assert "git checkout -- tests/histories/complete.json" in said
    assert [] == [one for one in ADVICE if one not in said]


def test_a_story_is_recorded_beside_what_is_there() -> None:
    assert ["junk.4", "outage.single_batch.4", "new"] == to_record(
        ["junk", "outage.single_batch", "new"]
    )
    assert [] == to_record([])


def test_a_history_that_was_taken_away_is_not_recorded_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fingerprints, "HISTORIES", tmp_path)
    assert [] == to_record([])
    assert ["junk.4"] == to_record(["junk"])


def test_all_are_recorded_anew_only_when_the_old_ones_are_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "junk.json").write_text("{}")
    monkeypatch.setattr(fingerprints, "HISTORIES", tmp_path)
    monkeypatch.setattr(fingerprints, "FILE", tmp_path / "fingerprints.json")
    fingerprints.write({"junk": ("timer",)})
    record_histories.forget()
    assert ({}, []) == (fingerprints.read(), fingerprints.recorded())
    assert NAMES == to_record([])
