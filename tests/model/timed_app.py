"""The whole product on servers whose time passes when the test says so."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import asyncpg
import pytest
from temporalio.testing import WorkflowEnvironment

from embedded.postgres import Postgres
from tests.app_under_test import ApiClient, AppUnderTest, Json, eventually, running_app
from tests.conftest import copy_of_template
from tests.model.clock import Clock, movable
from tests.providers.paper import signature
from tests.providers.paper_payouts import PaperPayouts
from tests.temporal_server import time_skipping_server
from tests.workflows.stage import AT_REST, kind_of
from worker import paying_worker
from workflows.order import workflow_id

API_CLOCK = "api.stack_clock.datetime"
"""Where the API asks Python for the time of an order: it refuses in the name of one that has ended.
Tokens are made and checked by the clock of the world."""

RECOVERY_BPS = {False: 5_000, True: 3_333}
"""How much of what sellers earn pays what they owe first: usually, and with a strict policy."""

RESTING = (*AT_REST, "WORKFLOW_EXECUTION_COMPLETED")


@dataclass
class TimedApp:
    """The running product and its two clocks: the database's, with the API's, and Temporal's."""

    app: AppUnderTest
    clock: Clock
    server: WorkflowEnvironment
    stack: AsyncExitStack
    provider: PaperPayouts
    _strict: list[ApiClient] = field(default_factory=list)

    @property
    def api(self) -> ApiClient:
        """The API with the usual policy."""
        return self.app.api

    async def api_for(self, strict: bool) -> ApiClient:
        """The API to place an order at: a strict one opens a dispute where a buyer leaves a refused
        revision undecided. Its second process starts when it is first asked for."""
        if not strict:
            return self.api
        if not self._strict:
            serving = self.app.with_settings(
                decision_expiry="open_dispute", recovery_bps=RECOVERY_BPS[True]
            )
            self._strict.append(await self.stack.enter_async_context(serving))
        return self._strict[0]

    async def tells(self, event: Json) -> None:
        """The payment provider says something."""
        raw = json.dumps(event).encode()
        signed = {"Paper-Signature": signature(raw), "Content-Type": "application/json"}
        path = f"/v1/providers/{self.provider.name}/events"
        answer = await self.api.client.post(path, content=raw, headers=signed)
        assert answer.status_code == 200

    async def now(self) -> tuple[datetime, datetime]:
        """The instants that the clocks show, the earlier one first."""
        instants = (self.clock.now(), await self.server.get_current_time())
        return min(instants), max(instants)

    async def reach(self, to: datetime) -> None:
        """Lets time pass until an instant: first by the database's clock, which has to be past
        whatever Temporal wakes an order for."""
        await self.clock.forward(to)
        await self.temporal_reaches(to)

    async def temporal_reaches(self, to: datetime) -> None:
        """Lets time pass by Temporal's clock alone."""
        left = to - await self.server.get_current_time()
        if left > timedelta():
            await self.server.sleep(left)

    async def signals(self, order_id: str) -> int | None:
        """How many signals the order's workflow has had, once nothing of it is under way."""
        handle = self.server.client.get_workflow_handle(workflow_id(order_id))
        kinds = [kind_of(event) async for event in handle.fetch_history_events()]
        return kinds.count("WORKFLOW_EXECUTION_SIGNALED") if kinds[-1] in RESTING else None

    async def rests(self, order_id: str) -> int:
        """Waits until nothing of the order is under way: time that is let pass while there is can
        take the server that skips it by surprise. Gives how many signals it has had."""

        async def look() -> int | None:
            return await self.signals(order_id)

        return await eventually(look, lambda found: found is not None) or 0


@asynccontextmanager
async def running_timed_app(postgres: Postgres) -> AsyncIterator[TimedApp]:
    """The product on a database of its own and on a Temporal server that skips time."""
    url = await copy_of_template(postgres)
    async with AsyncExitStack() as stack:
        owner = await asyncpg.connect(url)
        stack.push_async_callback(owner.close)
        clock = await movable(owner)
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(API_CLOCK, clock)
        server = await stack.enter_async_context(await time_skipping_server())
        provider = PaperPayouts()
        patch.setattr("api.app.provider_of", lambda _: provider)
        app = await stack.enter_async_context(running_app(url, server.client))
        await stack.enter_async_context(paying_worker(server.client, app.pool, provider))
        yield TimedApp(app, clock, server, stack, provider)
