"""Tokens that prove nothing."""

import base64
import hmac
import json
import time
from functools import cache
from typing import Any

from joserfc import jwt
from joserfc.jwk import OctKey

from api.auth.tokens import issue
from tests.app_under_test import SECRET, Json

OTHER_SECRET = "another-secret-for-tests-that-is-long-enough-to-sign-with"
HOUR = 3600


def claims(**changes: Any) -> Json:
    """What a good token says, with changes; None takes a claim out."""
    now = int(time.time())
    good = {"sub": "somebody", "roles": ["user", "operator"], "iat": now, "exp": now + HOUR}
    return {name: value for name, value in (good | changes).items() if value is not None}


def signed(secret: str = SECRET, header: Json | None = None, **changes: Any) -> str:
    """A token by the secret, with changed claims."""
    key = OctKey.import_key(secret)
    return jwt.encode({"alg": "HS256"} | (header or {}), claims(**changes), key)


def unsigned(algorithm: str) -> str:
    """A token that says of itself that it needs no signature."""
    return f"{_unsigned({'alg': algorithm, 'typ': 'JWT'})}."


def signed_with(public_key: bytes, kid: str | None) -> str:
    """A token by HS256 whose secret is what everybody can read: somebody's public key."""
    text = _unsigned({"alg": "HS256", "kid": kid})
    signature = hmac.digest(public_key, text.encode(), "sha256")
    return f"{text}.{_encoded(signature)}"


def _unsigned(header: Json) -> str:
    return ".".join(_encoded(json.dumps(part).encode()) for part in (header, claims()))


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def _altered(token: str) -> str:
    head, _, signature = token.split(".")
    body = _encoded(json.dumps(claims(sub="the-operator")).encode())
    return f"{head}.{body}.{signature}"


PLAIN = ("nothing", "garbage", "expired", "alg none", "altered", "no sub")
"""The kinds of forgery that every endpoint is tried with: one for each thing that an endpoint could
forget to look at. One endpoint is tried with all kinds."""


@cache
def forged() -> dict[str, str | None]:
    """Authorization headers that are worth nothing, by what is wrong with them."""
    now = int(time.time())
    tokens = {
        "garbage": "garbage",
        "three parts of garbage": "a.b.c",
        "expired": issue(SECRET, "somebody", ["user", "operator"], seconds=-HOUR),
        "expired as a text": signed(exp="never"),
        "without an end": signed(exp=None),
        "not yet valid": signed(nbf=now + HOUR),
        "alg none": unsigned("none"),
        "alg None": unsigned("None"),
        "another secret": signed(OTHER_SECRET),
        "another algorithm": jwt.encode(
            {"alg": "HS512"}, claims(), OctKey.import_key(SECRET), algorithms=["HS512"]
        ),
        "its own key": signed(OTHER_SECRET, {"jwk": OctKey.import_key(OTHER_SECRET).as_dict()}),
        "altered": _altered(signed()),
        "cut": signed()[:-4],
        "no sub": signed(sub=None),
        "a number as sub": signed(sub=7),
        "a list as sub": signed(sub=["somebody"]),
        "an object as sub": signed(sub={"id": "somebody"}),
        "an empty sub": signed(sub=""),
        "a blank sub": signed(sub="  "),
        "NUL in sub": signed(sub="some\x00body"),
        "a sub too long": signed(sub="x" * 101),
        "a space after somebody": signed(sub="somebody "),
        "a line feed before somebody": signed(sub="\nsomebody"),
        "a slash in sub": signed(sub="some/body"),
        "roles as a number": signed(roles=7),
        "roles as true": signed(roles=True),
        "roles as an object": signed(roles={"operator": True}),
        "a list among the roles": signed(roles=[["operator"]]),
    }
    headers: dict[str, str | None] = {name: f"Bearer {token}" for name, token in tokens.items()}
    return headers | {
        "nothing": None,
        "no token": "Bearer",
        "a password": "Basic dXNlcjpwYXNz",
        "another scheme": f"Token {signed()}",
    }
