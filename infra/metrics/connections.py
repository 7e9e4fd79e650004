"""What a process has of the database and of Temporal at this moment."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from db.pool import BORROWERS


class SizedPool(Protocol):
    """What is asked of a pool."""

    def get_size(self) -> int: ...
    def get_idle_size(self) -> int: ...
    def get_max_size(self) -> int: ...


@dataclass(frozen=True)
class Link:
    """Something that a process is connected to or is not, by the name and help of its gauge."""

    name: str
    says: str
    holds: Callable[[], bool]


class ConnectionsCollector(Collector):
    """The pool of a process, once it has one, and what else it is connected to."""

    def __init__(self) -> None:
        self._pool: SizedPool | None = None
        self._links: tuple[Link, ...] = ()

    def watch(self, pool: SizedPool, *links: Link) -> None:
        """Show these from now on."""
        self._pool, self._links = pool, links

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges; those of the pool have no value while there is none."""
        yield from _of_pool(self._pool)
        for link in self._links:
            yield GaugeMetricFamily(link.name, link.says, value=link.holds())


def _of_pool(pool: SizedPool | None) -> Iterator[Metric]:
    held = GaugeMetricFamily(
        "sequestre_database_connections",
        "Connections of this process's pool to the database.",
        labels=["state"],
    )
    most = GaugeMetricFamily(
        "sequestre_database_connections_max", "How many connections the pool may have."
    )
    waiting = GaugeMetricFamily(
        "sequestre_database_waiting", "Pieces of work that wait for a connection of the pool."
    )
    if pool is not None:
        size, idle = pool.get_size(), pool.get_idle_size()
        held.add_metric(["idle"], idle)
        held.add_metric(["in_use"], size - idle)
        most.add_metric([], pool.get_max_size())
        waiting.add_metric([], len(BORROWERS))
    yield from (held, most, waiting)
