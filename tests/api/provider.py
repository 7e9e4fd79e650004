"""A marketplace's identity provider, as far as this product sees it: it publishes keys."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from starlette.types import Receive, Scope, Send

from tests.api.forged import claims
from tests.app_under_test import Json

Key = RSAKey | ECKey
ISSUER, AUDIENCE = "https://id.example/", "sequestre"


def rsa(kid: str) -> RSAKey:
    """A new RSA key."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


def elliptic(kid: str) -> ECKey:
    """A new key on the curve P-256."""
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig"})


def token(key: Key, header: Json | None = None, **changes: object) -> str:
    """A token by the key, which its header names, from the provider and for us."""
    algorithm = "RS256" if isinstance(key, RSAKey) else "ES256"
    head = {"alg": algorithm, "kid": key.kid} | (header or {})
    head = {name: value for name, value in head.items() if value is not None}
    return jwt.encode(head, claims(**{"iss": ISSUER, "aud": AUDIENCE} | changes), key)


@dataclass
class Provider:
    """What it answers, and how often it was asked."""

    keys: list[Key]
    odd: list[Any] = field(default_factory=list)
    """Entries that it publishes before them."""
    url: str = ""
    asked: int = 0
    instead: tuple[int, bytes] | None = field(default=None)
    """Another answer than the keys."""
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    """What it says of that answer besides."""
    answers: asyncio.Event = field(default_factory=asyncio.Event)
    """Cleared, it lets whoever asks wait."""

    def __post_init__(self) -> None:
        """At first it answers at once."""
        self.answers.set()

    @property
    def trusted(self) -> Json:
        """The settings of who trusts it."""
        claims = {"jwt_issuer": ISSUER, "jwt_audience": AUDIENCE}
        return {"jwt_secret": None, "jwks_url": self.url, **claims}

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """The ASGI application."""
        if scope["type"] != "http":
            return
        self.asked += 1
        await self.answers.wait()
        status, body = self.instead or (200, self.published())
        headers = [(b"content-type", b"application/json"), *self.headers]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def published(self) -> bytes:
        """Its keys, as it answers with them."""
        keys = [key.as_dict(private=False) for key in self.keys]
        return json.dumps({"keys": [*self.odd, *keys]}).encode()


@asynccontextmanager
async def publishing(provider: Provider, port: int = 0) -> AsyncIterator[Provider]:
    """The provider on a port of this machine, a free one unless told otherwise."""
    config = uvicorn.Config(provider, port=port, lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:
        if running.done():
            running.result()
        await asyncio.sleep(0.01)
    provider.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/keys.json"
    try:
        yield provider
    finally:
        server.should_exit = True
        await running
