"""A workflow whose order is not in the database, as after an older backup was restored."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import uuid4

import pytest
from temporalio.service import RPCError

from db import orders
from db.pool import connection
from infra import order_workflows
from reconcile.orphan_workflows import orphan_workflows
from reconcile.proof import prove
from reconcile.repair import ADVICE_ON_STRAYS, plan
from tests.app_under_test import SECRETS_KEY, AppUnderTest, eventually
from tests.e2e.test_commands import run
from tests.reconcile.conftest import OPERATOR_NAME, OrderUnderRepair, under_repair
from workflows.order import workflow_id

NOBODY = "5ad0f00d-0000-4000-8000-0000000000aa"
PROBLEM = "runs, and the database has no such order"


@asynccontextmanager
async def astray(order: OrderUnderRepair, order_id: str) -> AsyncIterator[str]:
    """While the block lasts, a workflow like this order's runs under another id. Gives its name,
    once Temporal lists it."""
    app, name = order.app, workflow_id(order_id)
    async with connection(app.pool) as acquired:
        like = (await orders.stored(acquired, order.id)).order
    await order_workflows.begin(app.temporal, like.model_copy(update={"id": order_id}))
    await eventually(lambda: orphan_workflows(app.pool, app.temporal, patience=0))
    try:
        yield name
    finally:
        with suppress(RPCError):  # somebody may have done so
            await app.temporal.get_workflow_handle(name).terminate("restored without it")


@pytest.mark.parametrize("order_id", [NOBODY, NOBODY.upper(), "by-hand"])
async def test_it_is_named_and_left_to_people(app: AppUnderTest, order_id: str) -> None:
    order = await under_repair(app, "delivered")
    async with astray(order, order_id) as name:
        proof = await prove(app.pool, app.temporal, patience=1)
        assert [(one.subject, one.problem) for one in proof.findings] == [
            (f"workflow {name}", PROBLEM)
        ]
        found = await plan(app.pool, app.temporal, patience=0)
        assert [one.finding for one in found.by_hand] == list(proof.differing)
        assert "terminate it" in found.by_hand[0].advice
        assert (found.is_empty, found.repairable) == (False, [])
    await order.is_sound()


@pytest.mark.parametrize("words", [("repair",), ("repair", "--apply", "--by", OPERATOR_NAME)])
async def test_repair_says_what_to_do_and_that_something_is_left(
    app: AppUnderTest, words: tuple[str, ...]
) -> None:
    order = await under_repair(app, "delivered")
    async with astray(order, str(uuid4())) as name:
        code, output = await run(
            *words,
            "--patience",
            "1",
            SEQUESTRE_DATABASE_URL=app.database_url,
            SEQUESTRE_SECRETS_KEY=SECRETS_KEY,
        )
    assert code == 1, output
    assert output.splitlines() == [
        f"✗ workflow {name}: {PROBLEM} (orphan-workflow)",
        f"  no repair does this for you: {ADVICE_ON_STRAYS}",
    ]


async def test_one_that_was_terminated_a_moment_ago_is_none(app: AppUnderTest) -> None:
    """However long Temporal goes on listing it as running."""
    order = await under_repair(app, "delivered")
    async with astray(order, str(uuid4())):
        pass
    assert await orphan_workflows(app.pool, app.temporal, patience=0) == []


async def test_an_order_that_is_being_placed_is_none(app: AppUnderTest) -> None:
    """Without patience too: its row is there before its workflow is."""
    for _ in range(5):
        await app.place_order()
        assert await orphan_workflows(app.pool, app.temporal, patience=0) == []


async def test_it_is_terminated_where_that_is_said(app: AppUnderTest) -> None:
    order = await under_repair(app, "delivered")
    async with astray(order, str(uuid4())) as name:
        code, output = await run(
            *("repair", "--apply", "--terminate-orphans", "--by", OPERATOR_NAME),
            *("--patience", "1"),
            SEQUESTRE_DATABASE_URL=app.database_url,
            SEQUESTRE_SECRETS_KEY=SECRETS_KEY,
        )
        assert (code, output.splitlines()) == (
            0,
            [f"→ workflow {name}: {PROBLEM} (orphan-workflow)", "  it was terminated"],
        )
        handle = app.temporal.get_workflow_handle(name)
        end = [event async for event in handle.fetch_history_events()][-1]
        reason = end.workflow_execution_terminated_event_attributes.reason
        assert OPERATOR_NAME in reason
    await order.is_sound()
