"""docs/process.md: written from the rules, complete, and up to date."""

import subprocess
import sys
from pathlib import Path

import pytest

from domain.deadlines import DEADLINES
from domain.rules import RULES, Rule
from domain.vocabulary import State, Window
from scripts.process_page import page
from scripts.process_walk import transitions

PAGE = page()


def row(table: str, *cells: str) -> str:
    """The one row of the section that begins with these cells."""
    section = PAGE.split(f"## {table}\n")[1].split("\n## ")[0]
    (found,) = (
        line for line in section.splitlines() if line.startswith(f"| {' | '.join(cells)} |")
    )
    return found


def test_the_page_in_the_repository_is_what_the_rules_say_now(repository: Path) -> None:
    written = (repository / "docs/process.md").read_text(encoding="utf-8")
    assert PAGE == written, "docs/process.md is out of date: run `make docs`"


def test_make_docs_prints_the_page(repository: Path) -> None:
    command = [sys.executable, "-m", "scripts.process_page"]
    printed = subprocess.run(command, cwd=repository, capture_output=True, check=True)
    assert PAGE == printed.stdout.decode()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.by}-{rule.action}")
def test_every_rule_was_carried_out_in_each_of_its_states(rule: Rule) -> None:
    assert set(rule.states) == {way.before.state for way in transitions() if way.rule == rule}


def test_every_window_was_left_to_pass_in_its_states() -> None:
    left = {(way.timer.window, way.before.state) for way in transitions() if way.timer}
    assert {(rule.window, state) for state, rule in DEADLINES.items()} <= left
    assert {Window.OFFER, Window.CANCELLATION_ANSWER} <= {window for window, _ in left}


def test_a_newcomer_finds_what_happens_when_the_seller_cancels_after_refusing_a_revision() -> None:
    cells = row("Who may do what, state by state", "`revision_refused`").split(" | ")
    assert "`cancel`" in cells[2].split("<br/>")
    rule = row("What each action does", "`cancel`", "seller")
    assert "`revision_refused`" in rule
    assert rule.endswith("| `cancelled`; 20.00 EUR back to the buyer |")
    assert "    revision_refused --> cancelled : cancel (seller or operator)\n" in PAGE


def test_the_two_policies_of_silence_after_a_refused_revision_are_both_told() -> None:
    assert "revision_refused --> completed : complete (buyer)<br/>the time to decide" in PAGE
    assert "where the policy says `decision_expiry=open_dispute`: a dispute opens" in PAGE


@pytest.mark.parametrize("state", State)
def test_every_state_is_in_the_diagram(state: State) -> None:
    assert f" --> {state} : " in PAGE


def test_the_diagram_has_no_character_that_mermaid_cannot_read() -> None:
    diagram = PAGE.split("```mermaid\n")[1].split("```")[0]
    labels = [line.split(" : ", 1)[1] for line in diagram.splitlines() if " : " in line]
    assert not [label for label in labels if set(label) & set(":;{}#%")]
