"""Where an OpenID Connect provider does what, as it publishes it (OpenID Connect Discovery 1.0)."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from api.auth.provider_client import NoAnswer, ProviderClient
from infra.setting_types import is_trusted_address

FRESH_SECONDS = 3600
PAUSE_SECONDS = 5
"""How long what is known serves on after the provider has not answered."""

WELL_KNOWN = "/.well-known/openid-configuration"
NOT_ITS_OWN = "The identity provider describes itself in a way that cannot be used."

log = structlog.get_logger()


class ProviderAway(Exception):
    """Nobody can be signed in by the provider now; the message is a sentence that says why."""


@dataclass(frozen=True)
class Endpoints:
    """Where the provider does what."""

    authorization: str
    token: str
    keys: str
    end_session: str | None
    takes_basic: bool
    """Whether a client shows its secret in a header; else in the form."""
    names_itself: bool
    """Whether it says in each answer that it is its own (RFC 9207)."""


class Discovery:
    """What an issuer publishes of itself, kept for an hour, and for longer while it is away."""

    def __init__(self, issuer: str, client: ProviderClient) -> None:
        self._issuer = issuer
        self._client = client
        self._known: Endpoints | None = None
        self._fresh_until = 0.0
        self._asking = asyncio.Lock()

    async def endpoints(self) -> Endpoints:
        """Return where the provider does what.

        Raises:
            ProviderAway: it is not known, and cannot be had.
        """
        async with self._asking:
            if self._known is None or time.monotonic() >= self._fresh_until:
                await self._renew()
            if self._known is None:
                raise ProviderAway(NOT_ITS_OWN)
            return self._known

    async def _renew(self) -> None:
        try:
            document = await self._client.get(self._issuer.rstrip("/") + WELL_KNOWN)
            self._known = _read(document, self._issuer)
        except (NoAnswer, ValueError) as error:
            log.error("identity provider not discovered", because=str(error))
            if self._known is None:
                raise ProviderAway(str(error)) from error
            self._fresh_until = time.monotonic() + PAUSE_SECONDS
        else:
            self._fresh_until = time.monotonic() + FRESH_SECONDS


def _read(document: object, issuer: str) -> Endpoints:
    """Return what a document says of its issuer.

    Raises:
        ValueError: it is another's, or leaves out what is needed.
    """
    if not isinstance(document, dict) or document.get("issuer") != issuer:
        raise ValueError(NOT_ITS_OWN)
    ways = document.get("token_endpoint_auth_methods_supported")
    return Endpoints(
        authorization=_address(document, "authorization_endpoint"),
        token=_address(document, "token_endpoint"),
        keys=_address(document, "jwks_uri"),
        end_session=_optional_address(document, "end_session_endpoint"),
        takes_basic=not isinstance(ways, list) or "client_secret_basic" in ways,
        names_itself=document.get("authorization_response_iss_parameter_supported") is True,
    )


def _address(document: Mapping[str, Any], name: str) -> str:
    found = _optional_address(document, name)
    if found is None:
        raise ValueError(NOT_ITS_OWN)
    return found


def _optional_address(document: Mapping[str, Any], name: str) -> str | None:
    found = document.get(name)
    if not isinstance(found, str) or not is_trusted_address(found) or "#" in found:
        return None
    return found
