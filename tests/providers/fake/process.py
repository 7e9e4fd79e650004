"""The fake as a process, for who tests with it."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.providers.fake.__main__ import KEY, SECRET

Json = dict[str, Any]
ROOT = Path(__file__).parents[3]
STOP_SECONDS = 120


class FakeProvider:
    """A fake that runs, and what it is told to do."""

    key, secret = KEY, SECRET

    def __init__(self, url: str, client: httpx.AsyncClient) -> None:
        self.url = url
        self._client = client

    async def does(self, path: str, **said: Any) -> Json:
        """Have it do something: see `tests.providers.fake.control`."""
        answer = await self._client.post(f"{self.url}/_control/{path}", json=said)
        done: Json = answer.raise_for_status().json()
        return done

    async def fails(self, **faults: Any) -> None:
        """Have these things go wrong from now on, and nothing else."""
        await self.does("faults", **faults)

    async def books(self) -> Json:
        """What it holds and what has moved, by currency."""
        books: Json = (await self._client.get(f"{self.url}/_control/books")).json()
        return books

    async def attempts(self) -> list[Json]:
        """What became of each attempt to tell an event."""
        tried: list[Json] = (await self._client.get(f"{self.url}/_control/attempts")).json()
        return tried


@asynccontextmanager
async def running_fake(*options: str) -> AsyncIterator[FakeProvider]:
    """A fake of one's own, on a free port of this machine."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.providers.fake", *options),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        url = json.loads(await process.stdout.readline())["url"]
        async with httpx.AsyncClient(trust_env=False, timeout=120) as client:
            yield FakeProvider(url, client)
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), STOP_SECONDS)
