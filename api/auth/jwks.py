"""The keys that the marketplace's identity provider publishes, asked for as seldom as possible."""

import asyncio
import time

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact

FRESH_SECONDS = 300
PAUSE_SECONDS = 5
FETCH_SECONDS = 3.0


class KeysUnavailable(Exception):
    """The identity provider's keys cannot be fetched."""


class PublishedKeySet:
    """A key set by URL. Keys that are known serve while newer ones are fetched; only who brings an
    unknown key waits for them. Everybody waits for the same fetch."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._keys: KeySet | None = None
        self._asked_at = 0.0
        self._client: httpx.AsyncClient | None = None
        self._fetching: asyncio.Task[None] | None = None

    async def for_token(self, token: str) -> KeySet:
        """Return the keys to check a token with.

        Raises:
            KeysUnavailable: none are known and none can be had.
            JoseError, ValueError, TypeError, KeyError: the token has no readable head.
        """
        if self._keys is None or (self._age() > PAUSE_SECONDS and self._is_unknown(token)):
            await self._fetched()
        elif self._age() > FRESH_SECONDS:
            self._fetch_once()
        if self._keys is None:
            raise KeysUnavailable(self._url)
        return self._keys

    async def aclose(self) -> None:
        """End a fetch that is under way, and the connection to the provider."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.wait([self._fetching])
        if self._client is not None:
            await self._client.aclose()
        self._client = self._fetching = None

    def _age(self) -> float:
        return time.monotonic() - self._asked_at

    def _is_unknown(self, token: str) -> bool:
        kid = extract_compact(token.encode()).headers().get("kid")
        return bool(kid) and self._keys is not None and all(k.kid != kid for k in self._keys.keys)

    async def _fetched(self) -> None:
        # Shielded, since whoever goes away must not take the answer from those who stay.
        await asyncio.shield(self._fetch_once())

    def _fetch_once(self) -> "asyncio.Task[None]":
        if self._fetching is None or self._fetching.done():
            self._fetching = asyncio.create_task(self._fetch())
        return self._fetching

    async def _fetch(self) -> None:
        if self._client is None:  # kept, since making its TLS context takes tens of milliseconds
            self._client = httpx.AsyncClient(timeout=FETCH_SECONDS)
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                answer = await self._client.get(self._url)
            answer.raise_for_status()
            self._keys = KeySet.import_key_set(answer.json())
        except (httpx.HTTPError, TimeoutError, JoseError, ValueError, TypeError, KeyError):
            pass  # what is known goes on serving; where nothing is, its absence tells the waiting
        self._asked_at = time.monotonic()
