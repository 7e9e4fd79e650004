"""The whole product on this machine, with a link of ours between each two of its parts."""

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path

import httpx

from db.migrate import migrate
from embedded.data_directory import DataDirectory
from embedded.ports import LOOPBACK, Port, claim_ports
from embedded.postgres_files import SOCKET_FILE
from embedded.stack import Stack, running_stack
from tests.app_under_test import ApiClient, Person
from tests.chaos.mute_readers import not_reading
from tests.chaos.plan import LINKS
from tests.chaos.proxy import Connect, Link

WINDOWS = (
    "acceptance",
    "review",
    "revision_answer",
    "decision",
    "assignment",
    "ruling",
    "cancellation_answer",
    "offer",
)
CHANCES = {"client": 0.5, "postgres": 0.1, "temporal": 0.1}
"""How probable a loss is for each piece that passes: an HTTP request is one, a step in the database
and a call of Temporal are many."""
CALL_SECONDS = 8.0
IDLE = Person("idle", ("operator",))
"""Who asks for much and reads nothing: somebody of their own, whose rate nobody else needs."""


class Control(StrEnum):
    """A known-bad product, which a round must find out."""

    NONE = "none"
    UNSAFE_COMMITS = "unsafe_commits"
    """PostgreSQL acknowledges commits that it has not written."""
    FORGETFUL_KEYS = "forgetful_keys"
    """The API does not recognise an idempotency key."""


_RUN = "from cli.main import main; main()"
_FORGET = """
import uuid, api.answers
key_of = api.answers.key_of
def forgetful(*given):
    key = key_of(*given)
    return key and api.answers.Key(key.caller, str(uuid.uuid4()), key.fingerprint)
api.answers.key_of = forgetful
"""
_MAIN = {
    Control.NONE: _RUN,
    Control.UNSAFE_COMMITS: _RUN,
    Control.FORGETFUL_KEYS: _FORGET + _RUN,
}


@dataclass(frozen=True)
class ProxiedStack:
    """A running stack, its links, the API through one of them, and the API as it is."""

    stack: Stack
    links: dict[str, Link]
    api: ApiClient
    direct_api: ApiClient

    async def not_reading(self, seconds: float) -> None:
        """Has callers ask the API itself for a great deal and read nothing for so long."""
        await not_reading(self.stack.api_url, IDLE.signed(self.stack.jwt_secret), seconds)


@asynccontextmanager
async def running_proxied_stack(
    data_dir: Path, window: float, decision_expiry: str, control: Control
) -> AsyncIterator[ProxiedStack]:
    """The product with windows of so many seconds, until the block ends."""
    settings = {f"SEQUESTRE_{name.upper()}_WINDOW": f"PT{window}S" for name in WINDOWS}
    settings["SEQUESTRE_DECISION_EXPIRY"] = decision_expiry
    directory = DataDirectory.at(data_dir)
    ports = claim_ports(*(Port(0, use, "") for use in ("API", "Temporal", "Web UI")))
    reach: dict[str, Connect] = {
        "client": partial(asyncio.open_connection, LOOPBACK, ports[0]),
        "temporal": partial(asyncio.open_connection, LOOPBACK, ports[1]),
        "postgres": partial(
            asyncio.open_unix_connection, str(directory.path / "postgres" / SOCKET_FILE)
        ),
    }
    async with AsyncExitStack() as opened:
        links = {}
        for name in LINKS:
            end = name.rpartition("-")[2]
            link = Link(name, reach[end], CHANCES[end])
            links[name] = await opened.enter_async_context(link.listening())
        stack = await opened.enter_async_context(
            running_stack(
                data_dir,
                port=ports[0],
                temporal_port=ports[1],
                temporal_ui_port=ports[2],
                metrics_port=0,
                migrate=migrate,
                extra_env=settings,
                fast=control is Control.UNSAFE_COMMITS,
                programs={name: _program(name, links, control) for name in ("api", "worker")},
            )
        )
        url = f"http://{LOOPBACK}:{links['client'].port}"
        api = await opened.enter_async_context(_api_client(url, stack.jwt_secret))
        direct_api = await opened.enter_async_context(_api_client(stack.api_url, stack.jwt_secret))
        yield ProxiedStack(stack, links, api, direct_api)


def _program(name: str, links: dict[str, Link], control: Control) -> list[str]:
    """A program that knows the servers by the links that lead to them."""
    env = shutil.which("env")
    assert env is not None
    database = f"postgresql://postgres@{LOOPBACK}:{links[f'{name}-postgres'].port}/sequestre"
    return [
        env,
        f"SEQUESTRE_DATABASE_URL={database}?sslmode=disable",
        f"TEMPORAL_ADDRESS={LOOPBACK}:{links[f'{name}-temporal'].port}",
        *(sys.executable, "-c", _MAIN[control], name),
    ]


@asynccontextmanager
async def _api_client(url: str, secret: str) -> AsyncIterator[ApiClient]:
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(
        base_url=url, timeout=CALL_SECONDS, trust_env=False, limits=limits
    ) as client:
        yield ApiClient(client, secret=secret)
