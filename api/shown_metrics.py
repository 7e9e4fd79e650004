"""The metrics of a running API, at an address of their own: the API's own port shows none."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from api.state import Services
from infra.metrics.connections import Link
from infra.metrics.processes import ApiMetrics
from infra.metrics.showing import show
from infra.metrics.unserved_orders import watch_unserved


@asynccontextmanager
async def shown(
    metrics: ApiMetrics, services: Services, address: str | None
) -> AsyncIterator[None]:
    """Show what the parts of the API are at, for as long as the block lasts, if anywhere."""
    if address is None:
        yield
        return
    listener, gateway = services.listener, services.gateway
    connected = links(lambda: listener.is_connected, lambda: gateway.answers)
    metrics.connections.watch(services.pool, *connected)
    showing = (
        asyncio.create_task(show(metrics, services.pool, address)),
        asyncio.create_task(watch_unserved(metrics, gateway.crews, services.pool)),
    )
    try:
        yield
    finally:
        for task in showing:
            task.cancel()
        await asyncio.gather(*showing, return_exceptions=True)


def links(listens: Callable[[], bool], temporal_answers: Callable[[], bool]) -> tuple[Link, ...]:
    """Return what an API is connected to besides its pool."""
    return (
        Link(
            "sequestre_listener_connected",
            "Whether the API hears of what is decided (1) or has to look for it (0).",
            listens,
        ),
        Link(
            "sequestre_temporal_answers",
            "Whether Temporal answered this API when it last looked, each second (1) or not (0).",
            temporal_answers,
        ),
    )
