"""A Prometheus that looks at a product while it is broken, and what it saw."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.alerts.prometheus import Prometheus, watching

ALL = "[1d]"
"""Longer than any round."""


@dataclass
class Seen:
    """What it saw: how often it looked, how often it was answered, and for how many seconds each
    alert fired, by rules ten times as quick as the product's."""

    looks: int = 0
    answered: int = 0
    fired: Counter[str] = field(default_factory=Counter)
    fires_still: set[str] = field(default_factory=set)

    async def ask(self, prometheus: Prometheus) -> None:
        """Take over what it has seen so far."""
        for _, looks in await prometheus.values(f"sum(count_over_time(up{ALL}))"):
            self.looks = int(looks)
        for _, answered in await prometheus.values(f"sum(sum_over_time(up{ALL}))"):
            self.answered = int(answered)
        firing = f'sum by (alertname) (count_over_time(ALERTS{{alertstate="firing"}}{ALL}))'
        for labels, seconds in await prometheus.values(firing):
            self.fired[labels["alertname"]] = int(seconds)
        self.fires_still = await prometheus.firing()


@asynccontextmanager
async def scraping(directory: Path, metrics: Mapping[str, str]) -> AsyncIterator[Seen]:
    """While the block lasts it looks each second; afterwards it is known what it saw."""
    seen = Seen()
    async with watching(directory, metrics) as prometheus:
        yield seen
        await seen.ask(prometheus)
