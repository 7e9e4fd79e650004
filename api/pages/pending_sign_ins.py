"""Sign-ins with the provider that were begun in this browser: each in a sealed cookie of its own,
so that two tabs do not disturb each other."""

import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

from pydantic_core import to_json
from starlette.requests import HTTPConnection
from starlette.responses import Response

from api.auth.sign_in_provider import Attempt
from api.pages.cookies import is_secure
from db.sealing import Keyring, Unsealable

SECONDS = 600
"""How long somebody may take to sign in there."""

MOST = 5
"""How many a browser keeps; of more, none comes to an end but the newest."""

PATH = "/session/oidc"

_NAME = "sequestre_sign_in_"
_PURPOSE = "sign-in with the provider"


@dataclass(frozen=True)
class Pending:
    """A sign-in that was begun, where it leads, and until when it counts (seconds since 1970)."""

    attempt: Attempt
    onward: str
    until: float


def note(
    request: HTTPConnection, response: Response, keyring: Keyring, attempt: Attempt, onward: str
) -> None:
    """Have the browser keep a sign-in that begins now."""
    begun = [name for name in request.cookies if name.startswith(_NAME)]
    for name in begun if len(begun) >= MOST else ():
        _forget(request, response, name)
    said = [attempt.state, attempt.nonce, attempt.verifier, onward, time.time() + SECONDS]
    response.set_cookie(
        _name(attempt.state),
        urlsafe_b64encode(keyring.seal_for(_PURPOSE, to_json(said))).decode().rstrip("="),
        max_age=SECONDS,
        path=PATH,
        httponly=True,
        secure=is_secure(request),
        samesite="lax",
    )


def begun(request: HTTPConnection, keyring: Keyring, state: str) -> Pending | None:
    """Return the sign-in of this browser that an answer is for; None where there is none, or not
    any more."""
    value = request.cookies.get(_name(state), "")
    try:
        raw = urlsafe_b64decode(value + "=" * (-len(value) % 4))
        known, nonce, verifier, onward, until = json.loads(keyring.open_for(_PURPOSE, raw))
    except (ValueError, Unsealable):
        return None
    if known != state or until <= time.time():
        return None
    return Pending(Attempt(known, nonce, verifier), onward, until)


def forget(request: HTTPConnection, response: Response, state: str) -> None:
    """Take the cookie of a sign-in back."""
    if _name(state) in request.cookies:
        _forget(request, response, _name(state))


def _name(state: str) -> str:
    return _NAME + "".join(sign for sign in state[:12] if sign.isascii() and sign.isalnum())


def _forget(request: HTTPConnection, response: Response, name: str) -> None:
    response.delete_cookie(
        name, path=PATH, httponly=True, secure=is_secure(request), samesite="lax"
    )
