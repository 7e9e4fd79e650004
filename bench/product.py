"""The product's own arm: lives over HTTP, as its people live them."""

import time

from bench.closed_loop import PLACE, Took
from bench.life import ACTS, Marketplace, Pair


class Product:
    """Lives on a running API, each client's with two people of its own."""

    def __init__(self, marketplace: Marketplace, pairs: list[Pair]) -> None:
        self._marketplace = marketplace
        self._pairs = pairs

    async def live(self, client: int, took: Took) -> None:
        """Play one life."""
        pair = self._pairs[client % len(self._pairs)]
        began = time.perf_counter()
        order_id = await self._marketplace.place(pair)
        took(PLACE, time.perf_counter() - began)
        for act in ACTS:
            began = time.perf_counter()
            await self._marketplace.act(pair, order_id, act)
            took(act.name, time.perf_counter() - began)
