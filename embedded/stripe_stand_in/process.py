"""The stand-in as a process of its own, and what it is told to do."""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from pydantic import SecretStr

from embedded.child import launched
from embedded.environment import program_environment
from embedded.stripe_stand_in.__main__ import KEY, SECRET
from embedded.stripe_stand_in.wire import Json
from infra.provider_settings import ProviderSettings

STOP_SECONDS = 120
PROGRAM = (sys.executable, "-P", "-m", "embedded.stripe_stand_in")


class StandIn:
    """A stand-in that runs."""

    key, secret = KEY, SECRET

    def __init__(self, url: str, client: httpx.AsyncClient, pid: int) -> None:
        self.url, self.pid = url, pid
        self._client = client

    @property
    def settings(self) -> dict[str, str]:
        """What a stack is set to that is to take it for Stripe."""
        return {
            "SEQUESTRE_PROVIDER": "stripe",
            "SEQUESTRE_STRIPE_SECRET_KEY": self.key,
            "SEQUESTRE_STRIPE_WEBHOOK_SECRETS": self.secret,
            "SEQUESTRE_STRIPE_API_BASE": self.url,
        }

    @property
    def payments(self) -> ProviderSettings:
        """How it is asked from here."""
        return ProviderSettings(
            provider="stripe",
            stripe_secret_key=SecretStr(self.key),
            stripe_webhook_secrets=SecretStr(self.secret),
            stripe_api_base=self.url,
        )

    async def does(self, path: str, **said: Any) -> Json:
        """Have it do something: see `embedded.stripe_stand_in.control`.

        Raises:
            HTTPStatusError: that cannot be done.
        """
        answer = await self._client.post(f"{self.url}/_control/{path}", json=said)
        done: Json = answer.raise_for_status().json()
        return done

    async def fails(self, **faults: Any) -> None:
        """Have these things go wrong from now on, and nothing else."""
        await self.does("faults", **faults)

    async def books(self) -> Json:
        """Return what it holds and what has moved, by currency."""
        books: Json = (await self._client.get(f"{self.url}/_control/books")).json()
        return books

    async def every(self, kind: str) -> list[Json]:
        """Return all that it has of a kind, oldest first."""
        answer = await self._client.get(f"{self.url}/_control/every/{kind}")
        every: list[Json] = answer.json()
        return every

    async def attempts(self) -> list[Json]:
        """Return what became of each attempt to tell an event."""
        tried: list[Json] = (await self._client.get(f"{self.url}/_control/attempts")).json()
        return tried


@asynccontextmanager
async def running_stand_in(*options: str) -> AsyncIterator[StandIn]:
    """Run a stand-in on a free port of this machine for as long as the block lasts."""
    process = await asyncio.create_subprocess_exec(
        *launched([*PROGRAM, *options]),
        env=program_environment(),
        stdin=DEVNULL,
        stdout=PIPE,
        start_new_session=True,  # out of reach of Ctrl-C: the block ends it
    )
    try:
        url = await _address(process)
        async with httpx.AsyncClient(trust_env=False, timeout=120) as client:
            yield StandIn(url, client, process.pid)
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), STOP_SECONDS)


async def _address(process: asyncio.subprocess.Process) -> str:
    said = await process.stdout.readline() if process.stdout else b""
    url: str = json.loads(said)["url"]
    return url
