"""`docs/benchmarks.md`, from the figures of runs and the changes that were kept."""

from collections.abc import Iterable, Iterator, Sequence

from pydantic import BaseModel, ConfigDict

from bench.arms import ARMS
from bench.machine import Machine
from bench.report import Report
from bench.tables import Table, as_markdown
from bench.targets import of_targets

HEAD = f"""\
# What an order costs

Written by `make bench`: change nothing here by hand. Figures of one run compare with each other
alone: the ratios at the end are what is aimed at, each of figures of one arm in one run, and what a
change is judged by is measured in one run with what it replaces. `sequestre bench --quick` is a
look in under two minutes; `--json` keeps the figures. `--only` takes one arm, which is a kind of
figure ({", ".join(ARMS)}); `make bench ONLY=ARM`
measures it anew and leaves the others on this page as they were.
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


def page(runs: Iterable[Report], kept: Sequence[KeptChange]) -> str:
    """Return the page's text: of every arm what its latest run found."""
    return "\n".join(_lines(_latest(runs), kept)).rstrip("\n") + "\n"


def _latest(runs: Iterable[Report]) -> list[Report]:
    """Return the runs, oldest first, without the arms that a later one measured again."""
    found: list[Report] = []
    later: set[str] = set()
    for run in sorted(runs, key=lambda one: one.measured_at, reverse=True):
        own = {name: part for name, part in run.found.items() if name not in later}
        later |= set(own)
        if own:
            found.insert(0, run.model_copy(update={"found": own}))
    return found


def _lines(runs: Sequence[Report], kept: Sequence[KeptChange]) -> Iterator[str]:
    yield HEAD
    arms: dict[str, BaseModel] = {}
    for run in runs:
        yield from _of_run(run)
        arms |= run.arms()
    yield from as_markdown(of_targets(arms))
    if kept:
        yield from as_markdown(_of_changes(kept))


def _of_run(run: Report) -> Iterator[str]:
    yield from _of_machine(run.machine)
    yield f"Measured on {run.measured_at:%d %B %Y}{', quickly' if run.quick else ''}."
    yield ""
    if run.machine.was_busy:
        yield BUSY.format(busy=run.machine.busy_before)
    for name, found in run.arms().items():
        for table in ARMS[name].shown(found):
            yield from as_markdown(table)


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
