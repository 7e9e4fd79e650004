"""The product on a database whose clock can be moved, and who moves it."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from activities.channel import Channel
from api import clock_walk
from db.clock_mark import begin_test_clock
from embedded.postgres import Postgres
from tests.app_under_test import (
    OPERATOR,
    PATIENCE_SECONDS,
    AppUnderTest,
    Json,
    running_app,
)
from tests.conftest import copy_of_template
from tests.temporal_server import local_server

SECOND = timedelta(seconds=1)
RUN_THROUGH = 3
"""So many of the first pauses between attempts may be over before anybody moves the clock far: by a
clock that runs, what a busy machine takes for an attempt is part of the pause."""


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


@pytest.fixture(scope="package", autouse=True)
def patient_walk() -> Iterator[None]:
    """Who moves the clock is told after fifteen seconds what is left of what is due. On a busy
    machine it may be that long until something is done."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock_walk, "PATIENCE_SECONDS", 45.0)
        yield


def demand_growing_pauses(tried: Sequence[datetime]) -> None:
    """Asserts that attempts at these instants lie five seconds apart at first, then twice as much
    each time, and in the end six hours. While nobody moves the clock, a busy machine is late."""
    pauses = [round((late - early) / SECOND) for early, late in pairwise(tried)]
    meant = [min(5 * 2**number, 6 * 3600) for number in range(len(pauses))]
    assert pauses[-1:] == [6 * 3600]
    assert meant[RUN_THROUGH:] == pauses[RUN_THROUGH:]
    run_through = zip(meant[:RUN_THROUGH], pauses[:RUN_THROUGH], strict=True)
    assert all(0 <= pause - least < PATIENCE_SECONDS for least, pause in run_through), pauses


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
