"""The worker process: settings, pool, client, worker, and a clean end."""

import asyncio
import signal
from contextlib import suppress

import structlog
from temporalio.client import Client

from db.pool import create_pool
from infra import temporal
from infra.channels import channels
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
    client = await _connected(stop)
    if client is None:
        return
    pool = await create_pool(settings.database_url.get_secret_value(), settings.database_pool_size)
    try:
        async with temporal.create_worker(client, pool, channels(settings, pool)):
            log.info("worker started", namespace=client.namespace)
            await stop.wait()
            log.info("worker stops")
    finally:
        await pool.close()


async def _connected(stop: asyncio.Event) -> Client | None:
    while not stop.is_set():
        try:
            return await temporal.connect()
        except RuntimeError as error:
            log.info("worker waits for Temporal", because=str(error)[:200])
        with suppress(TimeoutError):
            async with asyncio.timeout(PAUSE_SECONDS):
                await stop.wait()
    return None
