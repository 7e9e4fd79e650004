"""The worker process: settings, pool, client, worker, and a clean end."""

import asyncio
import signal
from contextlib import suppress

import structlog
from temporalio.client import Client
from temporalio.runtime import Runtime

from db.pool import create_pool
from infra import temporal
from infra.channels import channels
from infra.reconciliation import keep_scheduled
from infra.settings import Settings

PAUSE_SECONDS = 1.0

log = structlog.get_logger()


async def run(settings: Settings) -> None:
    """Works on orders until SIGTERM or SIGINT; steps that are under way are finished first.

    Waits for Temporal where it is away: a worker that started too early is not a broken one.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    client = await _connected(stop, _runtime(settings))
    if client is None:
        return
    pool = await create_pool(settings.database_url.get_secret_value(), settings.database_pool_size)
    try:
        async with temporal.create_worker(client, pool, channels(settings, pool)):
            log.info("worker started", namespace=client.namespace)
            scheduling = asyncio.create_task(keep_scheduled(client))
            await stop.wait()
            scheduling.cancel()
            log.info("worker stops")
    finally:
        await pool.close()


def _runtime(settings: Settings) -> Runtime:
    """Orders are worth more than figures: a worker whose address is taken works without."""
    try:
        return temporal.runtime(settings.metrics_address)
    except ValueError as error:
        log.error("metrics not served", at=settings.metrics_address, because=str(error))
        return temporal.runtime(None)


async def _connected(stop: asyncio.Event, runtime: Runtime) -> Client | None:
    while not stop.is_set():
        try:
            return await temporal.connect(runtime=runtime)
        except RuntimeError as error:
            log.info("worker waits for Temporal", because=str(error)[:200])
        with suppress(TimeoutError):
            async with asyncio.timeout(PAUSE_SECONDS):
                await stop.wait()
    return None
