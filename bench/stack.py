"""The stack that is measured: real servers, the API and a worker as processes of their own."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from temporalio.client import Client

from bench.http_client import HttpClient
from bench.life import Marketplace
from bench.server_calls import calls
from db.migrate import migrate
from embedded.abandoned import temporary_data_directory
from embedded.stack import Stack, running_stack
from infra import temporal

SETTINGS = {
    # Nobody is held up by what is one caller's: a few people do what a whole marketplace would.
    "SEQUESTRE_RATE_LIMIT": "1000000",
    "SEQUESTRE_RATE_BURST": "1000000",
    "SEQUESTRE_KEEP_ALIVE": "60",
}
# What is to change later cannot stand on the server's command line.
POSTGRES = {
    "shared_preload_libraries": "pg_stat_statements",
    "log_line_prefix": "%p ",
}
RELOAD_SECONDS = 30.0
METRICS = re.compile(r"Temporal Metrics: +(http://\S+)")


@dataclass(frozen=True)
class MeasuredStack:
    """A running stack with the ways of looking into it."""

    stack: Stack
    marketplace: Marketplace
    temporal: Client
    metrics_url: str
    """Where Temporal's server counts what it is asked."""

    @property
    def pids(self) -> dict[str, int]:
        """Return the ids of the four processes."""
        return self.stack.pids

    async def calls(self) -> Counter[str]:
        """Return how often each operation was asked of Temporal for orders' sake, since it runs."""
        return await calls(self.metrics_url, self.temporal.namespace)

    async def database(self) -> "asyncpg.Connection[asyncpg.Record]":
        """Return a superuser's connection, to be closed."""
        return await asyncpg.connect(self.stack.database_url)

    async def another_database(self, name: str) -> str:
        """Create an empty database on the same server and return its URL."""
        database = await self.database()
        try:
            await database.execute(f'CREATE DATABASE "{name}"')
        finally:
            await database.close()
        return urlunsplit(urlsplit(self.stack.database_url)._replace(path=f"/{name}"))


@asynccontextmanager
async def measured_stack(*, fast: bool = False) -> AsyncIterator[MeasuredStack]:
    """Run a stack in a temporary directory for as long as the block lasts. `fast` leaves out what
    only a crash of the machine would need: counts stay, times do not.

    Raises:
        StackError: it cannot start.
    """
    async with (
        temporary_data_directory("sequestre-bench-") as data_dir,
        running_stack(
            data_dir,
            port=0,
            temporal_port=0,
            temporal_ui_port=0,
            migrate=_prepared,
            extra_env=SETTINGS,
            fast=fast,
            postgres_settings=POSTGRES,
        ) as stack,
    ):
        client = HttpClient(stack.api_url)
        try:
            yield MeasuredStack(
                stack,
                Marketplace(client, stack.jwt_secret),
                await temporal.connect(
                    target_host=stack.temporal_address, namespace=stack.temporal_namespace
                ),
                _metrics_url(stack),
            )
        finally:
            await client.aclose()


async def _prepared(database_url: str) -> None:
    database = await asyncpg.connect(database_url)
    try:
        await database.execute("CREATE EXTENSION pg_stat_statements")
        # Until statements are counted: counting takes its own share.
        await reconfigured(database, pg_stat_statements__track="none")
    finally:
        await database.close()
    await migrate(database_url)


async def reconfigured(database: "asyncpg.Connection[asyncpg.Record]", **settings: str) -> None:
    """Change settings of the running server, and return when they hold. A dot in a name is `__`.

    Raises:
        TimeoutError: they do not take.
    """
    for name, value in settings.items():
        await database.execute(f"ALTER SYSTEM SET {name.replace('__', '.')} = '{value}'")
    await database.execute("SELECT pg_reload_conf()")
    async with asyncio.timeout(RELOAD_SECONDS):
        for name, value in settings.items():
            while await database.fetchval(f"SHOW {name.replace('__', '.')}") != value:
                await asyncio.sleep(0.05)


def _metrics_url(stack: Stack) -> str:
    log = (stack.data_dir / "logs" / "temporal.log").read_text()
    found = METRICS.search(log)
    if found is None:
        raise RuntimeError("Temporal does not say where its metrics are")
    return found[1]
