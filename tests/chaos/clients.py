"""Careful callers, and all that they were told.

A careful caller repeats a request under the same Idempotency-Key until it has been answered for
good: not by silence, 429 or 503, and after a 202 by looking where it points as well.
"""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx

from tests.app_under_test import ApiClient, Json, Person

AGAIN = (429, 503)
PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 1.0
LOOKS = 6
"""At a request's outcome before the request itself is repeated."""


@dataclass(frozen=True)
class Answer:
    """An answer for good."""

    status: int
    body: str
    document: Json

    @property
    def code(self) -> str | None:
        """Why it was refused."""
        return self.document.get("code") if self.status >= 400 else None


@dataclass
class Intent:
    """One thing that somebody wants done, once, however often they have to say so.

    `traceless` ones must leave nothing: strangers' and malformed ones.
    """

    number: int
    who: Person
    role: str
    action: str
    path: str
    body: Json | None
    key: str
    order_id: str | None = None
    if_match: str | None = None
    traceless: bool = False
    sent: int = 0
    answers: list[Answer] = field(default_factory=list)
    recorded: list[str] = field(default_factory=list)
    outcomes: list[Json] = field(default_factory=list)
    outrages: list[str] = field(default_factory=list)

    @property
    def answer(self) -> Answer | None:
        """What it was told first."""
        return self.answers[0] if self.answers else None


@dataclass(repr=False)
class Clients:
    """Everybody at the API, through a link that may be bad, and the log of what they wanted."""

    api: ApiClient
    patience: float
    random: Random
    intents: list[Intent] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _signed: dict[Person, dict[str, str]] = field(default_factory=dict)

    def intent(
        self, who: Person, role: str, action: str, path: str, body: Any, **more: Any
    ) -> Intent:
        """Something new that somebody wants."""
        number = next(self._numbers)
        key = f"intent-{number}-{self.random.getrandbits(40):010x}"
        wanted = Intent(number, who, role, action, path, body, key, **more)
        self.intents.append(wanted)
        return wanted

    async def insist(self, intent: Intent) -> Answer | None:
        """Repeats it until it is answered for good; None when patience ran out."""
        async for _ in _attempts(self.patience):
            response = await self._send(intent)
            if response is None or response.status_code in AGAIN:
                continue
            if response.status_code == 202:
                await self._follow(intent, response)
                continue
            if response.status_code >= 500:
                intent.outrages.append(f"{response.status_code} {response.text[:200]}")
                continue
            answer = Answer(response.status_code, response.text, response.json())
            intent.answers.append(answer)
            return answer
        return None

    async def read(self, who: Person, path: str) -> Json | None:
        """A document, asked for until it is there; None when patience ran out."""
        async for _ in _attempts(self.patience):
            response = await self._request("GET", path, who)
            if response is not None and response.status_code == 200:
                document: Json = response.json()
                return document
        return None

    def key_for(self, intent: Intent) -> str:
        """The key that the next attempt is sent under: always the same."""
        return intent.key

    async def _follow(self, intent: Intent, response: httpx.Response) -> None:
        intent.recorded.append(response.json()["id"])
        for _ in range(LOOKS):
            looked = await self._request("GET", response.headers["Location"], intent.who)
            if looked is not None and looked.status_code == 200 and looked.json()["outcome"]:
                intent.outcomes.append(looked.json()["outcome"])
                return
            await asyncio.sleep(PAUSE_SECONDS)

    async def _send(self, intent: Intent) -> httpx.Response | None:
        intent.sent += 1
        headers = {"Idempotency-Key": self.key_for(intent)}
        if intent.if_match:
            headers["If-Match"] = intent.if_match
        return await self._request("POST", intent.path, intent.who, headers, intent.body)

    async def _request(
        self,
        method: str,
        path: str,
        who: Person,
        headers: dict[str, str] | None = None,
        body: Any = None,
    ) -> httpx.Response | None:
        signed = self._signed.get(who) or self._signed.setdefault(who, self.api.signed(who))
        try:
            response = await self.api.client.request(
                method, path, headers={**signed, **(headers or {})}, json=body
            )
        except httpx.HTTPError as error:
            self.statuses[f"no answer ({type(error).__name__})"] += 1
            return None
        self.statuses[str(response.status_code)] += 1
        return response


async def _attempts(patience: float) -> AsyncIterator[None]:
    """Turns with growing pauses between them, as long as patience lasts."""
    clock = asyncio.get_running_loop().time
    until, pause = clock() + patience, PAUSE_SECONDS
    while clock() < until:
        yield None
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
