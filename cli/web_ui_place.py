"""Where a stack's Web UI is, what its clock shows, and which run of an order is the latest."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
from temporalio.service import RPCError

from cli.configured import demand_known_settings, ended, process_settings
from cli.stack_connection import DataDir, connection_to, stack_of
from db import audit, clock
from db.errors import Unavailable
from db.pool import Connection, connection, create_pool
from embedded.errors import StackError
from infra import order_workflows, temporal
from infra.page_settings import WEB_UI
from infra.web_ui import WebUi

MOMENT_SECONDS = 3.0
NO_WEB_UI = "name the Web UI with --ui, or set SEQUESTRE_TEMPORAL_UI"


class Unreached(Exception):
    """Temporal could not be asked; says why, without the end of the sentence."""


@dataclass(frozen=True)
class WebUiPlace:
    """A Web UI, its Temporal as the client takes it, and the database that its orders are in, where
    one is named; on this machine its clock may be another one than the machine's."""

    ui: WebUi
    temporal: dict[str, Any] = field(default_factory=dict)
    database_url: str | None = None

    async def clock(self) -> datetime:
        """Return the instant (UTC) that the orders go by."""
        if self.database_url is not None:
            with suppress(Unavailable, OSError, TimeoutError, asyncpg.PostgresError):
                async with _asked(self.database_url) as acquired:
                    return await clock.now(acquired)
        return datetime.now(UTC)

    async def latest_run(self, order_id: UUID) -> str | None:
        """Return the id of the latest run of the order's workflow; None where Temporal has none.

        Raises:
            Unreached: Temporal does not answer, or refuses to.
        """
        try:
            async with asyncio.timeout(MOMENT_SECONDS):
                client = await temporal.connect(lazy=True, **self.temporal)
                return await order_workflows.latest_run(client, str(order_id))
        except TimeoutError as error:
            raise Unreached(temporal.AWAY) from error
        except (RuntimeError, RPCError) as error:
            if isinstance(error, RPCError) and temporal.is_unknown(error):
                return None
            raise Unreached(temporal.trouble(error)) from error

    async def is_unknown(self, order_id: UUID) -> bool:
        """Return whether the database has no such order; false where it cannot be asked."""
        if self.database_url is not None:
            with suppress(Unavailable, OSError, TimeoutError, asyncpg.PostgresError):
                async with _asked(self.database_url) as acquired:
                    return order_id not in await audit.there_of(acquired, [order_id])
        return False


def place_of(data_dir: DataDir, url: str | None, namespace: str | None) -> WebUiPlace:
    """Return the Web UI at `url`, or else that of the process's settings, or of the data directory.

    Ends the command with exit code 2 where none is known.
    """
    demand_known_settings()
    if url is None and not os.environ.get("SEQUESTRE_DATABASE_URL"):
        return _of_stack(data_dir)
    settings = process_settings() if os.environ.get("SEQUESTRE_DATABASE_URL") else None
    found = url or (settings and settings.temporal_ui) or ""
    if not WEB_UI.fullmatch(found):
        ended(f"{NO_WEB_UI}: an address such as https://temporal.example.org")
    named = namespace or os.environ.get("TEMPORAL_NAMESPACE") or "default"
    database = settings.database_url.get_secret_value() if settings else None
    return WebUiPlace(WebUi(found.rstrip("/"), named), {"namespace": named}, database)


def _of_stack(data_dir: DataDir) -> WebUiPlace:
    try:
        stack = stack_of(data_dir)
    except StackError as error:
        ended(str(error))
    where = connection_to(stack, data_dir)
    ui = WebUi(stack.temporal_ui_url, stack.temporal_namespace)
    return WebUiPlace(ui, where.temporal, where.database_url)


@asynccontextmanager
async def _asked(database_url: str) -> AsyncIterator[Connection]:
    pool = await create_pool(database_url, 1)
    try:
        async with connection(pool) as acquired:
            yield acquired
    finally:
        await pool.close()
