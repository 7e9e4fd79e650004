"""Percentiles, tables and targets say what they are meant to."""

import pytest

from bench.closed_loop import Lap
from bench.cost import Cost
from bench.figures import Latency, percentile
from bench.latency import AtRate, Latencies
from bench.rates import LOCAL, PRODUCT, Rate, Rates
from bench.tables import Table, as_markdown, figure, spread
from bench.targets import TARGETS, of_targets

COST = Cost(
    lives=1,
    events=40,
    history_bytes=12_001,
    workflow_tasks=10,
    statements=25,
    transactions=15,
    inner_statements=1,
    wal_bytes=1,
    calls={},
)


def latency(p50: float, p99: float) -> Latency:
    return Latency(count=1, p50=p50, p95=p99, p99=p99)


def rate(lives: float, cpu: float) -> Rate:
    return Rate(lives_a_second=(lives,), act=latency(1, 2), cpu_ms={"all": cpu})


def said_of(found: dict[str, Cost | Rates | Latencies]) -> dict[str, tuple[str, str]]:
    return {name: (now, met) for name, now, _, met in of_targets(found).rows}


def test_a_percentile_is_the_least_that_so_many_do_not_exceed() -> None:
    hundred = [float(one) for one in range(1, 101)]
    assert [percentile(hundred, share) for share in (0.5, 0.95, 0.99, 1.0)] == [50, 95, 99, 100]
    assert percentile([7.0], 0.5) == 7


def test_nothing_measured_is_no_latency() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        Latency.of([])


def test_a_lap_counts_lives_by_their_steps() -> None:
    lap = Lap(seconds=2.0, steps=30, acts=[], cpu={"api": 0.5})
    assert lap.lives_a_second == 2.5
    assert lap.cpu_ms_a_life == {"api": 100}


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.654, "0.65"), (12.34, "12.3"), (12_345.6, "12,346"), (27, "27"), (0, "0")],
)
def test_a_figure_has_the_digits_that_count(value: float, said: str) -> None:
    assert figure(value) == said


def test_a_spread_is_from_the_least_to_the_greatest() -> None:
    assert spread([2.5, 1.25, 3.75]) == "1.25–3.75"


def test_a_table_is_one_of_markdowns() -> None:
    table = Table("Reads", ("what", "ms"), [("order", "5")], "Alone.")
    lines = ["## Reads", "", "| what | ms |", "|---|---|", "| order | 5 |", "", "Alone.", ""]
    assert [*as_markdown(table)] == lines


def test_a_target_is_met_up_to_its_bound_and_not_beyond() -> None:
    said = said_of({"cost": COST})
    assert said["history events a life"] == ("40", "met")
    assert said["history bytes a life"] == ("12,001", "not met")
    assert said["SQL statements a life"] == ("25", "met")
    assert said["transactions a life"] == ("15", "not met")
    assert len(said) == 4


def test_ratios_are_of_the_run_itself() -> None:
    rates = Rates(
        clients=1,
        rounds=1,
        seconds=1,
        arms={PRODUCT: rate(6.5, 160), LOCAL: rate(10, 100)},
        peer_version=None,
    )
    said = said_of({"lives": rates})
    assert said == {
        "lives : limit, local activities": ("0.65", "met"),
        "CPU a life : limit, local activities": ("1.60", "met"),
    }


def test_latencies_are_compared_at_half_load() -> None:
    def at(share: float, p50: float, p99: float) -> AtRate:
        return AtRate(share=share, actions_a_second=1, took=latency(p50, p99))

    found = Latencies(seconds=1, action=(at(0.25, 1, 1), at(0.5, 30, 90)), bare=(at(0.5, 20, 40),))
    assert said_of({"latency": found}) == {
        "action p50 at half load : bare signal": ("1.50", "met"),
        "action p99 at half load : bare signal": ("2.25", "not met"),
    }


def test_no_two_targets_have_one_name() -> None:
    assert len({target.name for target in TARGETS}) == len(TARGETS)
