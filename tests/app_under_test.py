"""The whole product in one process. The people who use it come along: most tests need both."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from temporalio.client import Client
from temporalio.worker import Worker

from activities.channel import Channel
from activities.notifications import MAIL_PAUSE
from db import people
from db.pool import Pool, connection, create_pool
from tests.callers import (
    DELIVER,
    MEDIATOR,
    OPERATOR,
    PATIENCE_SECONDS,
    SECRET,
    ApiClient,
    Json,
    OrderInPlay,
    Person,
    address_of,
    calling,
    eventually,
    in_seconds,
    in_time,
    place_order,
    somebody,
)
from tests.serving import KEYRING, SECRETS_KEY, serving
from worker import Workers, create_worker

__all__ = [
    "DELIVER",
    "KEYRING",
    "MEDIATOR",
    "OPERATOR",
    "PATIENCE_SECONDS",
    "SECRET",
    "SECRETS_KEY",
    "ApiClient",
    "AppUnderTest",
    "Json",
    "OrderInPlay",
    "Person",
    "address_of",
    "calling",
    "eventually",
    "in_seconds",
    "in_time",
    "is_noted",
    "is_told",
    "place_order",
    "running_app",
    "somebody",
]


@dataclass
class AppUnderTest:
    """The running product."""

    database_url: str
    temporal: Client
    pool: Pool
    api: ApiClient
    channels: Mapping[str, Channel] = field(default_factory=dict)
    mail_pause: timedelta = MAIL_PAUSE
    _worker: Worker | Workers | None = None
    _running: "asyncio.Task[None] | None" = None
    _faults: list[BaseException] = field(default_factory=list)
    _api: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def environment(self) -> dict[str, str]:
        """What a process of its own has to know of the product."""
        return {"SEQUESTRE_DATABASE_URL": self.database_url, "SEQUESTRE_SECRETS_KEY": SECRETS_KEY}

    async def place_order(
        self, *, money: int = 10_000, api: ApiClient | None = None, **service: Any
    ) -> OrderInPlay:
        """A pending order between two new people."""
        return await place_order(api or self.api, money=money, **service)

    async def says(self, who: Person, language: str = "en", *, by_email: bool = True) -> Person:
        """Somebody says how to be told, at an address that they have confirmed."""
        await self.api.says(who, language, by_email=by_email)
        async with connection(self.pool) as acquired:
            await people.confirm(acquired, who.id, address_of(who))
        return who

    @asynccontextmanager
    async def with_settings(self, **settings: Any) -> AsyncIterator[ApiClient]:
        """Another API on the same database and Temporal, with other settings."""
        async with serving(self.database_url, **settings) as api:
            yield api

    @asynccontextmanager
    async def api_away(self) -> AsyncIterator[None]:
        """While the block lasts, nobody is there to ask, and no relay sends anything."""
        await self.stop_api()
        try:
            yield
        finally:
            await self.start_api()

    async def start_api(self) -> None:
        """Starts the API. The client stays the one that is known already."""
        opened = await self._api.enter_async_context(serving(self.database_url))
        self.api.client = opened.client

    async def stop_api(self) -> None:
        """Ends the API after what it has under way."""
        await self._api.aclose()

    @asynccontextmanager
    async def worker_away(self) -> AsyncIterator[None]:
        """While the block lasts, nobody carries anything out."""
        await self.stop_worker()
        try:
            yield
        finally:
            self.start_worker()

    @property
    def worker(self) -> Workers:
        """The worker, where it is one as in production."""
        assert isinstance(self._worker, Workers)
        return self._worker

    def start_worker(self, worker: Worker | Workers | None = None) -> None:
        """Puts a worker to work: the given one, or one as in production."""
        self._worker = worker or create_worker(
            self.temporal,
            self.pool,
            self.channels,
            mail_pause=self.mail_pause,
            keyring=KEYRING,
        )
        self._running = asyncio.create_task(self._worker.run())
        if worker is None:
            self._running.add_done_callback(self._replace_worker)

    def _replace_worker(self, ended: "asyncio.Task[None]") -> None:
        """Puts another one in the place of a worker that has ended by itself, as whoever runs the
        product does, and remembers why: who waits for it would do so without an end."""
        if ended is not self._running or ended.cancelled():
            return
        if (fault := ended.exception()) is not None:
            self._faults.append(fault)
            self.start_worker()

    async def stop_worker(self) -> None:
        """Sends the worker home, if there is one.

        Raises:
            BaseExceptionGroup: before this one, workers had ended by themselves.
        """
        if self._worker is not None and (running := self._running) is not None:
            self._running = None
            await self._worker.shutdown()
            await running
        self._worker = None
        faults, self._faults = self._faults, []
        if faults:
            raise BaseExceptionGroup("workers have ended by themselves", faults)


@asynccontextmanager
async def running_app(
    database_url: str,
    client: Client,
    start_worker: "Callable[[AppUnderTest], None]" = AppUnderTest.start_worker,
) -> AsyncIterator[AppUnderTest]:
    """The product on a migrated database and a Temporal server, with a worker of its own or with
    the one that is started: Temporal names for a minute whoever has polled, if only for a moment.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEMPORAL_ADDRESS", client.service_client.config.target_host)
        patch.setenv("TEMPORAL_NAMESPACE", client.namespace)
        pool = await create_pool(database_url, 20)
        app = AppUnderTest(database_url, client, pool, ApiClient(httpx.AsyncClient()))
        await app.start_api()
        start_worker(app)
        yield app
        await app.stop_worker()
        await app.stop_api()
        await pool.close()


async def is_noted(app: AppUnderTest, order_id: UUID) -> None:
    """The relay notes at its next look that its workflow has started, which writes to the order."""

    async def look() -> object:
        async with connection(app.pool) as acquired:
            return await acquired.fetchval("SELECT started_at FROM orders WHERE id = $1", order_id)

    await eventually(look)


async def is_told(app: AppUnderTest, order_id: UUID) -> None:
    """Everything that people are to be told of an order has been sent, or has failed for good."""
    query = "SELECT NOT EXISTS (SELECT FROM deliveries WHERE order_id = $1 AND status = 'pending')"

    async def look() -> object:
        async with connection(app.pool) as acquired:
            return await acquired.fetchval(query, order_id)

    await eventually(look)
