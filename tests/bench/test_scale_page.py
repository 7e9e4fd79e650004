"""What docs/scale.md tells of measurements is what the latest run has found."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench.cost import Cost
from bench.growth.measure import Growth
from bench.life import STEPS
from bench.rates import PRODUCT, Rates
from bench.reads import Reads
from bench.replicas import Replicas
from bench.storm import Storm
from scripts.benchmarks_page import kept_runs

PARTS = {"API": "api", "worker": "worker", "PostgreSQL": "postgres", "Temporal": "temporal"}


def found_by(arm: str) -> object:
    """What an arm found when it was measured last."""
    runs = sorted(kept_runs(), key=lambda run: run.measured_at)
    return [run.arms()[arm] for run in runs if arm in run.found][-1]


def of_lives() -> Iterator[str]:
    rates = found_by("lives")
    assert isinstance(rates, Rates)
    life = rates.arms[PRODUCT]
    costs = {shown: life.cpu_ms[name] for shown, name in PARTS.items()}
    for shown, ms in costs.items():
        yield f"| {shown} | {ms:.0f} ms | {ms / STEPS:.0f} ms | {1000 / ms:.0f} "
    whole = life.cpu
    yield f"with the client | {whole:.0f} ms | {whole / STEPS:.0f} ms | {1000 / whole:.1f} "


def of_cost() -> Iterator[str]:
    cost = found_by("cost")
    assert isinstance(cost, Cost)
    yield f"a life is {cost.statements} statements in as many transactions"
    yield f"{cost.events} events and {cost.history_bytes / 1000:.0f} kB of history"
    yield f"and {sum(cost.calls.values()):.0f} calls to it"


def of_reads() -> Iterator[str]:
    reads = found_by("reads")
    assert isinstance(reads, Reads)
    each = [1000 / one.a_second for one in reads.of.values()]
    yield f"{min(each):.0f} to {max(each):.0f} ms each"


def of_storm() -> Iterator[str]:
    storm = found_by("storm")
    assert isinstance(storm, Storm)
    (p50, p99), (usual, slow) = (
        (one.p50 / 1000, one.p99 / 1000) for one in (storm.meanwhile, storm.usual)
    )
    yield f"{p50:.2g} s in the median and {p99:.2g} s at the 99th"
    yield f"where {usual:.1g} s and {slow:.1g} s are usual"


def of_replicas() -> Iterator[str]:
    several = found_by("replicas")
    assert isinstance(several, Replicas)
    one, two = several.one.cpu_ms, several.two.cpu_ms
    yield f"carried {several.ratio:.2f} times as many lives"
    yield f"at {several.two.cpu / several.one.cpu:.2f} times the processor time"
    yield f"API processes took {two['api'] + two['api-2']:.0f} ms where one took {one['api']:.0f}"
    workers = two["worker"] + two["worker-2"]
    yield f"two workers {workers:.0f} ms where one took {one['worker']:.0f}"


def of_growth() -> Iterator[str]:
    grown = found_by("growth")
    assert isinstance(grown, Growth)
    yield f"({grown.worst(steps=False):.2f} times: "
    yield f"({grown.worst(steps=True):.2f} times; "


@pytest.mark.parametrize("of", [of_lives, of_cost, of_reads, of_storm, of_replicas, of_growth])
def test_the_page_says_what_was_measured(of: Callable[[], Iterator[str]], repository: Path) -> None:
    page = " ".join((repository / "docs/scale.md").read_text(encoding="utf-8").split())
    assert [said for said in of() if said not in page] == []
