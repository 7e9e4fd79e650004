"""Ten thousand requests of one caller, who reads, repeats himself, and does what he may not."""

import asyncio
import itertools
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx
import psutil

from bench.one_instant import some_at_once
from tests.app_under_test import ApiClient, Json, Person, eventually, somebody
from tests.endurance.stack_under_test import Findings, StackUnderTest, demand_proof

VISIT = 10
"""Requests of one visit; each has one order."""

CLIENTS = 8
SALVO, GUNS = 5, 60
"""Every fifth request belongs to a salvo of readings, so many at once: it empties the bucket."""

PRICE = 2_000
MONEY = 100_000
GROWTH = 64
"""MiB that the API's process may grow by after its first tenth of the requests."""

Expected = tuple[int, str | None]
FORBIDDEN: Expected = (403, "forbidden")
TOO_LATE: Expected = (409, "action-not-allowed")
REUSED: Expected = (422, "idempotency-key-reused")


@dataclass
class Caller:
    """One user whose program sends much, waits when it is told to, and looks at every answer."""

    api: ApiClient
    who: Person
    service_id: str
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    async def visit(self, _number: int) -> None:
        """Places an order and cancels it, saying everything twice and some things in vain."""
        key = f"visit-{next(self.numbers)}"
        body = {"service_id": self.service_id, "brief": "A logo for my shop."}
        placed = await self._ask((201, None), "POST", "/v1/orders", body, f"{key}-place")
        await self._again(placed, "/v1/orders", body, f"{key}-place")
        order = f"/v1/orders/{placed.json()['id']}"
        await self._ask((200, None), "GET", order)
        await self._ask(FORBIDDEN, "POST", f"{order}/actions/accept")
        cancel = f"{order}/actions/cancel"
        cancelled = await self._ask((200, None), "POST", cancel, None, f"{key}-end")
        await self._again(cancelled, cancel, None, f"{key}-end")
        await self._ask(REUSED, "POST", f"{order}/actions/complete", None, f"{key}-end")
        await self._ask(TOO_LATE, "POST", f"{order}/actions/complete")
        await self._ask((200, None), "GET", f"{order}/events")
        await self._ask((200, None), "GET", "/v1/orders?limit=5")

    async def glance(self, _number: int) -> None:
        """Reads something short."""
        await self._ask((200, None), "GET", "/v1/wallet")

    async def _ask(
        self, expected: Expected, method: str, path: str, body: Any = None, key: str | None = None
    ) -> httpx.Response:
        answer = await self._sent(method, path, body, key)
        if answer.status_code == 202:
            answer = await self._decided(answer, method, path, body, key)
        found = answer.status_code, answer.json().get("code") if answer.is_error else None
        if found != expected:
            self.wrong[f"{method} {path.rpartition('/')[2]}: {found}, not {expected}"] += 1
        return answer

    async def _again(self, first: httpx.Response, path: str, body: Any, key: str) -> None:
        """The same under the same key is answered to the byte as it was."""
        again = await self._sent("POST", path, body, key)
        if (again.status_code, again.content) != (first.status_code, first.content):
            self.wrong[f"a repeated {path.rpartition('/')[2]} was answered otherwise"] += 1

    async def _decided(
        self, accepted: httpx.Response, method: str, path: str, body: Any, key: str | None
    ) -> httpx.Response:
        """What the same key leads to once the request has been decided. What was sent without one
        is refused again."""

        async def look() -> bool:
            found: Json = (await self._sent("GET", accepted.headers["Location"])).json()
            return found["outcome"] is not None

        await eventually(look)
        return await self._sent(method, path, body, key)

    async def _sent(
        self, method: str, path: str, body: Any = None, key: str | None = None
    ) -> httpx.Response:
        while True:
            answer = await self.api.call(method, path, self.who, body, key=key)
            self.statuses[answer.status_code] += 1
            if answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
                return answer
            seconds = answer.headers.get("Retry-After", "")
            if not seconds.isdecimal() or int(seconds) < 1:
                self.wrong[f"a 429 says Retry-After: {seconds!r}"] += 1
            await asyncio.sleep(float(seconds))


async def requests(stack: StackUnderTest, count: int) -> Findings:
    """Sends so many requests that are not refused for their rate, and looks at what is left."""
    findings, who = Findings(), somebody("caller")
    await stack.api.top_up(who, MONEY)
    service = await stack.api.offer(somebody("seller"), extras=[])
    caller = Caller(stack.api, who, service["id"])
    glances, visits = range(count // SALVO), range((count - count // SALVO) // VISIT)
    first = max(1, len(visits) // 10)
    began = time.monotonic()
    start = _mebibytes(stack.api_pid)
    await some_at_once(caller.visit, visits[:first], CLIENTS)
    before = _mebibytes(stack.api_pid)
    await some_at_once(caller.glance, glances, GUNS)
    await some_at_once(caller.visit, visits[first:], CLIENTS)
    after = _mebibytes(stack.api_pid)
    findings.figures["seconds"] = f"{time.monotonic() - began:.0f}"
    findings.figures["memory"] = (
        f"{start:.0f} MiB at first, {before:.0f} after a tenth, {after:.0f} in the end"
    )
    findings.demand(after - before < GROWTH, f"the API grew by {after - before:.0f} MiB")
    _look_at_answers(caller, findings, len(glances) + VISIT * len(visits))
    await _look_at_money(caller, findings)
    await demand_proof(stack, findings)
    return findings


def _mebibytes(pid: int) -> float:
    return float(psutil.Process(pid).memory_info().rss) / 2**20


def _look_at_answers(caller: Caller, findings: Findings, count: int) -> None:
    statuses = caller.statuses
    said = ", ".join(f"{times} times {status}" for status, times in sorted(statuses.items()))
    findings.figures["answers"] = said
    answered = statuses.total() - statuses[429]
    findings.demand(answered >= count, f"only {answered} answers")
    findings.demand(max(statuses) < 500, f"the API failed: {said}")
    findings.wrong += [f"{times} times {what}" for what, times in caller.wrong.items()]


async def _look_at_money(caller: Caller, findings: Findings) -> None:
    answer = await caller.api.get("/v1/wallet", caller.who)
    while answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
        await asyncio.sleep(float(answer.headers["Retry-After"]))
        answer = await caller.api.get("/v1/wallet", caller.who)
    held = answer.json()["balances"]
    expected = [{"amount": MONEY, "currency": "EUR"}]
    findings.demand(held == expected, f"the wallet holds {held}, not {expected}")
