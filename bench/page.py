"""`docs/benchmarks.md`, from the figures of one run and the changes that were kept."""

from collections.abc import Iterator, Sequence

from pydantic import BaseModel, ConfigDict

from bench.machine import Machine
from bench.report import Report
from bench.tables import Table, as_markdown

HEAD = """\
# What an order costs

Written by `make bench`: change nothing here by hand. Figures of one run compare with each other
alone: the ratios at the end are what is aimed at, and what a change is judged by is measured in one
run with what it replaces. `sequestre bench --quick` is a look in under two minutes; `--only` takes
one arm, `--json` keeps the figures.
"""
BUSY = """\
**The machine did other work while this was measured** ({busy:.0f} % of it just before): counts
hold, times and rates are rough.
"""


class KeptChange(BaseModel):
    """A change that paid: what was done, and the figure by which it was kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    change: str
    measured: str
    before: str
    after: str
    ratio: str


def page(report: Report, kept: Sequence[KeptChange]) -> str:
    """Return the page's text."""
    return "\n".join(_lines(report, kept)).rstrip("\n") + "\n"


def _lines(report: Report, kept: Sequence[KeptChange]) -> Iterator[str]:
    yield HEAD
    yield from _of_machine(report.machine)
    yield f"Measured on {report.measured_at:%d %B %Y}{', quickly' if report.quick else ''}."
    yield ""
    if report.machine.was_busy:
        yield BUSY.format(busy=report.machine.busy_before)
    for table in report.tables():
        yield from as_markdown(table)
    if kept:
        yield from as_markdown(_of_changes(kept))


def _of_machine(machine: Machine) -> Iterator[str]:
    versions = ", ".join(f"{name} {version}" for name, version in machine.versions.items())
    yield (
        f"{machine.cores} cores of {machine.processor}, {machine.memory_gib:g} GiB,"
        f" {machine.system}; Python {machine.python}, {versions}."
    )


def _of_changes(kept: Sequence[KeptChange]) -> Table:
    heads = ("change", "measured", "before", "after", "ratio")
    rows = [(one.change, one.measured, one.before, one.after, one.ratio) for one in kept]
    return Table("Changes that were kept", heads, rows)
