"""What is counted in each API process alone, and what in all of them together."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import httpx

from tests.app_under_test import ApiClient, place_order, somebody
from tests.chaos.proxied_stack import CALL_SECONDS
from tests.production.commands import Failed
from tests.production.shape import ProvidersClient, Shape

AT_ONCE = 20
MOST_REQUESTS = 3_000
"""More than a bucket holds and fills up with meanwhile."""
ATTEMPTS = 60
"""What one person may try on one order at once, wherever."""


async def counted_apart(shape: Shape) -> None:
    """Who has asked one API process too often is answered by the other."""
    async with AsyncExitStack() as opened:
        one, other = [await opened.enter_async_context(_at(shape, name)) for name in shape.hosts]
        eager, asked = somebody("eager"), itertools.count(1)

        async def ask() -> None:
            while next(asked) < MOST_REQUESTS:
                with suppress(httpx.TransportError):  # of a connection that is kept no longer
                    answer = await one.get("/v1/wallet", eager)
                    if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
                        return

        await asyncio.gather(*(ask() for _ in range(AT_ONCE)))
        if next(asked) > MOST_REQUESTS:
            raise Failed(f"{MOST_REQUESTS} requests of one caller were not too many")
        answer = await other.get("/v1/wallet", eager)
        if answer.status_code != httpx.codes.OK:
            raise Failed(f"the other API process answers {answer.status_code}: it counts together")


async def counted_together(shape: Shape) -> None:
    """What one person tries on one order counts at whichever API process they try it."""
    async with AsyncExitStack() as opened:
        apis = [await opened.enter_async_context(_at(shape, name)) for name in shape.hosts]
        order = await place_order(shape.api)
        turns = itertools.cycle(apis)
        tried = [
            (await next(turns).act(order.order, "complete", order.buyer)).status_code
            for _ in range(ATTEMPTS + 2)
        ]
    refused = [n for n, code in enumerate(tried, 1) if code == httpx.codes.TOO_MANY_REQUESTS]
    if refused != [ATTEMPTS + 1, ATTEMPTS + 2]:
        raise Failed(f"of {len(tried)} attempts in turn these were too many: {refused}")


@asynccontextmanager
async def _at(shape: Shape, name: str) -> AsyncIterator[ApiClient]:
    """One API process, past the proxy."""
    url = f"http://{shape.hosts[name]}:8000"
    async with httpx.AsyncClient(base_url=url, timeout=CALL_SECONDS, trust_env=False) as client:
        yield ProvidersClient(client, key=shape.api.key)
