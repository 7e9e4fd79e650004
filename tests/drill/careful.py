"""A caller who repeats a request under its key until it has been answered for good."""

import asyncio
import itertools
from dataclasses import dataclass
from typing import Any

import httpx

from tests.app_under_test import ApiClient

AGAIN = (202, 429, 503)
PATIENCE_SECONDS = 120.0
PAUSE_SECONDS = 0.2

_numbers = itertools.count(1)


@dataclass
class CarefulClient(ApiClient):
    """The API, as those meet it who do not mind that a machine is busy."""

    async def call(
        self, method: str, path: str, *given: Any, key: str | None = None, **more: Any
    ) -> httpx.Response:
        """One request, as often as it takes."""
        clock = asyncio.get_running_loop().time
        until = clock() + PATIENCE_SECONDS
        key = key or (f"careful-{next(_numbers)}" if method == "POST" else None)
        while True:
            answer = await super().call(method, path, *given, key=key, **more)
            if answer.status_code not in AGAIN or clock() > until:
                return answer
            await asyncio.sleep(PAUSE_SECONDS)


def careful(api: ApiClient) -> CarefulClient:
    """The same API, met with care."""
    return CarefulClient(api.client, api.secret)
