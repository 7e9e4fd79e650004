"""docs/benchmarks.md is what its figures say, with the machine and what was left out."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from bench.page import KeptChange, page
from bench.report import Report
from scripts.benchmarks_page import kept_runs, written_page


@pytest.fixture(scope="module")
def report() -> Report:
    """A run that the repository has."""
    return next(run for run in kept_runs() if {"lives", "cost"} <= set(run.found))


def with_load(report: Report, percent: float) -> Report:
    machine = report.machine.model_copy(update={"busy_before": percent})
    return report.model_copy(update={"machine": machine})


def test_the_page_in_the_repository_is_what_its_figures_say(repository: Path) -> None:
    written = (repository / "docs/benchmarks.md").read_text(encoding="utf-8")
    assert written == written_page(), "docs/benchmarks.md is out of date: run `make docs`"


def test_figures_of_a_busy_machine_say_so(report: Report) -> None:
    assert "did other work" in page([with_load(report, 90)], [])
    assert "did other work" not in page([with_load(report, 1)], [])


def test_what_was_not_measured_is_left_out(report: Report) -> None:
    of_cost = report.model_copy(update={"found": {"cost": report.found["cost"]}})
    said = page([of_cost], [])
    assert "## What a life costs" in said
    assert "## Lives" not in said
    assert "| lives : DBOS" not in said
    assert "| SQL statements a life |" in said


def test_of_each_arm_the_latest_run_is_shown(report: Report) -> None:
    cost = report.found["cost"]
    later = report.model_copy(
        update={
            "measured_at": report.measured_at + timedelta(days=1),
            "found": {"cost": {**cost, "events": 7_777}},
        }
    )
    for runs in ([report, later], [later, report]):
        said = page(runs, [])
        assert said.count("## What a life costs") == 1
        assert "| history events a life | 7,777 |" in said
        assert "## Lives" in said


def test_a_kept_change_has_its_ratio(report: Report) -> None:
    change = {"change": "one UPDATE", "measured": "WAL", "before": "2", "after": "1"}
    kept = KeptChange.model_validate_json(json.dumps({**change, "ratio": "0.50"}))
    assert "| one UPDATE | WAL | 2 | 1 | 0.50 |" in page([report], [kept])
