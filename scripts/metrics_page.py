"""Writes docs/metrics.md from what the processes show, and from metrics_page.md beside this:
`python -m scripts.metrics_page > docs/metrics.md`.

Each process is shown an example of everything, so that what it shows then has all of its labels.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric

from api.shown_metrics import links
from db.accounts import Sum
from db.figures import (
    CHANNELS,
    NEAR_LIMIT,
    PAYOUTS_WAIT_FOR,
    CheckFigures,
    Figures,
    Waiting,
)
from domain.vocabulary import Code, TimerEffect
from infra.metrics.figures import FiguresCollector
from infra.metrics.processes import ApiMetrics, WorkerMetrics

PAGE = Path(__file__).with_suffix(".md").read_text(encoding="utf-8")
SDK = {
    "temporal_workflow_task_execution_failed": (
        "counter",
        "Tasks of workflows that failed: they are tried again, and mostly fail again.",
    ),
    "temporal_workflow_task_execution_latency": (
        "histogram",
        "Seconds that a task takes a worker.",
    ),
    "temporal_workflow_task_schedule_to_start_latency": (
        "histogram",
        "Seconds that a task waits for a worker: more workers are needed where it grows.",
    ),
    "temporal_activity_schedule_to_start_latency": (
        "histogram",
        "Seconds that an activity waits for a worker, a message among them.",
    ),
    "temporal_activity_execution_failed": (
        "counter",
        "Attempts of activities that failed, a receiver that does not answer among them.",
    ),
    "temporal_request_latency": ("histogram", "Seconds that a call of Temporal takes."),
    "temporal_request_failure": ("counter", "Calls of Temporal that failed."),
    "temporal_worker_task_slots_available": (
        "gauge",
        "How much more a worker would take at once, by kind.",
    ),
    "temporal_sticky_cache_size": ("gauge", "Workflows that a worker has in memory."),
}
"""What of the SDK's own a dashboard or a rule looks at."""

OWN = "sequestre_"
OF_THE_BUCKETS = "le"

EXAMPLE = Figures(
    states={"pending": 1},
    sums=[Sum("wallet", "EUR", 1600)],
    undecided=Waiting(0, 0.0),
    not_started=Waiting(0, 0.0),
    overdue=Waiting(0, 0.0),
    near_limit=dict.fromkeys(NEAR_LIMIT, 0),
    events=Waiting(0, 0.0),
    payouts=dict.fromkeys(PAYOUTS_WAIT_FOR, Waiting(0, 0.0)),
    messages={channel: Waiting(0, 0.0) for channel in CHANNELS},
    workers=1,
    heartbeat_seconds=0.5,
    checks=[CheckFigures("nightly", 0.0, 0, 0, 0)],
)


class ExamplePool:
    """A pool of ten connections, two of which there are."""

    def get_size(self) -> int:
        return 2

    def get_idle_size(self) -> int:
        return 1

    def get_max_size(self) -> int:
        return 10


@dataclass(frozen=True)
class Described:
    """A metric as the page has it."""

    name: str
    kind: str
    labels: tuple[str, ...]
    says: str

    @property
    def row(self) -> str:
        """Return its row of a table."""
        labels = ", ".join(f"`{label}`" for label in self.labels)
        return f"| `{self.name}` | {self.kind} | {labels} | {self.says} |"


def api() -> ApiMetrics:
    """Return an API's metrics with an example of everything."""
    metrics = ApiMetrics()
    metrics.connections.watch(ExamplePool(), *links(lambda: True, lambda: True))
    metrics.figures.note(EXAMPLE)
    metrics.requests.answered("/v1/orders", "GET", 200, 0.01)
    metrics.requests.refused(Code.NOT_FOUND)
    return metrics


def worker() -> WorkerMetrics:
    """Return a worker's metrics with an example of everything."""
    metrics = WorkerMetrics()
    metrics.connections.watch(ExamplePool())
    metrics.figures.note(EXAMPLE)
    metrics.carried_out(TimerEffect.COMPLETE, timedelta(seconds=0.2))
    return metrics


def described(registry: CollectorRegistry) -> Iterator[Described]:
    """Yield our own metrics of a registry by their names."""
    for family in sorted(registry.collect(), key=lambda one: one.name):
        if family.name.startswith(OWN):
            yield _described(family)


def _described(family: Metric) -> Described:
    name = f"{family.name}_total" if family.type == "counter" else family.name
    labels = dict.fromkeys(label for sample in family.samples for label in sample.labels)
    labels.pop(OF_THE_BUCKETS, None)
    return Described(name, family.type, tuple(labels), family.documentation)


def page() -> str:
    """Return docs/metrics.md."""
    product = set(described(_product()))
    of_api, of_worker = set(described(api().registry)), set(described(worker().registry))
    return PAGE.format(
        product=_table(product),
        both=_table((of_api & of_worker) - product),
        api=_table(of_api - of_worker),
        worker=_table(of_worker - of_api),
        sdk="\n".join(f"| `{name}` | {kind} | {says} |" for name, (kind, says) in SDK.items()),
    )


def _product() -> CollectorRegistry:
    registry, figures = CollectorRegistry(), FiguresCollector()
    figures.note(EXAMPLE)
    registry.register(figures)
    return registry


def _table(rows: set[Described]) -> str:
    head = ["| name | kind | labels | what it says |", "|---|---|---|---|"]
    return "\n".join([*head, *(one.row for one in sorted(rows, key=lambda one: one.name))])


if __name__ == "__main__":
    sys.stdout.write(page())
