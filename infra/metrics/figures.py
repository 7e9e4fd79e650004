"""The product as the database has it, as gauges: every process that shows metrics shows the same,
so that one of them is believed and none are added up."""

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from db.figures import CHANNELS, NEAR_LIMIT, PAYOUTS_WAIT_FOR, Figures, Waiting
from domain.vocabulary import State

BELIEVED_SECONDS = 60.0
"""After which figures that could not be read anew are not shown any more."""

CHECKS = ("nightly", "full")
ABOUT = ("books", "workflows", "unproved")

Value = tuple[tuple[str, ...], float]
"""The values of a gauge's labels, and its own."""


@dataclass(frozen=True)
class FigureGauge:
    """A gauge by its name and labels, what it says, and where its values are in the figures."""

    name: str
    says: str
    values: Callable[[Figures], Iterable[Value]]
    labels: tuple[str, ...] = ()

    def family(self, figures: Figures | None) -> Metric:
        """Return it with its values; without any where nothing is known."""
        family = GaugeMetricFamily(self.name, self.says, labels=self.labels)
        for labels, value in self.values(figures) if figures else ():
            family.add_metric(labels, value)
        return family


def _orders(figures: Figures) -> Iterator[Value]:
    for state in State:
        yield (state.value,), figures.states.get(state, 0)


def _held(figures: Figures) -> Iterator[Value]:
    for one in figures.sums:
        yield (one.kind, one.currency), one.amount


def _findings(figures: Figures) -> Iterator[Value]:
    found = {one.kind: one for one in figures.checks}
    for kind in CHECKS:
        for about in ABOUT:
            yield (kind, about), getattr(found.get(kind), about, 0)


def _ended(figures: Figures) -> Iterator[Value]:
    ended = {one.kind: one.ended_at for one in figures.checks}
    for kind in CHECKS:
        yield (kind,), ended.get(kind, 0)


def _silence(figures: Figures) -> Iterator[Value]:
    yield (), math.inf if figures.heartbeat_seconds is None else figures.heartbeat_seconds


def _workers(figures: Figures) -> Iterator[Value]:
    yield (), figures.workers


def _near_limit(figures: Figures) -> Iterator[Value]:
    for before in NEAR_LIMIT:
        yield (str(before.days),), figures.near_limit[before]


def _of_messages(value: Callable[[Waiting], float]) -> Callable[[Figures], Iterator[Value]]:
    return _of_each(CHANNELS, lambda figures: figures.messages, value)


def _of_payouts(value: Callable[[Waiting], float]) -> Callable[[Figures], Iterator[Value]]:
    return _of_each(PAYOUTS_WAIT_FOR, lambda figures: figures.payouts, value)


def _of_each(
    names: Iterable[str],
    which: Callable[[Figures], Mapping[str, Waiting]],
    value: Callable[[Waiting], float],
) -> Callable[[Figures], Iterator[Value]]:
    def values(figures: Figures) -> Iterator[Value]:
        for name in names:
            yield (name,), value(which(figures)[name])

    return values


def _count(waiting: Waiting) -> float:
    return waiting.count


def _age(waiting: Waiting) -> float:
    return waiting.oldest_seconds


def _both(
    name: str, says: str, oldest: str, which: Callable[[Figures], Waiting]
) -> tuple[FigureGauge, FigureGauge]:
    """Return the gauges of how many wait, and of how long the oldest has."""
    return (
        FigureGauge(name, says, lambda figures: [((), which(figures).count)]),
        FigureGauge(
            f"{name}_oldest_seconds",
            f"Seconds {oldest}; 0 where there is none.",
            lambda figures: [((), which(figures).oldest_seconds)],
        ),
    )


GAUGES = (
    FigureGauge("sequestre_orders", "Orders in each state.", _orders, ("state",)),
    FigureGauge(
        "sequestre_held_minor_units",
        "What all accounts of a kind hold, in the currency's minor unit; in each currency they come"
        " to zero.",
        _held,
        ("account", "currency"),
    ),
    *_both(
        "sequestre_requests_undecided",
        "Requests that nobody has decided, up to 100,000.",
        "since the oldest of them was received",
        lambda figures: figures.undecided,
    ),
    *_both(
        "sequestre_orders_not_started",
        "Orders whose workflow was not seen to start, up to 100,000.",
        "since the oldest of them was placed",
        lambda figures: figures.not_started,
    ),
    *_both(
        "sequestre_deadlines_overdue",
        "Orders whose state's deadline has passed and that nothing has followed, up to 100,000.",
        "since the first of these deadlines passed",
        lambda figures: figures.overdue,
    ),
    FigureGauge(
        "sequestre_orders_near_holding_limit",
        "Open orders whose last safe instant is so many days away or less; 0 days: it has passed."
        " Up to 100,000.",
        _near_limit,
        ("days",),
    ),
    *_both(
        "sequestre_provider_events_not_applied",
        "Events of the payment provider that nobody has applied, up to 100,000.",
        "since the first of them was received",
        lambda figures: figures.events,
    ),
    FigureGauge(
        "sequestre_payouts_waiting",
        "Payouts that wait for a second person's approval, for the provider to pay them, or, since"
        " it has their money and does not give it back, for a person. Up to 100,000.",
        _of_payouts(_count),
        ("waits_for",),
    ),
    FigureGauge(
        "sequestre_payouts_waiting_oldest_seconds",
        "Seconds since the oldest of them was asked for; 0 where there is none.",
        _of_payouts(_age),
        ("waits_for",),
    ),
    FigureGauge(
        "sequestre_messages_waiting",
        "E-mails, webhook messages and mails that confirm an address that are not delivered yet, up"
        " to 100,000.",
        _of_messages(_count),
        ("channel",),
    ),
    FigureGauge(
        "sequestre_messages_waiting_oldest_seconds",
        "Seconds since the oldest of them was written; 0 where there is none.",
        _of_messages(_age),
        ("channel",),
    ),
    FigureGauge(
        "sequestre_workers", "Workers whose last heartbeat is younger than 10 seconds.", _workers
    ),
    FigureGauge(
        "sequestre_worker_silence_seconds",
        "Seconds since the last heartbeat of any worker; +Inf where none has left one.",
        _silence,
    ),
    FigureGauge(
        "sequestre_findings",
        "What the last check of a kind found: about the books, about workflows, and what it did not"
        " prove.",
        _findings,
        ("check", "about"),
    ),
    FigureGauge(
        "sequestre_check_timestamp_seconds",
        "When the last check of a kind ended, in Unix time; 0 where there was none.",
        _ended,
        ("check",),
    ),
)
READ_AT = "sequestre_figures_timestamp_seconds"
READ_AT_SAYS = "When the figures of the product were last read from the database, in Unix time."


class FiguresCollector(Collector):
    """The gauges of the product, as they were last read. What is too old to be believed is left
    out: of two processes, one of which does not reach the database, the other is right."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._read: tuple[Figures, float] | None = None
        self._read_at = 0.0

    def note(self, figures: Figures) -> None:
        """Show these from now on."""
        self._read, self._read_at = (figures, self._clock()), time.time()

    @property
    def believed(self) -> Figures | None:
        """Return what was last read, unless that was too long ago."""
        if self._read is None or self._clock() - self._read[1] > BELIEVED_SECONDS:
            return None
        return self._read[0]

    def collect(self) -> Iterator[Metric]:
        """Yield every gauge."""
        figures = self.believed
        for gauge in GAUGES:
            yield gauge.family(figures)
        yield GaugeMetricFamily(READ_AT, READ_AT_SAYS, value=self._read_at)
