"""Where a stack's Web UI is, what its clock shows, and which run of an order is the latest."""

import asyncio
import os
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
from temporalio.service import RPCError

from cli.configured import demand_known_settings, ended, process_settings
from cli.stack_connection import DataDir, connection_to, stack_of
from db import clock
from db.errors import Unavailable
from db.pool import connection, create_pool
from embedded.errors import StackError
from infra import order_workflows, temporal
from infra.page_settings import WEB_UI
from infra.web_ui import WebUi

MOMENT_SECONDS = 3.0
NO_WEB_UI = "name the Web UI with --ui, or set SEQUESTRE_TEMPORAL_UI"


@dataclass(frozen=True)
class WebUiPlace:
    """A Web UI, its Temporal as the client takes it, and the database of a stack on this machine,
    whose clock may be another one."""

    ui: WebUi
    temporal: dict[str, Any] = field(default_factory=dict)
    database_url: str | None = None

    async def clock(self) -> datetime:
        """Return the instant (UTC) that the orders go by."""
        if self.database_url is not None:
            with suppress(Unavailable, OSError, TimeoutError, asyncpg.PostgresError):
                return await _shown(self.database_url)
        return datetime.now(UTC)

    async def latest_run(self, order_id: UUID) -> str | None:
        """Return the id of the latest run of the order's workflow; None where Temporal has none, or
        does not answer."""
        with suppress(RuntimeError, RPCError, TimeoutError):
            async with asyncio.timeout(MOMENT_SECONDS):
                client = await temporal.connect(lazy=True, **self.temporal)
                return await order_workflows.latest_run(client, str(order_id))
        return None


def place_of(data_dir: DataDir, url: str | None, namespace: str | None) -> WebUiPlace:
    """Return the Web UI at `url`, or else that of the process's settings, or of the data directory.

    Ends the command with exit code 2 where none is known.
    """
    demand_known_settings()
    if url is None and not os.environ.get("SEQUESTRE_DATABASE_URL"):
        return _of_stack(data_dir)
    found = url or process_settings().temporal_ui or ""
    if not WEB_UI.fullmatch(found):
        ended(f"{NO_WEB_UI}: an address such as https://temporal.example.org")
    named = namespace or os.environ.get("TEMPORAL_NAMESPACE") or "default"
    return WebUiPlace(WebUi(found.rstrip("/"), named), {"namespace": named})


def _of_stack(data_dir: DataDir) -> WebUiPlace:
    try:
        stack = stack_of(data_dir)
    except StackError as error:
        ended(str(error))
    where = connection_to(stack, data_dir)
    ui = WebUi(stack.temporal_ui_url, stack.temporal_namespace)
    return WebUiPlace(ui, where.temporal, where.database_url)


async def _shown(database_url: str) -> datetime:
    pool = await create_pool(database_url, 1)
    try:
        async with connection(pool) as acquired:
            return await clock.now(acquired)
    finally:
        await pool.close()
