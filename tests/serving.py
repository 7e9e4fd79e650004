"""The API on a port of this machine, with the settings that a test wants."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from fastapi import FastAPI

from api.app import create_app
from api.guard.rate_limits import Clock
from api.server import ApiServer
from db.sealing import Keyring
from infra.settings import Settings
from tests.callers import PATIENCE_SECONDS, SECRET, ApiClient, Json, calling

SECRETS_KEY = "c2VjcmV0cyBvZiB0aGUgdGVzdHMsIDMyIGJ5dGVzISE="
KEYRING = Keyring.read(SECRETS_KEY)


@asynccontextmanager
async def serving(
    database_url: str, clock: Clock = time.monotonic, **settings: Any
) -> AsyncIterator[ApiClient]:
    """The API on a free port of this machine. The `clock` is that of the rate limit."""
    values: Json = {
        "database_url": database_url,
        "jwt_secret": SECRET,
        "secrets_key": SECRETS_KEY,
        **_USUAL,
        **settings,
    }
    usual = clock is time.monotonic and _OF_THE_APP.isdisjoint(settings)
    with _app(Settings(_env_file=None, **values), usual, clock) as app:
        async with served(app) as api:
            yield api


_USUAL: Json = {
    "rate_limit": 0,
    "max_in_flight": 0,
    "max_attempts": 0,
    "max_messages": 0,
    "action_wait": PATIENCE_SECONDS / 2,
    "keep_alive": 60.0,
    "head_patience": 60.0,
    "body_patience": 120.0,
    "stream_patience": 120.0,
    "answer_patience": 300.0,
}
"""No test meets the limits for one caller, or of a server's patience, but those that are about
them, and none is told 202 because the machine is busy."""

_OF_THE_APP = {
    *("jwt_secret", "jwks_url", "jwt_issuer", "jwt_audience", "secrets_key"),
    # An identity provider signs, and its `finance` is nobody's here.
    *("roles_claim", "role_names", "oidc_issuer"),
    *("rate_limit", "rate_burst", "max_in_flight", "max_streams", "max_held_bytes"),
    "max_body",
}
"""The settings that an application is made of. All others it reads when it starts."""

_made: list[FastAPI] = []
_idle: list[FastAPI] = []
"""Applications that are made of the usual settings, and those of them that nobody uses now. An
application works out its routes at its first requests, which takes longer than most tests: it is
started anew, not made anew."""


def usual_app() -> FastAPI:
    """An application that is made of the usual settings, to be looked at: it may be in use."""
    if not _made:
        values: Json = {
            "database_url": "postgresql://nowhere",
            "jwt_secret": SECRET,
            "secrets_key": SECRETS_KEY,
        }
        _idle.append(_usual(Settings(_env_file=None, **values, **_USUAL)))
    return _made[0]


def _usual(settings: Settings) -> FastAPI:
    _made.append(create_app(settings))
    return _made[-1]


@contextmanager
def _app(settings: Settings, usual: bool, clock: Clock) -> Iterator[FastAPI]:
    if not usual:
        yield create_app(settings, clock)
        return
    app = _idle.pop() if _idle else _usual(settings)
    app.state.settings = settings
    yield app
    _idle.append(app)


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[ApiClient]:
    """An application on a free port of this machine, until the block ends."""
    served = ApiServer(app, app.state.settings, port=0, timeout_graceful_shutdown=30)
    running = asyncio.create_task(served.serve())
    while not served.started:
        if running.done():
            running.result()
        await asyncio.sleep(0.01)
    port = served.servers[0].sockets[0].getsockname()[1]
    try:
        async with calling(f"http://127.0.0.1:{port}") as api:
            api.server = served
            yield api
    finally:  # else its relay goes on beside the tests that come after one that failed
        served.should_exit = True
        await running
