"""The address at which a process answers Prometheus, and how often it looks at the product."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import structlog
from prometheus_client import CollectorRegistry, start_http_server

from db.errors import Unavailable
from db.figures import figures
from db.pool import Pool, connection
from infra.metrics.figures import FiguresCollector
from infra.metrics.processes import ProcessMetrics

EVERY_SECONDS = 15.0

log = structlog.get_logger()


async def show(metrics: ProcessMetrics, pool: Pool, address: str) -> None:
    """Answer at an address, and read the figures of the product every few seconds, until cancelled.
    They are read first, so that they are there from the first answer on. Where the address is
    taken, that is logged, and the process goes on without."""
    await _read(metrics.figures, pool)
    async with _served(metrics.registry, address):
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            await _read(metrics.figures, pool)


async def _read(shown: FiguresCollector, pool: Pool) -> None:
    try:
        async with connection(pool) as acquired:
            shown.note(await figures(acquired))
    except (Unavailable, asyncpg.PostgresError) as error:
        log.info("figures not read", because=type(error).__name__)


@asynccontextmanager
async def _served(registry: CollectorRegistry, address: str) -> AsyncIterator[None]:
    host, _, port = address.rpartition(":")
    try:
        server, thread = start_http_server(int(port), host.strip("[]"), registry)
    except OSError as error:
        log.error("metrics not served", at=address, because=error.strerror)
        yield
        return
    try:
        yield
    finally:
        await asyncio.to_thread(server.shutdown)
        server.server_close()
        thread.join()
