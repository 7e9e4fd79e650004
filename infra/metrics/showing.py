"""The address at which a process answers Prometheus, and how often it looks at the product."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import structlog
from prometheus_client import CollectorRegistry, make_wsgi_app, start_http_server

from db.figures import figures
from db.pool import Pool, connection
from infra.going_on import again_and_again, tried
from infra.metrics.processes import ProcessMetrics

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

EVERY_SECONDS = 15.0
NOT_READ = "figures not read"

log = structlog.get_logger()


async def show(metrics: ProcessMetrics, pool: Pool, address: str) -> None:
    """Answer at an address, and read the figures of the product every few seconds, until cancelled.
    They are read first, so that they are there from the first answer on. Where the address is
    taken, that is logged, and the process goes on without."""

    async def read() -> None:
        async with connection(pool) as acquired:
            metrics.figures.note(await figures(acquired))

    await tried(read, NOT_READ)
    async with _served(metrics.registry, address):
        await asyncio.sleep(EVERY_SECONDS)
        await again_and_again(read, lambda: EVERY_SECONDS, NOT_READ)


@asynccontextmanager
async def _served(registry: CollectorRegistry, address: str) -> AsyncIterator[None]:
    host, _, port = address.rpartition(":")
    try:
        server, thread = start_http_server(int(port), host.strip("[]"), registry)
        server.set_app(_answering(registry))
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


def _answering(registry: CollectorRegistry) -> "WSGIApplication":
    """Return what answers who asks; a format that cannot be read is no reason to answer nothing,
    nor for a traceback beside the log."""
    shown: WSGIApplication = make_wsgi_app(registry)

    def answer(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        try:
            return shown(environ, start)
        except Exception as error:  # the client library reads a version without a look
            log.info("metrics shown as plain text", because=type(error).__name__)
        try:
            return shown({**environ, "HTTP_ACCEPT": "text/plain"}, start)
        except Exception as error:
            log.error("metrics not shown", because=type(error).__name__)
            start("500 Internal Server Error", [])
            return [b""]

    return answer
