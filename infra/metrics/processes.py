"""What each kind of process shows."""

from datetime import timedelta

from prometheus_client import (
    CollectorRegistry,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)

from domain.vocabulary import TimerEffect
from infra.metrics.connections import ConnectionsCollector
from infra.metrics.figures import FiguresCollector
from infra.metrics.requests import OTHER, RequestMetrics

# A series beside each counter that nobody looks at.
disable_created_metrics()  # type: ignore[no-untyped-call]

EFFECTS = frozenset(TimerEffect)
LAG_SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200, 86_400)


class ProcessMetrics:
    """What every process shows: itself, its connections, and the product."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.connections = ConnectionsCollector()
        self.figures = FiguresCollector()
        self.registry.register(self.connections)
        self.registry.register(self.figures)
        ProcessCollector(registry=self.registry)


class ApiMetrics(ProcessMetrics):
    """What an API process shows besides."""

    def __init__(self) -> None:
        super().__init__()
        self.requests = RequestMetrics(self.registry)
        self.unserved = Gauge(
            "sequestre_orders_unserved_percent",
            "Which share of the orders, in percent, Temporal gives to workers of which none works.",
            registry=self.registry,
        )


class WorkerMetrics(ProcessMetrics):
    """What a worker shows besides."""

    def __init__(self) -> None:
        super().__init__()
        self._lag = Histogram(
            "sequestre_deadline_lag_seconds",
            "Seconds from a deadline to when what it brings was written, by what it brings; 0 on a"
            " clock that was moved ahead.",
            ["effect"],
            buckets=LAG_SECONDS,
            registry=self.registry,
        )
        for effect in (*TimerEffect, OTHER):
            self._lag.labels(effect)
        self.without_workflow = Gauge(
            "sequestre_orders_without_workflow",
            "Open orders whose workflow was terminated, cancelled, timed out or failed, and that"
            " have no other since; of 100 at most.",
            registry=self.registry,
        )

    def carried_out(self, effect: str, lag: timedelta) -> None:
        """Note how late what a deadline brings was written."""
        known = effect if effect in EFFECTS else OTHER
        self._lag.labels(known).observe(max(lag.total_seconds(), 0.0))
