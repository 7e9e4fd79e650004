"""An app whose operators do what they should not, and what brings it in order again."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from temporalio.client import WorkflowHandle

from db import audit, repairs
from db.pool import connection
from db.repairs import Repair
from embedded.postgres import Postgres
from reconcile import workflow_status
from reconcile.comparison import OrderMismatch, mismatches
from reconcile.proof import prove
from reconcile.repair import carry_out, left_over
from tests.app_under_test import (
    MEDIATOR,
    PATIENCE_SECONDS,
    AppUnderTest,
    Json,
    OrderInPlay,
    Person,
    eventually,
    is_noted,
    running_app,
)
from tests.conftest import copy_of_template
from tests.idle import is_idle
from tests.temporal_server import local_server
from workflows.order import workflow_id

OPERATOR_NAME = "olga"

REST: dict[str, list[tuple[str, str, Any]]] = {
    "pending": [
        ("accept", "seller", None),
        ("deliver", "seller", {"message": "Here."}),
        ("complete", "buyer", None),
    ],
    "in_progress": [("deliver", "seller", {"message": "Here."}), ("complete", "buyer", None)],
    "delivered": [("complete", "buyer", None)],
    "revision_requested": [("complete", "buyer", None)],
    "revision_refused": [("complete", "buyer", None)],
    "disputed": [("resolve", "mediator", {"outcome": "pay_seller", "reasons": "It is blue."})],
}
"""How an order in each open state is paid to its seller."""


@dataclass
class OrderUnderRepair:
    """One order under repair."""

    app: AppUnderTest
    in_play: OrderInPlay

    @property
    def id(self) -> UUID:
        return UUID(self.in_play.order["id"])

    @property
    def handle(self) -> WorkflowHandle[Any, Any]:
        """Whatever workflow the order has now."""
        return self.app.temporal.get_workflow_handle(workflow_id(str(self.id)))

    async def ailments(self, patience: float = 0) -> list[OrderMismatch]:
        """What check says of it, if it still does after so many seconds."""
        return await mismatches(self.app.pool, self.app.temporal, [self.id], patience)

    async def journal(self) -> list[Repair]:
        """What was done to it."""
        async with connection(self.app.pool) as acquired:
            return [one for one in await repairs.latest(acquired, 1_000) if one.order_id == self.id]

    async def repaired(self) -> None:
        """Repairs it, and asserts that this is all that there was to do."""
        known = len(await self.journal())
        (found,) = await self.ailments()
        await carry_out(self.app.pool, self.app.temporal, found, OPERATOR_NAME)
        left = await left_over(self.app.pool, self.app.temporal, [self.id], PATIENCE_SECONDS)
        assert left == []
        written = (await self.journal())[known:]
        assert [(OPERATOR_NAME, found.problem)] == [(one.by, one.finding) for one in written]

    async def is_sound(self) -> None:
        """Asserts that check finds nothing, of the order and of all books."""
        assert await self.ailments(PATIENCE_SECONDS) == []
        async with connection(self.app.pool) as acquired:
            assert await audit.findings(acquired) == []

    async def ends_paid(self) -> None:
        """Brings it to its end, and asserts that each has what is theirs to the cent."""
        people = {"buyer": self.in_play.buyer, "seller": self.in_play.seller, "mediator": MEDIATOR}
        for action, who, body in REST.get((await self.in_play.now())["state"], []):
            await self.in_play.act(action, people[who], body)
        assert await self.wallets() == (8_000, 1_600)
        await self.is_sound()

    async def wallets(self) -> tuple[int, int]:
        """What the buyer and the seller have, in cents."""
        api = self.app.api
        return await api.balance(self.in_play.buyer), await api.balance(self.in_play.seller)

    async def rests(self) -> None:
        """Waits until the workflow has nothing in hand."""
        await eventually(self.handle.describe, is_idle)

    @asynccontextmanager
    async def _owner(self) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
        owner = await asyncpg.connect(self.app.database_url)
        try:
            yield owner
        finally:
            await owner.close()

    @asynccontextmanager
    async def under_way(self, action: str, who: Person, body: Any = None) -> AsyncIterator[None]:
        """While the block lasts, the step of this action has begun and cannot be written: somebody
        else holds the order's row."""
        # Two connections: what PostgreSQL shows of others stays the same within a transaction.
        async with self._owner() as onlooker, self._owner() as owner, owner.transaction():
            await owner.execute("SELECT FROM orders WHERE id = $1 FOR NO KEY UPDATE", self.id)
            asked = asyncio.create_task(self.app.api.act(self.in_play.order, action, who, body))

            async def has_begun() -> bool:
                found = await onlooker.fetchval(
                    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                    " AND datname = current_database() AND query LIKE '%record_step%'"
                )
                return bool(found)

            await eventually(has_begun)
            yield
        assert (await asked).status_code in (200, 202)

    async def attempts(self, number: int) -> None:
        """Waits until the journal has so many entries beside the placing."""

        async def are_there() -> bool:
            entries = await self.app.api.events(self.in_play.order, self.in_play.buyer)
            return len(entries) == number + 1

        await eventually(are_there)

    async def settles(self, state: str) -> Json:
        """The order once it is in this state."""
        return await eventually(self.in_play.now, lambda order: order["state"] == state)


@pytest.fixture(scope="package")
async def app(postgres: Postgres) -> AsyncIterator[AppUnderTest]:
    """An app of these tests' own, Temporal included: what is looked at is all that there is."""
    url = await copy_of_template(postgres)
    async with (
        await local_server() as server,
        running_app(url, server.client) as running,
    ):
        yield running


@pytest.fixture(scope="package", autouse=True)
def patient_comparison() -> Iterator[None]:
    """A workflow that has not said within five seconds where it stands is found not to answer. On a
    busy machine that would be any that a new worker replays, with twenty of them asked at once. A
    test that is about just that sets its own time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workflow_status, "ANSWERS_WITHIN", timedelta(seconds=30))
        yield


@pytest.fixture(scope="module", autouse=True)
async def leaves_nothing(app: AppUnderTest) -> AsyncIterator[None]:
    """What a module's tests leave behind would be found by those of any other that comes later."""
    yield
    proof = await prove(app.pool, app.temporal, patience=PATIENCE_SECONDS)
    assert [str(one) for one in proof.findings] == []


async def under_repair(app: AppUnderTest, state: str) -> OrderUnderRepair:
    """A new order in this state."""
    found = OrderUnderRepair(app, await (await app.place_order()).reach(state))
    await found.rests()
    await is_noted(app, found.id)
    return found


@asynccontextmanager
async def tampered(order: OrderUnderRepair) -> AsyncIterator[None]:
    """While the block lasts, the order's first posting says something else than it did."""
    owner = await asyncpg.connect(order.app.database_url)
    change = (
        "UPDATE ledger.transfer SET amount = amount + $2 WHERE leg = 1 AND tx_id ="
        " (SELECT min(id) FROM ledger.tx WHERE order_id = $1)"
    )
    await owner.execute("ALTER TABLE ledger.transfer DISABLE TRIGGER append_only")
    await owner.execute(change, order.id, 1)
    try:
        yield
    finally:
        await owner.execute(change, order.id, -1)
        await owner.execute("ALTER TABLE ledger.transfer ENABLE ALWAYS TRIGGER append_only")
        await owner.close()
