"""The keys that the marketplace's identity provider publishes, asked for as seldom as possible."""

import asyncio
import time
from collections.abc import Sequence

import structlog
from joserfc.jws import extract_compact

from api.auth.provider_client import AWAY, NoAnswer, NoDocument, ProviderClient
from api.auth.published_key import PublicKey, fits, ignored_in, usable_in

FRESH_SECONDS = 300
PAUSE_SECONDS = 5

NO_SET = "The identity provider answers with no set of keys."
NO_KEY = "The identity provider publishes no key that tokens can be checked with."

log = structlog.get_logger()


class KeysUnavailable(Exception):
    """There is no key to check tokens with; the message is a sentence that says why."""


class NoKeyFits(Exception):
    """There are keys, and none to check this token with; the message says why."""


class _Failed(Exception):
    """A fetch gave no usable key; the message is a sentence that says why."""


class PublishedKeySet:
    """A key set by URL. Keys that are known serve while newer ones are fetched; only who brings an
    unknown key waits for them. Everybody waits for the same fetch."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._keys: Sequence[PublicKey] = ()
        self._trouble: str | None = None
        self._asked_at = 0.0
        self._client = ProviderClient()
        self._fetching: asyncio.Task[None] | None = None

    async def for_token(self, token: str) -> PublicKey:
        """Return the key to check a token with: the one that it names, or the only one that fits.

        Raises:
            KeysUnavailable: none are known and none can be had.
            NoKeyFits: none of the keys is the token's, or it could be each of several.
            JoseError, ValueError, TypeError, KeyError: the token has no readable head.
        """
        head = extract_compact(token.encode()).headers()
        if not self._keys or (self._age() > PAUSE_SECONDS and not self._fitting(head)):
            await self._fetched()
        elif self._age() > FRESH_SECONDS:
            self._fetch_once()
        if not self._keys:
            raise KeysUnavailable(self._trouble or AWAY)
        return _chosen(self._fitting(head), head)

    async def aclose(self) -> None:
        """End a fetch that is under way, and the connection to the provider."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.wait([self._fetching])
        await self._client.aclose()
        self._fetching = None

    def _age(self) -> float:
        return time.monotonic() - self._asked_at

    def _fitting(self, head: dict[str, object]) -> list[PublicKey]:
        named = head.get("kid")
        mine = (key for key in self._keys if named is None or key.kid == named)
        return [key for key in mine if fits(key, head.get("alg"))]

    async def _fetched(self) -> None:
        # Shielded, since whoever goes away must not take the answer from those who stay.
        await asyncio.shield(self._fetch_once())

    def _fetch_once(self) -> "asyncio.Task[None]":
        if self._fetching is None or self._fetching.done():
            self._fetching = asyncio.create_task(self._fetch())
        return self._fetching

    async def _fetch(self) -> None:
        trouble = None
        try:
            self._keys = await self._published()
        except _Failed as failed:
            trouble = str(failed)  # what is known goes on serving
        self._asked_at = time.monotonic()
        self._note(trouble)

    async def _published(self) -> Sequence[PublicKey]:
        """Return the usable keys of the set, at least one."""
        try:
            found = await self._client.get(self.url)
        except NoDocument as error:
            raise _Failed(NO_SET) from error
        except NoAnswer as error:
            raise _Failed(str(error)) from error
        if not isinstance(found, dict) or not isinstance(found.get("keys"), list):
            raise _Failed(NO_SET)
        ignored = ignored_in(found["keys"])
        if ignored:
            log.warning("published keys ignored", keys=ignored)
        usable = usable_in(found["keys"])
        if not usable:
            raise _Failed(NO_KEY)
        return usable

    def _note(self, trouble: str | None) -> None:
        """Say in the log what has changed, not at each fetch how it went."""
        if trouble == self._trouble:
            return
        self._trouble = trouble
        if trouble is None:
            log.info("published keys are there again")
        else:
            log.error("published keys not fetched", because=trouble, known=len(self._keys))


def _chosen(fitting: Sequence[PublicKey], head: dict[str, object]) -> PublicKey:
    if not fitting:
        raise NoKeyFits("no published key fits it")
    if head.get("kid") is None and len(fitting) > 1:
        raise NoKeyFits("it does not name its key (kid), and several fit it")
    return fitting[0]
