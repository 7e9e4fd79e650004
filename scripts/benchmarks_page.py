"""Writes docs/benchmarks.md from the figures of runs: `python -m scripts.benchmarks_page`, to its
standard output."""

import sys
from pathlib import Path

from pydantic import TypeAdapter

from bench.page import KeptChange, page
from bench.report import Report

FIGURES = Path(__file__).parent.parent / "docs" / "benchmarks"
KEPT = FIGURES / "kept.json"

_KEPT = TypeAdapter(list[KeptChange])


def kept_runs() -> list[Report]:
    """Return the runs whose figures the repository has."""
    files = sorted(set(FIGURES.glob("*.json")) - {KEPT})
    return [Report.model_validate_json(file.read_text(encoding="utf-8")) for file in files]


def written_page() -> str:
    """Return the page of the figures in docs/."""
    return page(kept_runs(), _KEPT.validate_json(KEPT.read_text(encoding="utf-8")))


if __name__ == "__main__":
    sys.stdout.write(written_page())
