"""A house whose operators do what they should not, and what brings it in order again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from temporalio.client import WorkflowHandle

from db import audit, repairs
from db.pool import connection
from db.repairs import Repair
from embedded.postgres import Postgres
from reconcile.comparison import OrderMismatch, mismatches
from reconcile.repair import carry_out, left_over
from tests.conftest import copy_of_template, local_server
from tests.house import MEDIATOR, Deal, House, Json, Person, eventually, running_house
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
class Ward:
    """One order under repair."""

    house: House
    deal: Deal

    @property
    def id(self) -> UUID:
        return UUID(self.deal.order["id"])

    @property
    def handle(self) -> WorkflowHandle[Any, Any]:
        """Whatever workflow the order has now."""
        return self.house.temporal.get_workflow_handle(workflow_id(str(self.id)))

    async def ailments(self, patience: float = 0) -> list[OrderMismatch]:
        """What check says of it, if it still does after so many seconds."""
        return await mismatches(self.house.pool, self.house.temporal, [self.id], patience)

    async def journal(self) -> list[Repair]:
        """What was done to it."""
        async with connection(self.house.pool) as acquired:
            return [one for one in await repairs.latest(acquired, 1_000) if one.order_id == self.id]

    async def repaired(self) -> None:
        """Repairs it, and asserts that this is all that there was to do."""
        known = len(await self.journal())
        (found,) = await self.ailments()
        await carry_out(self.house.pool, self.house.temporal, found, OPERATOR_NAME)
        assert await left_over(self.house.pool, self.house.temporal, [self.id]) == []
        written = (await self.journal())[known:]
        assert [(OPERATOR_NAME, found.problem)] == [(one.by, one.finding) for one in written]

    async def is_sound(self) -> None:
        """Asserts that check finds nothing, of the order and of all books."""
        assert await self.ailments(patience=10) == []
        async with connection(self.house.pool) as acquired:
            assert await audit.findings(acquired) == []

    async def ends_paid(self) -> None:
        """Brings it to its end, and asserts that each has what is theirs to the cent."""
        people = {"buyer": self.deal.buyer, "seller": self.deal.seller, "mediator": MEDIATOR}
        for action, who, body in REST.get((await self.deal.now())["state"], []):
            await self.deal.act(action, people[who], body)
        assert await self.purses() == (8_000, 1_600)
        await self.is_sound()

    async def purses(self) -> tuple[int, int]:
        """What the buyer and the seller have, in cents."""
        door = self.house.door
        return await door.balance(self.deal.buyer), await door.balance(self.deal.seller)

    async def rests(self) -> None:
        """Waits until the workflow has nothing in hand."""

        async def is_idle() -> bool:
            raw = (await self.handle.describe()).raw_description
            return not raw.HasField("pending_workflow_task") and not raw.pending_activities

        await eventually(is_idle)

    @asynccontextmanager
    async def under_way(self, action: str, who: Person, body: Any = None) -> AsyncIterator[None]:
        """While the block lasts, the step of this action has begun and cannot be written: somebody
        else holds the order's row."""
        owner = await asyncpg.connect(self.house.database_url)
        async with owner.transaction():
            await owner.execute("SELECT FROM orders WHERE id = $1 FOR NO KEY UPDATE", self.id)
            asked = asyncio.create_task(self.house.door.act(self.deal.order, action, who, body))

            async def has_begun() -> bool:
                found = await owner.fetchval(
                    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                    " AND datname = current_database() AND query LIKE '%record_step%'"
                )
                return bool(found)

            await eventually(has_begun)
            yield
        await owner.close()
        assert (await asked).status_code in (200, 202)

    async def attempts(self, number: int) -> None:
        """Waits until the journal has so many entries beside the placing."""

        async def are_there() -> bool:
            entries = await self.house.door.events(self.deal.order, self.deal.buyer)
            return len(entries) == number + 1

        await eventually(are_there)

    async def settles(self, state: str) -> Json:
        """The order once it is in this state."""
        return await eventually(self.deal.now, lambda order: order["state"] == state)


@pytest.fixture(scope="package")
async def house(postgres: Postgres) -> AsyncIterator[House]:
    """A house of these tests' own, Temporal included: what is looked at is all that there is."""
    url = await copy_of_template(postgres)
    async with (
        await local_server() as server,
        running_house(url, server.client) as running,
    ):
        yield running


async def ward(house: House, state: str) -> Ward:
    """A new order in this state."""
    found = Ward(house, await (await house.deal()).reach(state))
    await found.rests()
    return found


@asynccontextmanager
async def tampered(order: Ward) -> AsyncIterator[None]:
    """While the block lasts, the order's first posting says something else than it did."""
    owner = await asyncpg.connect(order.house.database_url)
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
