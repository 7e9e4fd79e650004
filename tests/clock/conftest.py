"""The product on a database whose clock can be moved, and who moves it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from activities.channel import Channel
from db.clock_mark import begin_test_clock
from embedded.postgres import Postgres
from tests.app_under_test import OPERATOR, AppUnderTest, Json, running_app
from tests.conftest import copy_of_template
from tests.temporal_server import local_server


@dataclass
class MovableApp:
    """The product with a clock that can be moved."""

    app: AppUnderTest

    async def advance(self, status: int = 200, **how: Any) -> Json:
        """Moves the clock."""
        answer = await self.app.api.post("/v1/test-clock/advance", OPERATOR, how)
        assert answer.status_code == status, answer.text
        moved: Json = answer.json()
        return moved

    async def clock(self) -> Json:
        """How the clock stands."""
        answer = await self.app.api.get("/v1/test-clock", OPERATOR)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    async def now(self) -> datetime:
        """What the clock shows."""
        return datetime.fromisoformat((await self.clock())["now"])

    @asynccontextmanager
    async def only_ways(self, **channels: Channel) -> AsyncIterator[None]:
        """While the block lasts, the product's worker has these ways out; afterwards none."""
        await self._has(channels)
        yield
        await self._has({})

    async def _has(self, channels: Mapping[str, Channel]) -> None:
        self.app.channels = channels
        await self.app.stop_worker()
        self.app.start_worker()


@pytest.fixture(scope="package")
async def only_one(postgres: Postgres) -> AsyncIterator[MovableApp]:
    """One product for all these tests, on a Temporal server of its own: its workers would take the
    orders of others."""
    database_url = await copy_of_template(postgres)
    await begin_test_clock(database_url)
    async with await local_server() as server, running_app(database_url, server.client) as app:
        yield MovableApp(app)


@pytest.fixture
async def movable(only_one: MovableApp) -> MovableApp:
    """The same, with what earlier tests have left behind at its end."""
    await only_one.advance(by="P60D")
    return only_one


@pytest.fixture
async def endpoint(movable: MovableApp) -> AsyncIterator[str]:
    """Where webhooks go; gives its address in the API."""
    body = {"url": "https://93.184.215.14/hooks"}
    added = await movable.app.api.post("/v1/webhook-endpoints", OPERATOR, body)
    address = f"/v1/webhook-endpoints/{added.json()['id']}"
    yield address
    await movable.app.api.post(f"{address}/disable", OPERATOR)
