"""Signing in with an OpenID Connect provider: the code flow with PKCE (OpenID Connect Core 1.0,
RFC 7636, RFC 9207)."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import structlog
from joserfc import jwt

from api.auth.claims import Claims
from api.auth.discovery import Discovery, Endpoints, ProviderAway
from api.auth.jwks import KeysUnavailable, PublishedKeySet
from api.auth.provider_client import NoAnswer, ProviderClient
from api.auth.published_key import KIND_OF
from api.auth.tokens import LEEWAY_SECONDS, BadToken, Caller, Verifier, readable
from infra.settings import Settings

SCOPE = "openid profile"
CALLBACK = "/session/oidc/callback"
NOT_US = "The identity provider does not take what the pages show it."

log = structlog.get_logger()


class SignInRefused(Exception):
    """The provider, or what it says, lets nobody in; the message says why, for the log."""


@dataclass(frozen=True)
class Attempt:
    """What a sign-in that was begun is known again by. Nobody else can guess any of it."""

    state: str
    nonce: str
    verifier: str

    @property
    def challenge(self) -> str:
        """Return what the provider compares the verifier with (S256)."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def new_attempt() -> Attempt:
    """Return an attempt that nobody has made before."""
    return Attempt(*(secrets.token_urlsafe(32) for _ in range(3)))


class SignInProvider:
    """The provider that people sign in to the pages with."""

    def __init__(self, settings: Settings, callers: Verifier) -> None:
        """Take what the settings say of it; what its tokens say of people, `callers` reads."""
        self._issuer = settings.oidc_issuer or ""
        self._client_id = settings.oidc_client_id or ""
        secret = settings.oidc_client_secret
        self._secret = secret.get_secret_value() if secret else None
        self._home = settings.public_url or ""
        self._callers = callers
        self._client = ProviderClient()
        self._discovery = Discovery(self._issuer, self._client)
        self._keys = PublishedKeySet("")

    async def aclose(self) -> None:
        """Let go of the provider."""
        await self._keys.aclose()
        await self._client.aclose()

    async def way_in(self, attempt: Attempt) -> str:
        """Return where somebody signs in.

        Raises:
            ProviderAway: that is not known now.
        """
        endpoint = (await self._discovery.endpoints()).authorization
        asked = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self._home + CALLBACK,
            "scope": SCOPE,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": attempt.challenge,
            "code_challenge_method": "S256",
        }
        return _with_query(endpoint, asked)

    async def way_out(self) -> str | None:
        """Return where somebody signs out of the provider too, if it has such a place.

        Raises:
            ProviderAway: that is not known now.
        """
        endpoint = (await self._discovery.endpoints()).end_session
        if endpoint is None:
            return None
        asked = {
            "client_id": self._client_id,
            "post_logout_redirect_uri": f"{self._home}/session",
        }
        return _with_query(endpoint, asked)

    async def signed_in(self, attempt: Attempt, code: str, issuer: str | None) -> Caller:
        """Return who has signed in, for the code that they bring back from `issuer`, as the answer
        names it.

        Raises:
            SignInRefused: the code is worth nothing, or what it is exchanged for does not hold.
            ProviderAway: that cannot be found out now.
        """
        endpoints = await self._discovery.endpoints()
        if issuer != self._issuer and (issuer is not None or endpoints.names_itself):
            raise SignInRefused("the answer is another provider's")
        token = await self._redeemed(endpoints, attempt, code)
        try:
            return await self._read(endpoints, token, attempt.nonce)
        except BadToken as error:
            raise SignInRefused(str(error)) from error
        except KeysUnavailable as error:
            raise ProviderAway(str(error)) from error

    async def _redeemed(self, endpoints: Endpoints, attempt: Attempt, code: str) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._home + CALLBACK,
            "code_verifier": attempt.verifier,
        }
        headers: dict[str, str] = {}
        if self._secret is not None and endpoints.takes_basic:
            headers["Authorization"] = _basic(self._client_id, self._secret)
        else:
            form["client_id"] = self._client_id
            form |= {"client_secret": self._secret} if self._secret is not None else {}
        try:
            status, answer = await self._client.post(endpoints.token, data=form, headers=headers)
        except NoAnswer as error:
            raise ProviderAway(str(error)) from error
        return _id_token(status, answer)

    async def _read(self, endpoints: Endpoints, token: str, nonce: str) -> Caller:
        """Return of whom an id token is (OpenID Connect Core 1.0 §3.1.3.7).

        Raises:
            BadToken: it does not hold.
            KeysUnavailable: the keys to check it with cannot be had.
        """
        with readable():
            key = await (await self._keys_at(endpoints.keys)).for_token(token)
            claims = jwt.decode(token, key, algorithms=list(KIND_OF)).claims
            self._registry().validate(claims)
            _demand_for_us(claims, self._client_id)
            if not hmac.compare_digest(str(claims.get("nonce")).encode(), nonce.encode()):
                raise BadToken("it is not of this sign-in")
            return self._callers.caller_of(claims)

    async def _keys_at(self, url: str) -> PublishedKeySet:
        if self._keys.url != url:
            before, self._keys = self._keys, PublishedKeySet(url)
            await before.aclose()
        return self._keys

    def _registry(self) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        )


def _demand_for_us(claims: Claims, client_id: str) -> None:
    """Refuse a token of another client that we are only mentioned in.

    Raises:
        BadToken: it is one.
    """
    audience, party = claims["aud"], claims.get("azp")
    is_shared = isinstance(audience, list) and len(audience) > 1
    if party != client_id and (party is not None or is_shared):
        raise BadToken("it was given to another program")


def _id_token(status: int, answer: object) -> str:
    found: Mapping[str, object] = answer if isinstance(answer, dict) else {}
    token = found.get("id_token")
    if status < 300 and isinstance(token, str):
        return token
    if found.get("error") == "invalid_grant":
        raise SignInRefused("the code is not good, or not any more")
    log.error("identity provider refuses the pages", status=status)
    raise ProviderAway(NOT_US)


def _basic(client_id: str, secret: str) -> str:
    """Return how a client shows its secret (RFC 6749 §2.3.1: each part is encoded first)."""
    both = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return f"Basic {base64.b64encode(both.encode()).decode()}"


def _with_query(endpoint: str, asked: Mapping[str, str]) -> str:
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked, quote_via=quote)}"
