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
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx

from db.migrate import migrate
from embedded.data_directory import DataDirectory
from embedded.ports import LOOPBACK, Port, claim_ports
from embedded.postgres_files import SOCKET_FILE
from embedded.stack import Stack, running_stack
from embedded.stripe_stand_in.process import StandIn, running_stand_in
from infra.provider_settings import ProviderSettings
from tests.app_under_test import ApiClient, Person
from tests.chaos.mute_readers import not_reading
from tests.chaos.plan import LINKS, PROVIDER_LINKS, Fault
from tests.chaos.proxy import Connect, Link
from tests.db import broken_functions

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
CHANCES = {"client": 0.5, "postgres": 0.1, "temporal": 0.1, "provider": 0.4, "api": 0.4}
"""How probable a loss is for each piece that passes: an HTTP request is one, a step in the database
and a call of Temporal are many."""
CALL_SECONDS = 8.0
IDLE = Person("idle", ("operator",))
"""Who asks for much and reads nothing: somebody of their own, whose rate nobody else needs."""


TROUBLE: dict[str, dict[str, Any]] = {
    "outage": {"outage": True},
    "rate limited": {"rate_limited": 20},
    "broken": {"broken": 20},
    "replies lost": {"lost_replies": 20},
    "events first": {"event_first": True},
    "events twice": {"duplicate": True},
    "events reversed": {"reorder": 4},
}


class Control(StrEnum):
    """A known-bad product, which a round must find out."""

    NONE = "none"
    UNSAFE_COMMITS = "unsafe_commits"
    """PostgreSQL acknowledges commits that it has not written."""
    FORGETFUL_KEYS = "forgetful_keys"
    """The API does not recognise an idempotency key."""
    BOOKS_EVERY_EVENT = "books_every_event"
    """A payment is booked for each event that says it is paid."""
    FORGETS_RETURNS = "forgets_returns"
    """What a payout did not bring to its bank stays in the account there."""
    CHARGES_TWICE = "charges_twice"
    """A payment that is lost while its order runs leaves escrow, and is owed by its payer too."""
    FORGETS_RECOVERIES = "forgets_recoveries"
    """Nothing is kept of what orders bring to those who owe something."""


_RUN = "from cli.main import main; main()"
_FORGET = """
import uuid, api.answers
key_of = api.answers.key_of
def forgetful(*given):
    key = key_of(*given)
    return key and api.answers.Key(key.caller, str(uuid.uuid4()), key.fingerprint)
api.answers.key_of = forgetful
"""
_STAY = """
from providers.stripe.payouts import Payouts
async def nothing(*given):
    return
Payouts._taken_back = nothing
"""
_FUNCTION = {
    Control.BOOKS_EVERY_EVENT: broken_functions.BOOKS_EVERY_EVENT,
    Control.CHARGES_TWICE: broken_functions.CHARGES_TWICE,
    Control.FORGETS_RECOVERIES: broken_functions.FORGETS_RECOVERIES,
}
_PROGRAM = {Control.FORGETFUL_KEYS: _FORGET, Control.FORGETS_RETURNS: _STAY}


@dataclass(frozen=True)
class ProxiedStack:
    """A running stack, its links, the API through one of them, and the API as it is."""

    stack: Stack
    links: dict[str, Link]
    api: ApiClient
    direct_api: ApiClient
    stand_in: StandIn | None = None
    """The payment provider, where there is one."""

    @property
    def pids(self) -> dict[str, int]:
        """The processes that live at this moment."""
        return self.stack.pids | ({"provider": self.stand_in.pid} if self.stand_in else {})

    @property
    def payments(self) -> ProviderSettings | None:
        """How the provider is asked past its links."""
        return self.stand_in.payments if self.stand_in else None

    async def trouble(self, fault: Fault) -> None:
        """Has something be wrong with the provider itself for a while."""
        assert self.stand_in is not None
        await self.stand_in.fails(**TROUBLE[fault.what])
        await asyncio.sleep(fault.seconds)
        await self.stand_in.fails()

    async def not_reading(self, seconds: float) -> None:
        """Has callers ask the API itself for a great deal and read nothing for so long."""
        await not_reading(self.stack.api_url, IDLE.signed(self.stack.jwt_secret), seconds)


@asynccontextmanager
async def running_proxied_stack(
    data_dir: Path,
    window: float,
    decision_expiry: str,
    control: Control,
    *,
    provided: bool = False,
) -> AsyncIterator[ProxiedStack]:
    """The product with windows of so many seconds, until the block ends; with a payment provider
    beside it where it is to have one."""
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
        stand_in = await opened.enter_async_context(running_stand_in()) if provided else None
        if stand_in is not None:
            reach["provider"] = partial(
                asyncio.open_connection, LOOPBACK, urlsplit(stand_in.url).port
            )
            reach["api"] = reach["client"]
        links: dict[str, Link] = {}
        for name in (*LINKS, *(PROVIDER_LINKS if provided else ())):
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
                migrate=partial(_migrated, control),
                extra_env=settings,
                fast=control is Control.UNSAFE_COMMITS,
                programs={
                    name: _program(name, links, control, stand_in) for name in ("api", "worker")
                },
            )
        )
        url = f"http://{LOOPBACK}:{links['client'].port}"
        api = await opened.enter_async_context(_api_client(url, stack.jwt_secret))
        direct_api = await opened.enter_async_context(_api_client(stack.api_url, stack.jwt_secret))
        if stand_in is not None:
            port = links["provider-api"].port
            told_at = f"http://{LOOPBACK}:{port}/v1/providers/stripe/events"
            await stand_in.does("listening", deliver_to=told_at)
        yield ProxiedStack(stack, links, api, direct_api, stand_in)


async def _migrated(control: Control, database_url: str) -> None:
    await migrate(database_url)
    if control in _FUNCTION:
        connection = await asyncpg.connect(database_url)
        await connection.execute(_FUNCTION[control])
        await connection.close()


def _program(
    name: str, links: dict[str, Link], control: Control, stand_in: StandIn | None
) -> list[str]:
    """A program that knows the servers by the links that lead to them."""
    env = shutil.which("env")
    assert env is not None
    database = f"postgresql://postgres@{LOOPBACK}:{links[f'{name}-postgres'].port}/sequestre"
    return [
        env,
        f"SEQUESTRE_DATABASE_URL={database}?sslmode=disable",
        f"TEMPORAL_ADDRESS={LOOPBACK}:{links[f'{name}-temporal'].port}",
        *_payments(name, links, stand_in),
        *(sys.executable, "-c", _PROGRAM.get(control, "") + _RUN, name),
    ]


def _payments(name: str, links: dict[str, Link], stand_in: StandIn | None) -> list[str]:
    if stand_in is None:
        return []
    there = f"http://{LOOPBACK}:{links[f'{name}-provider'].port}"
    known = {**stand_in.settings, "SEQUESTRE_STRIPE_API_BASE": there}
    return [f"{setting}={value}" for setting, value in known.items()]


@asynccontextmanager
async def _api_client(url: str, secret: str) -> AsyncIterator[ApiClient]:
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(
        base_url=url, timeout=CALL_SECONDS, trust_env=False, limits=limits
    ) as client:
        yield ApiClient(client, secret=secret)
