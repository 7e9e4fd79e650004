"""Bearer tokens: JSON Web Tokens with `sub` (user id) and roles, checked and, for development,
issued."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from pydantic import TypeAdapter, ValidationError

from api.auth.claims import Claims, OddClaim, name_of, roles_of
from api.auth.jwks import NoKeyFits, PublishedKeySet
from api.auth.published_key import KIND_OF, PublicKey
from domain.identifiers import Identifier
from domain.text import validation_message
from infra.setting_types import SHORTEST_SECRET, is_secret
from infra.settings import Settings
from infra.token_roles import claim_path

DAY = 24 * 60 * 60
LEEWAY_SECONDS = 30
NEVER = 253_402_300_800
"""The first second after the year 9999, in seconds since 1970, UTC."""

_SUBJECT: TypeAdapter[str] = TypeAdapter(Identifier)


class Authority(StrEnum):
    """What a token says that its bearer is."""

    USER = "user"
    MEDIATOR = "mediator"
    OPERATOR = "operator"
    SUPPORT = "support"
    FINANCE = "finance"
    PROVIDER = "provider"


def authorities(names: Iterable[str]) -> frozenset[Authority]:
    """Return those of these names that are roles here: what was kept by a newer release may have
    others."""
    return frozenset(Authority(name) for name in names if name in list(Authority))


@dataclass(frozen=True)
class Caller:
    """The sender of a request, by a token that holds."""

    id: str
    roles: frozenset[Authority]
    expires_at: float
    """When the token ends, in seconds since 1970, UTC."""
    name: str | None = field(default=None, repr=False)
    """What the token says that they are called."""

    def seconds_left(self) -> float:
        """Return for how long the token is still good; 0 once it is not."""
        return max(0.0, self.expires_at - time.time())


class BadToken(Exception):
    """The token is missing, forged, expired or not for us; the message says which."""


def issue(secret: str, subject: str, roles: Iterable[str], seconds: int = DAY) -> str:
    """Return a development token for the embedded stack, valid for so many seconds."""
    now = int(time.time())
    claims = {"sub": subject, "roles": list(roles), "iat": now, "exp": now + seconds}
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(secret))


class Verifier:
    """Checks tokens against the one kind of key that the settings name."""

    def __init__(self, settings: Settings) -> None:
        """Take the key that the settings name.

        Raises:
            ValueError: neither or both kinds of key are set, or the secret is short.
        """
        if (settings.jwt_secret is None) == (settings.jwks_url is None):
            raise ValueError("set either SEQUESTRE_JWT_SECRET or SEQUESTRE_JWKS_URL")
        self._keys: OctKey | PublishedKeySet
        if settings.jwt_secret is not None:
            secret = settings.jwt_secret.get_secret_value()
            if not is_secret(secret):
                raise ValueError(f"SEQUESTRE_JWT_SECRET needs {SHORTEST_SECRET} bytes or more")
            self._keys, self._algorithms = OctKey.import_key(secret), ["HS256"]
        else:
            self._keys = PublishedKeySet(str(settings.jwks_url))
            self._algorithms = list(KIND_OF)
        self._claims = _claims(settings)
        self._roles_path = claim_path(settings.roles_claim)
        self._role_names = settings.names_of_roles

    async def verify(self, token: str) -> Caller:
        """Return who the token says its bearer is.

        Raises:
            BadToken: it does not hold.
            KeysUnavailable: the keys to check it with cannot be had.
        """
        with readable():
            key = await self._key_of(token)
            claims = jwt.decode(token, key, algorithms=self._algorithms).claims
            self._claims.validate(claims)
            return self.caller_of(claims)

    def caller_of(self, claims: Claims) -> Caller:
        """Return who is meant by claims that hold.

        Raises:
            BadToken: they are of no user.
            OddClaim: their roles have no shape that can be read.
        """
        try:
            subject = _SUBJECT.validate_python(claims["sub"])
        except ValidationError as error:
            why = validation_message(error.errors()[0])
            raise BadToken(f"its sub is not a user id ({why})") from error
        roles = roles_of(claims, self._roles_path, self._role_names)
        # As far ahead as somebody likes: what is no instant any more is one that does not come.
        until = float(min(claims["exp"], NEVER))
        return Caller(subject, frozenset(map(Authority, roles)), until, name_of(claims))

    async def aclose(self) -> None:
        """Let go of the identity provider. Whoever verifies again, asks it again."""
        if isinstance(self._keys, PublishedKeySet):
            await self._keys.aclose()

    async def _key_of(self, token: str) -> OctKey | PublicKey:
        if isinstance(self._keys, OctKey):
            return self._keys
        return await self._keys.for_token(token)


@contextmanager
def readable() -> Iterator[None]:
    """Say of a token that is read within the block why it does not hold.

    Raises:
        BadToken: it does not.
    """
    try:
        yield
    except (NoKeyFits, OddClaim) as error:
        raise BadToken(str(error)) from error
    except JoseError as error:
        raise BadToken(_words(error)) from error
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise BadToken("it cannot be read") from error


def _claims(settings: Settings) -> jwt.JWTClaimsRegistry:
    wanted: dict[str, Any] = {"sub": {"essential": True}, "exp": {"essential": True}}
    if settings.jwt_issuer:
        wanted["iss"] = {"essential": True, "value": settings.jwt_issuer}
    if settings.jwt_audience:
        wanted["aud"] = {"essential": True, "value": settings.jwt_audience}
    return jwt.JWTClaimsRegistry(leeway=LEEWAY_SECONDS, **wanted)


def _words(error: JoseError) -> str:
    return {
        "expired_token": "it has expired",
        "bad_signature": "its signature does not hold",
        "missing_claim": "a claim is missing (sub and exp are needed; a provider's: iss, aud)",
    }.get(error.error, "it is not a token of ours")
