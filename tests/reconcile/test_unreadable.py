"""An order whose document cannot be read is a finding of its own, and hides no other."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from reconcile.proof import prove
from reconcile.repair import plan
from tests.app_under_test import AppUnderTest
from tests.reconcile.conftest import OrderUnderRepair, under_repair

UNREADABLE = "its document in the database cannot be read"

SPOILED: list[tuple[str, Any]] = [
    ("{state}", "payed"),
    ("{lines}", "none"),
    ("{lines,0,price}", "dear"),
    ("{lines,0,price}", {"amount": 1}),
    ("{outcome}", "paid"),
    ("{outcome}", []),
]


@asynccontextmanager
async def spoiled(order: OrderUnderRepair, path: str, value: Any) -> AsyncIterator[None]:
    """While the block lasts, something else stands in the order's document."""
    owner = await asyncpg.connect(order.app.database_url)
    before = await owner.fetchval("SELECT doc FROM orders WHERE id = $1", order.id)
    change = "UPDATE orders SET doc = jsonb_set(doc, $2::text[], $3) WHERE id = $1"
    await owner.execute(change, order.id, path[1:-1].split(","), json.dumps(value))
    try:
        yield
    finally:
        await owner.execute("UPDATE orders SET doc = $2 WHERE id = $1", order.id, before)
        await owner.close()


@asynccontextmanager
async def without_workflow(order: OrderUnderRepair) -> AsyncIterator[None]:
    """Terminates the order's workflow, and repairs it however the block ends."""
    await order.handle.terminate("by mistake")
    try:
        yield
    finally:
        await order.repaired()


@pytest.mark.parametrize(("path", "value"), SPOILED)
async def test_it_is_named_and_so_are_the_others(app: AppUnderTest, path: str, value: Any) -> None:
    order, other = await under_repair(app, "delivered"), await under_repair(app, "delivered")
    async with without_workflow(other), spoiled(order, path, value):
        proof = await prove(app.pool, app.temporal, patience=0)
        assert proof.uncompared is None, str(proof.uncompared)
        assert {one.subject: one.problem for one in proof.differing} == {
            f"order {order.id}": UNREADABLE,
            f"order {other.id}": "is delivered and its workflow is terminated",
        }
        found = await plan(app.pool, app.temporal, patience=0)
        assert [other.id] == [one.order_id for one in found.repairable]
    await order.is_sound()
    await other.is_sound()


async def test_where_only_its_reader_minds_it_is_left_to_people(app: AppUnderTest) -> None:
    """The books have nothing against it: lines, people and state are as they were."""
    order = await under_repair(app, "delivered")
    async with spoiled(order, "{created_at}", "yesterday"):
        found = await plan(app.pool, app.temporal, patience=0)
    assert (found.repairable, found.books, found.held_back) == ([], [], [])
    assert [one.finding.problem for one in found.by_hand] == [UNREADABLE]
    assert not found.is_empty
