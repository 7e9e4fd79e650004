"""Writes docs/benchmarks.md from a run's figures: `python -m scripts.benchmarks_page`, to its
standard output."""

import sys
from pathlib import Path

from pydantic import TypeAdapter

from bench.page import KeptChange, page
from bench.report import Report

DOCS = Path(__file__).parent.parent / "docs"
FIGURES = DOCS / "benchmarks.json"
KEPT = DOCS / "benchmarks-kept.json"

_KEPT = TypeAdapter(list[KeptChange])


def written_page() -> str:
    """Return the page of the figures in docs/."""
    report = Report.model_validate_json(FIGURES.read_text(encoding="utf-8"))
    return page(report, _KEPT.validate_json(KEPT.read_text(encoding="utf-8")))


if __name__ == "__main__":
    sys.stdout.write(written_page())
