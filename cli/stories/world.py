"""A running stack as the people of a story meet it: over HTTP, each with a token of their own."""

import asyncio
import itertools
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx

from api.auth.tokens import Authority, issue

Json = dict[str, Any]

PATIENCE_SECONDS = 60
A_PAGE = 100
MARKETPLACE = ("the-marketplace", Authority.OPERATOR)
"""Who tops wallets up and moves the clock."""

Who = tuple[str, Authority]


class Refused(Exception):
    """The API refused what somebody asked for."""

    def __init__(self, problem: Json) -> None:
        super().__init__(str(problem.get("detail") or problem.get("title") or problem))
        self.code = problem.get("code")


@dataclass
class World:
    """A running stack."""

    client: httpx.AsyncClient
    secret: str
    _run: str = field(default_factory=lambda: secrets.token_hex(6))
    _keys: "itertools.count[int]" = field(default_factory=itertools.count)

    async def ask(
        self, method: str, path: str, who: Who, body: Json | None = None, key: str | None = None
    ) -> Json:
        """Send one request and return its answer; what was only written down is waited for. A POST
        has a key of its own where none is given.

        Raises:
            Refused: the API refused it, or did not carry it out within a minute.
        """
        answer = await self._sent(method, path, who, body, key)
        if answer.status_code == httpx.codes.ACCEPTED and "Location" in answer.headers:
            await self._decided(answer.headers["Location"], who)
            order, _, _ = path.partition("/actions/")
            answer = await self._sent("GET", order, who, None)
        return _document(answer)

    async def _sent(
        self, method: str, path: str, who: Who, body: Json | None, key: str | None = None
    ) -> httpx.Response:
        user_id, role = who
        headers = {"Authorization": f"Bearer {issue(self.secret, user_id, [role])}"}
        if method == "POST":
            headers["Idempotency-Key"] = key or f"story-{self._run}-{next(self._keys)}"
        return await self.client.request(method, path, headers=headers, json=body)

    async def _decided(self, location: str, who: Who) -> None:
        for _ in range(PATIENCE_SECONDS):
            request = _document(await self._sent("GET", location, who, None))
            outcome = request["outcome"]
            if outcome is not None and not outcome["accepted"]:
                raise Refused(outcome)
            if outcome is not None:
                return
            await asyncio.sleep(1)
        raise Refused({"detail": "it was written down, and no worker has carried it out"})

    async def items(self, path: str, who: Who) -> AsyncIterator[Json]:
        """Yield everything in a list, page by page."""
        cursor = ""
        while True:
            page = await self.ask("GET", f"{path}?limit={A_PAGE}{cursor}", who)
            for item in page["items"]:
                yield item
            if page["next_cursor"] is None:
                return
            cursor = f"&cursor={page['next_cursor']}"

    async def wallet(self, who: Who) -> Counter[str]:
        """Return what somebody's wallet holds, in minor units by currency."""
        balances = (await self.ask("GET", "/v1/wallet", who))["balances"]
        return Counter({one["currency"]: one["amount"] for one in balances})

    async def notices(self, who: Who, after: int) -> list[Json]:
        """Return what somebody was told after a notice, oldest first; 0: ever."""
        found: list[Json] = []
        async for notice in self.items("/v1/notifications", who):
            if int(notice["id"]) <= after:
                break
            found.append(notice)
        return found[::-1]


def _document(answer: httpx.Response) -> Json:
    try:
        document: Json = answer.json()
    except ValueError:
        raise Refused({"detail": f"the API answered {answer.status_code} without JSON"}) from None
    if not answer.is_success:
        raise Refused(document)
    return document


def moved(postings: Iterable[Json], kind: str) -> Counter[str]:
    """Return what postings left in the accounts of a kind, in minor units by currency."""
    left: Counter[str] = Counter()
    for posting in postings:
        amount, currency = posting["amount"]["amount"], posting["amount"]["currency"]
        left[currency] += amount * (posting["credit"]["kind"] == kind)
        left[currency] -= amount * (posting["debit"]["kind"] == kind)
    return left
