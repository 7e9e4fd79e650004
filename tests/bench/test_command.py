"""What `sequestre bench` takes, prints and keeps; what it measures is tried elsewhere."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import bench.run
from bench.life import Failed
from bench.report import Report
from cli.main import app
from scripts.benchmarks_page import FIGURES


@pytest.fixture
def report() -> Report:
    """The figures that the repository has, of a machine that did nothing else."""
    kept = Report.model_validate_json(FIGURES.read_text(encoding="utf-8"))
    idle = kept.machine.model_copy(update={"busy_before": 0.0})
    return kept.model_copy(update={"machine": idle})


@pytest.fixture
def asked(report: Report, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Sequence[str], bool]]:
    """What was asked to be measured; the figures are there at once."""
    heard: list[tuple[Sequence[str], bool]] = []

    async def measured(names: Sequence[str], *, quick: bool, say: Callable[[str], None]) -> Report:
        heard.append((names, quick))
        say("Measuring …")
        return report

    monkeypatch.setattr(bench.run, "measured", measured)
    return heard


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["bench", *words])


def test_without_a_word_everything_is_measured_at_length(
    asked: list[tuple[Sequence[str], bool]],
) -> None:
    done = run()
    assert done.exit_code == 0
    assert asked == [(["lives", "latency", "reads", "replicas", "cost", "growth"], False)]
    assert "What a life costs" in done.stdout
    assert "Targets" in done.stdout
    assert "rough" not in done.stdout


def test_a_look_leaves_out_what_takes_long(
    asked: list[tuple[Sequence[str], bool]],
) -> None:
    assert run("--quick").exit_code == 0
    assert run("--quick", "--only", "growth").exit_code == 0
    assert asked == [(["lives", "latency", "reads", "cost"], True), (["growth"], True)]


def test_some_of_it_is_kept_in_a_file(
    asked: list[tuple[Sequence[str], bool]], report: Report, tmp_path: Path
) -> None:
    file = tmp_path / "figures.json"
    assert run("--quick", "--only", "cost", "--only", "reads", "--json", str(file)).exit_code == 0
    assert asked == [(["cost", "reads"], True)]
    assert Report.model_validate_json(file.read_text(encoding="utf-8")) == report


def test_an_arm_that_there_is_not_is_told_with_those_that_there_are(
    asked: list[tuple[Sequence[str], bool]],
) -> None:
    done = run("--only", "speed")
    assert done.exit_code == 2
    assert "lives, latency, reads, replicas" in done.stderr
    assert asked == []


def test_a_product_that_fails_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    async def measured(*_: object, **__: object) -> Report:
        raise Failed("the API answered 503")

    monkeypatch.setattr(bench.run, "measured", measured)
    done = run()
    assert done.exit_code == 1
    assert done.stdout == "the API answered 503\n"
