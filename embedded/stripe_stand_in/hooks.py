"""Events on their way: signed as Stripe does, and sent again until somebody takes them."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field

import httpx

from embedded.stripe_stand_in.wire import Json

SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
"""Seconds between two attempts of the same event: Stripe's are hours."""


def signature(body: bytes, secrets: Iterable[str], at: int) -> str:
    """What the header `Stripe-Signature` says: one signature for each secret."""
    signed = str(at).encode() + b"." + body
    signs = (hmac.new(one.encode(), signed, hashlib.sha256).hexdigest() for one in secrets)
    return ",".join([f"t={at}", *(f"v1={sign}" for sign in signs)])


@dataclass
class Hooks:
    """Where events go, and what became of each attempt."""

    secrets: list[str]
    deliver_to: str | None = None
    attempts: list[Json] = field(default_factory=list)
    gathered: list[Json] = field(default_factory=list)
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)
    _client: httpx.AsyncClient = field(
        default_factory=lambda: httpx.AsyncClient(timeout=60, trust_env=False)
    )

    def send(self, events: list[Json]) -> None:
        """Send events, beside each other."""
        for event in events:
            self.start(self._until_taken(event))

    def start(self, sending: Coroutine[None, None, None]) -> None:
        """Let something be sent while others go on."""
        task = asyncio.create_task(sending)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def send_in_turn(self, events: list[Json]) -> None:
        """Try events one after the other, once each, before they are sent until they are taken."""
        missed = [event for event in events if not await self._taken(event)]
        self.send(missed)

    async def begin_anew(self, secrets: list[str]) -> None:
        """Send nothing of what was told, and nowhere until that is said."""
        await self._stop()
        self.attempts.clear()
        self.gathered.clear()
        self.deliver_to, self.secrets = None, secrets

    async def aclose(self) -> None:
        """Send nothing more."""
        await self._stop()
        await self._client.aclose()

    async def _stop(self) -> None:
        for task in list(self._under_way):
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _until_taken(self, event: Json) -> None:
        pause = SHORTEST_PAUSE
        while self.deliver_to is not None and not await self._taken(event):
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _taken(self, event: Json) -> bool:
        if self.deliver_to is None:
            return True
        body = json.dumps(event).encode()
        headers = {"Content-Type": "application/json; charset=utf-8"}
        headers["Stripe-Signature"] = signature(body, self.secrets, int(time.time()))
        try:
            answer = await self._client.post(self.deliver_to, content=body, headers=headers)
            status = answer.status_code
        except httpx.HTTPError:
            status = 0
        self.attempts.append({"event": event["id"], "type": event["type"], "status": status})
        return 200 <= status < 300
