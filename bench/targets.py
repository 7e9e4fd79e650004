"""What the product is to reach, as ratios of figures of one run."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from bench.cost import Cost
from bench.growth.measure import Growth
from bench.latency import Latencies
from bench.rates import LOCAL, PEER, PEER_EVENTS, PRODUCT, SHOWN, Rates
from bench.reads import Reads
from bench.replicas import Replicas
from bench.storm import Storm
from bench.tables import Table, figure

Found = Mapping[str, BaseModel]
"""What arms found, by their names."""


@dataclass(frozen=True)
class Target:
    """A figure and its bound; `figure_of` gives None where the run does not have it."""

    name: str
    bound: float
    at_least: bool
    figure_of: Callable[[Found], float | None]

    def is_met_by(self, value: float) -> bool:
        """Return whether a value is within the bound."""
        return value >= self.bound if self.at_least else value <= self.bound


def _of(found: Found, arm: str, kind: type[Any]) -> Any:
    part = found.get(arm)
    return part if isinstance(part, kind) else None


def _lives_to(other: str) -> Callable[[Found], float | None]:
    def ratio(found: Found) -> float | None:
        rates: Rates | None = _of(found, "lives", Rates)
        if rates is None or other not in rates.arms:
            return None
        return rates.arms[PRODUCT].middle / rates.arms[other].middle

    return ratio


def _cpu_to_limit(found: Found) -> float | None:
    rates: Rates | None = _of(found, "lives", Rates)
    return None if rates is None else rates.arms[PRODUCT].cpu / rates.arms[LOCAL].cpu


def _latency_to_bare(percentile: str) -> Callable[[Found], float | None]:
    def ratio(found: Found) -> float | None:
        latencies: Latencies | None = _of(found, "latency", Latencies)
        if latencies is None:
            return None
        action, bare = latencies.at_half()
        return float(getattr(action, percentile) / getattr(bare, percentile))

    return ratio


def _count(name: str) -> Callable[[Found], float | None]:
    def count(found: Found) -> float | None:
        cost: Cost | None = _of(found, "cost", Cost)
        return None if cost is None else float(getattr(cost, name))

    return count


def _replicas(found: Found) -> float | None:
    several: Replicas | None = _of(found, "replicas", Replicas)
    return None if several is None else several.ratio


def _page(found: Found) -> float | None:
    reads: Reads | None = _of(found, "reads", Reads)
    return None if reads is None else reads.of["order page"].took.p50


def _storm(ratio: str) -> Callable[[Found], float | None]:
    def of_it(found: Found) -> float | None:
        storm: Storm | None = _of(found, "storm", Storm)
        return None if storm is None else float(getattr(storm, ratio))

    return of_it


def _growth(*, steps: bool) -> Callable[[Found], float | None]:
    def worst(found: Found) -> float | None:
        grown: Growth | None = _of(found, "growth", Growth)
        return None if grown is None else grown.worst(steps=steps)

    return worst


TARGETS = (
    Target("lives : limit, local activities", 0.65, True, _lives_to(LOCAL)),
    Target("lives : limit with a timer and an upsert a step", 0.80, True, _lives_to(SHOWN)),
    Target("lives : DBOS, answered within its process", 1.8, True, _lives_to(PEER)),
    Target("lives : DBOS, answered by its events", 1.8, True, _lives_to(PEER_EVENTS)),
    Target("CPU a life : limit, local activities", 1.6, False, _cpu_to_limit),
    Target("history bytes a life", 12_000, False, _count("history_bytes")),
    Target("history events a life", 40, False, _count("events")),
    Target("SQL statements a life", 25, False, _count("statements")),
    Target("transactions a life", 14, False, _count("transactions")),
    Target("action p50 at half load : bare signal", 1.5, False, _latency_to_bare("p50")),
    Target("action p99 at half load : bare signal", 2.0, False, _latency_to_bare("p99")),
    Target("every list, read and page, most : fewest orders", 1.2, False, _growth(steps=False)),
    Target("a step, most : fewest orders", 1.15, False, _growth(steps=True)),
    Target("deadlines at one instant, a second : lives a second", 0.8, True, _storm("rate")),
    Target("action p99 meanwhile : the usual p99", 1.5, False, _storm("waiting")),
    Target("lives : two of each process, one of each", 1.0, True, _replicas),
    Target("order page, median ms", 50, False, _page),
)


def of_targets(found: Found) -> Table:
    """Return the table of the targets that this run says something of."""
    heads = ("what", "now", "target", "")
    note = (
        "Each a ratio of one run, or a count. They are aims; what a life may cost before a test"
        " fails stands in `bench/cost_bounds.json`."
    )
    return Table("Targets", heads, list(_rows(found)), note)


def _rows(found: Found) -> Iterator[tuple[str, ...]]:
    for target in TARGETS:
        value = target.figure_of(found)
        if value is not None:
            sign = "≥" if target.at_least else "≤"
            met = "met" if target.is_met_by(value) else "not met"
            yield target.name, figure(value), f"{sign} {figure(target.bound)}", met
