"""How late deadlines are carried out, as a worker shows it."""

from datetime import timedelta

from domain.vocabulary import TimerEffect
from infra.metrics.processes import WorkerMetrics

LAG = "sequestre_deadline_lag_seconds"


def test_a_lag_is_in_the_bucket_that_it_belongs_to() -> None:
    metrics = WorkerMetrics()
    metrics.carried_out(TimerEffect.COMPLETE, timedelta(seconds=4))
    of = {"effect": "complete"}
    found = metrics.registry.get_sample_value
    assert found(f"{LAG}_bucket", {**of, "le": "2.5"}) == 0
    assert found(f"{LAG}_bucket", {**of, "le": "5.0"}) == 1
    assert found(f"{LAG}_sum", of) == 4


def test_on_a_clock_that_is_ahead_nothing_is_late() -> None:
    metrics = WorkerMetrics()
    metrics.carried_out(TimerEffect.CANCEL, timedelta(days=-7))
    assert metrics.registry.get_sample_value(f"{LAG}_sum", {"effect": "cancel"}) == 0


def test_every_effect_is_there_before_it_happens() -> None:
    found = WorkerMetrics().registry.get_sample_value
    assert {found(f"{LAG}_count", {"effect": effect.value}) for effect in TimerEffect} == {0}


def test_what_another_release_calls_its_effect_adds_no_series() -> None:
    metrics = WorkerMetrics()
    metrics.carried_out("explode", timedelta(seconds=1))
    assert metrics.registry.get_sample_value(f"{LAG}_count", {"effect": "explode"}) is None
    assert metrics.registry.get_sample_value(f"{LAG}_count", {"effect": "other"}) == 1
