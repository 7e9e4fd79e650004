"""Orders that Temporal gives to workers which are not there: to a build that was promoted and
stopped, say. `sequestre workers` says which, and `sequestre promote` changes it."""

from collections.abc import Awaitable, Callable

from db import worker_heartbeats
from db.pool import Pool, connection
from infra.going_on import again_and_again
from infra.metrics.processes import ApiMetrics
from infra.routing import Crew, unserved_percent

EVERY_SECONDS = 10.0


async def watch_unserved(
    metrics: ApiMetrics, crews: Callable[[], Awaitable[list[Crew]]], pool: Pool
) -> None:
    """Look every few seconds which share of the orders goes to nobody, until cancelled. While
    Temporal or the database is away, what was known stays."""

    async def look() -> None:
        there = await crews()
        async with connection(pool) as acquired:
            alive = await worker_heartbeats.lately_alive(acquired)
        metrics.unserved.set(unserved_percent(there, alive))

    await again_and_again(look, lambda: EVERY_SECONDS, "share of the workers not read")
