"""An OpenID Connect provider of its own, on a port of this machine: it keeps to the standard,
unless it is told to lie."""

import asyncio
import base64
import hashlib
import json
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from tests.app_under_test import Json

CLIENT, SECRET = "sequestre-pages", "a secret: with / odd + signs"
HOME = "http://127.0.0.1:1"
"""Where browsers find the pages, as far as the provider knows."""


@dataclass
class Grant:
    """What a code stands for, once."""

    nonce: str
    challenge: str
    redirect_uri: str


@dataclass
class OidcProvider:
    """Signs in whoever comes, as the person that it is told."""

    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    person: str = "somebody"
    roles: list[str] = field(default_factory=lambda: ["user"])
    url: str = ""
    secret: str | None = SECRET
    in_header: bool = True
    grants: dict[str, Grant] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    claims: Json = field(default_factory=dict)
    """What its id tokens say otherwise; None: what they leave out."""
    skew: dict[str, int] = field(default_factory=dict)
    """Which instants of them are so many seconds from now."""
    described: Json = field(default_factory=dict)
    """What it says otherwise of itself."""
    signs_with: RSAKey | None = None
    instead: Mapping[str, Callable[[], Response]] = field(default_factory=dict)
    """Other answers, by path."""

    @property
    def trusted(self) -> Json:
        """The settings of who trusts it."""
        return {
            "oidc_issuer": self.url,
            "oidc_client_id": CLIENT,
            "oidc_client_secret": self.secret,
            "public_url": HOME,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI application."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        path: str = scope["path"]
        self.asked.append(path)
        if path in self.instead:
            answer = self.instead[path]()
        elif path == "/token":
            answer = await self._token(request)
        else:
            ways = {
                "/.well-known/openid-configuration": self._described,
                "/keys": self._keys,
                "/authorize": self._authorize,
            }
            answer = ways[path](request)
        await answer(scope, receive, send)

    def _described(self, _request: Request) -> Response:
        way = "client_secret_basic" if self.in_header else "client_secret_post"
        said = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "token_endpoint_auth_methods_supported": [way],
            **self.described,
        }
        return JSONResponse({name: value for name, value in said.items() if value is not None})

    def _keys(self, _request: Request) -> Response:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    def _authorize(self, request: Request) -> Response:
        asked = request.query_params
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["redirect_uri"] == f"{HOME}/session/oidc/callback"
        assert "openid" in asked["scope"].split(" ")
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.grants[code] = Grant(asked["nonce"], asked["code_challenge"], asked["redirect_uri"])
        back = urlencode({"code": code, "state": asked["state"], "iss": self.url})
        return RedirectResponse(f"{asked['redirect_uri']}?{back}", 303)

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        if not self._knows(request, form):
            return JSONResponse({"error": "invalid_client"}, 401)
        grant = self.grants.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        said = (form.get("redirect_uri"), challenge, form.get("grant_type"))
        good = grant and (grant.redirect_uri, grant.challenge, "authorization_code")
        if grant is None or said != good:
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse({"token_type": "Bearer", "id_token": self.id_token(grant.nonce)})

    def _knows(self, request: Request, form: Mapping[str, str]) -> bool:
        kind, _, encoded = request.headers.get("Authorization", "").partition(" ")
        if not self.in_header or self.secret is None:
            return (form.get("client_id"), form.get("client_secret")) == (CLIENT, self.secret)
        name, _, secret = base64.b64decode(encoded).decode().partition(":")
        return (kind, unquote(name), unquote(secret)) == ("Basic", CLIENT, self.secret)

    def id_token(self, nonce: str) -> str:
        """A token of its person, for a sign-in."""
        now = int(time.time())
        said: dict[str, Any] = {
            "iss": self.url,
            "aud": CLIENT,
            "sub": self.person,
            "name": "Somebody Else",
            "roles": self.roles,
            "nonce": nonce,
            "iat": now,
            "exp": now + 300,
            **{name: now + seconds for name, seconds in self.skew.items()},
            **self.claims,
        }
        kept = {name: value for name, value in said.items() if value is not None}
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, kept, self.signs_with or self.key)


@asynccontextmanager
async def standing(provider: OidcProvider) -> AsyncIterator[OidcProvider]:
    """The provider, on a free port of this machine."""
    config = uvicorn.Config(provider, port=0, lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    provider.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield provider
    finally:
        server.should_exit = True
        await running


def document(said: object, status: int = 200) -> Callable[[], Response]:
    """Another answer of the provider."""
    return lambda: Response(json.dumps(said), status, media_type="application/json")
