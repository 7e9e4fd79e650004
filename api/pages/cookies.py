"""The cookies of the pages: who is signed in, and in which language and theme they look.

A session's cookie is sealed, so that limits know its holder before the database is asked; that the
session still goes on, only the database says.
"""

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection
from dataclasses import dataclass

from pydantic_core import to_json
from starlette.requests import HTTPConnection
from starlette.responses import Response

from db.sealing import Keyring, Unsealable
from infra.setting_types import is_this_machine

SESSION = "sequestre_session"
LANGUAGE = "sequestre_language"
THEME = "sequestre_theme"
BY_PROVIDER = "sequestre_by_provider"
"""Says that who is signed in has come from the identity provider, and leaves by it too."""

YEAR_SECONDS = 365 * 24 * 60 * 60

_PURPOSE = "session of the pages"


@dataclass(frozen=True)
class Sealed:
    """What a session's cookie says."""

    secret: str
    user_id: str
    roles: tuple[str, ...]
    ends_at: float
    """In seconds since 1970, UTC."""


def new_secret() -> str:
    """Return what nobody can guess."""
    return secrets.token_urlsafe(32)


def sealed(keyring: Keyring, said: Sealed) -> str:
    """Return the value of a session's cookie."""
    content = to_json([said.secret, said.user_id, said.roles, said.ends_at])
    return urlsafe_b64encode(keyring.seal_for(_PURPOSE, content)).decode().rstrip("=")


def opened(keyring: Keyring, value: str) -> Sealed | None:
    """Return what a cookie says; None where we have not sealed it."""
    try:
        raw = urlsafe_b64decode(value + "=" * (-len(value) % 4))
        secret, user_id, roles, ends_at = json.loads(keyring.open_for(_PURPOSE, raw))
    except (ValueError, Unsealable):
        return None
    return Sealed(secret, user_id, tuple(roles), ends_at)


def is_secure(request: HTTPConnection) -> bool:
    """Return whether cookies must travel encrypted: everywhere but within this machine."""
    return not is_this_machine(request.url.hostname or "")


def keep(
    request: HTTPConnection, response: Response, name: str, value: str, seconds: int | None
) -> None:
    """Set a cookie for the pages alone, for so long; None: until the browser is closed."""
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        httponly=True,
        secure=is_secure(request),
        samesite="lax",
    )


def forget(request: HTTPConnection, response: Response, names: Collection[str]) -> None:
    """Take cookies back."""
    for name in names:
        response.delete_cookie(name, httponly=True, secure=is_secure(request), samesite="lax")
