"""Debian's Prometheus beside a stack, with the product's rules made quick."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
import yaml

from embedded.ports import Port, claim_ports

T = TypeVar("T")

PROGRAM = Path(os.environ.get("PROMETHEUS", "/usr/bin/prometheus"))
RULES = Path(__file__).parents[2] / "deploy/prometheus/rules.yml"
JOBS = {"api": "sequestre-api", "worker": "sequestre-worker", "sdk": "temporal-sdk"}
UNITS = {"s": 1, "m": 60, "h": 3600}
QUICKER = 10
PATIENCE_SECONDS = 240.0
NOT_RUN_YET = {"NightlyCheckNeverRan"}
"""No night comes while the tests run; that takes a day and more to be told."""

_DURATION = re.compile(r"(?<=for: )(\d+)([smh])|(?<=\[)(\d+)([smh])(?=\])")
_SECONDS = re.compile(r"(?<=> )\d{2,}\b")
"""A threshold of more than one digit is an age."""


def quickened(rules: str) -> str:
    """The rules with every duration and every age a tenth of what it is."""

    def shorter(found: re.Match[str]) -> str:
        number, unit = found[1] or found[3], found[2] or found[4]
        return f"{int(number) * UNITS[unit] * 1000 // QUICKER}ms"

    rules = _DURATION.sub(shorter, rules)
    return _SECONDS.sub(lambda found: str(int(found[0]) / QUICKER), rules)


async def until(look: Callable[[], Awaitable[T]], holds: Callable[[T], bool]) -> T:
    """What `look` gives once it holds.

    Raises:
        TimeoutError: it did not, in the time that the slowest alert takes.
    """
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not holds(found := await look()):
            await asyncio.sleep(0.5)
        return found


@dataclass(frozen=True)
class Prometheus:
    """A running server."""

    url: str

    async def values(self, query: str) -> list[tuple[dict[str, str], float]]:
        """What a query gives at this instant; nothing while the server starts.

        Raises:
            HTTPStatusError: it is no query.
        """
        async with httpx.AsyncClient(trust_env=False) as client:
            try:
                answer = await client.get(f"{self.url}/api/v1/query", params={"query": query})
            except httpx.TransportError:
                return []
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            return []
        answer.raise_for_status()
        results: Any = answer.json()["data"]["result"]
        return [(one["metric"], float(one["value"][1])) for one in results]

    async def firing(self) -> set[str]:
        """The alerts that fire."""
        values = await self.values('ALERTS{alertstate="firing"}')
        return {labels["alertname"] for labels, _ in values}

    async def pending(self) -> set[str]:
        """The alerts that fire or would if it went on."""
        found = {labels["alertname"] for labels, _ in await self.values("ALERTS")}
        return found - NOT_RUN_YET

    async def until_fires(self, *names: str) -> None:
        """Waits until exactly these fire."""
        await until(self.firing, lambda found: found == set(names))

    async def until_silent(self) -> None:
        """Waits until nothing fires, and nothing is about to."""
        await until(self.pending, lambda found: found == set())

    async def until_above(self, query: str, least: float) -> None:
        """Waits until a query gives more than this."""
        await until(
            lambda: self.values(query), lambda found: any(value > least for _, value in found)
        )


@asynccontextmanager
async def watching(directory: Path, metrics: Mapping[str, str]) -> AsyncIterator[Prometheus]:
    """A Prometheus that looks each second at these addresses, by whose they are."""
    (port,) = claim_ports(Port(0, "Prometheus", ""))
    directory.mkdir()
    (directory / "rules.yml").write_text(quickened(RULES.read_text(encoding="utf-8")))
    (directory / "prometheus.yml").write_text(yaml.safe_dump(_config(metrics)))
    process = await asyncio.create_subprocess_exec(
        str(PROGRAM),
        f"--config.file={directory / 'prometheus.yml'}",
        f"--storage.tsdb.path={directory / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=warn",
    )
    try:
        prometheus = Prometheus(f"http://127.0.0.1:{port}")
        await until(
            lambda: prometheus.values("up"), lambda found: sum(n for _, n in found) == len(metrics)
        )
        yield prometheus
    finally:
        process.terminate()
        await process.wait()


def _config(metrics: Mapping[str, str]) -> dict[str, Any]:
    targets = {whose: urlsplit(url).netloc for whose, url in metrics.items()}
    return {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
        "rule_files": ["rules.yml"],
        "scrape_configs": [
            {"job_name": JOBS[whose], "static_configs": [{"targets": [target]}]}
            for whose, target in targets.items()
        ],
    }
