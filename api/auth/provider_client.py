"""What an identity provider is asked: one document at a time, of so many bytes and in so much time,
for it may be wedged, or somebody else."""

import asyncio
import json
from typing import Any

import httpx

from outbound.answers import MostBytes, TooLarge, body_of

FETCH_SECONDS = 3.0
MOST_BYTES = 256 * 1024
"""What an answer may have, packed and unpacked: large providers publish some 20 KiB."""

ASKED_FOR = {"Accept-Encoding": "identity", "Connection": "close"}

AWAY = "The identity provider does not answer."
TOO_LARGE = f"The identity provider answers with more than {MOST_BYTES} bytes."


class NoAnswer(Exception):
    """There is no answer that could be read; the message is a sentence that says why."""


class NoDocument(NoAnswer):
    """There is an answer, and it is no JSON."""


class ProviderClient:
    """Asks an identity provider."""

    def __init__(self) -> None:
        self._client: httpx.AsyncClient | None = None

    async def get(self, url: str) -> object:
        """Return the document at an address.

        Raises:
            NoAnswer: there is none.
        """
        return (await self._ask("GET", url, False))[1]

    async def post(self, url: str, **sent: Any) -> tuple[int, object]:
        """Return what a form is answered with, refusals (4xx) too, and its status.

        Raises:
            NoAnswer: there is no answer.
        """
        return await self._ask("POST", url, True, **sent)

    async def aclose(self) -> None:
        """End the connection to the provider."""
        if self._client is not None:
            await self._client.aclose()
        self._client = None

    async def _ask(
        self, method: str, url: str, takes_refusals: bool, **sent: Any
    ) -> tuple[int, object]:
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                status, body = await self._answer(method, url, takes_refusals, **sent)
        except TooLarge as error:
            raise NoAnswer(TOO_LARGE) from error
        except (httpx.HTTPError, TimeoutError) as error:
            raise NoAnswer(AWAY) from error
        try:
            found: object = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise NoDocument("The identity provider answers with no document.") from error
        return status, found

    async def _answer(
        self, method: str, url: str, takes_refusals: bool, **sent: Any
    ) -> tuple[int, bytes]:
        if self._client is None:  # kept, since making its TLS context takes tens of milliseconds
            self._client = httpx.AsyncClient(timeout=FETCH_SECONDS, headers=ASKED_FOR)
        bounded = {"trace": MostBytes(MOST_BYTES)}
        async with self._client.stream(method, url, extensions=bounded, **sent) as answer:
            if not (takes_refusals and answer.is_client_error):
                answer.raise_for_status()
            return answer.status_code, await body_of(answer, MOST_BYTES)
