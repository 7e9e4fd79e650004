"""The nightly pruning: by its schedule, a little at a time, and no more than there is time for."""

from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.testing import ActivityEnvironment

import activities.pruning as nightly
import db.pruning
from activities.pruning import KEEP, Pruned, PruningActivities
from db.pool import Connection, connection
from reconcile.nightly_proof import prove_what_changed
from tests import aging
from tests.app_under_test import PATIENCE_SECONDS, AppUnderTest
from tests.db.test_pruning import payment
from tests.reconcile.conftest import OrderUnderRepair, under_repair
from workflows.order import TASK_QUEUE
from workflows.pruning import PruningWorkflow, in_words


@pytest.fixture
async def owner(app: AppUnderTest) -> AsyncIterator[Connection]:
    """A superuser's connection to the app's database."""
    opened = await asyncpg.connect(app.database_url)
    yield opened
    await opened.close()


async def ended_long_ago(app: AppUnderTest, owner: Connection) -> OrderUnderRepair:
    """An order of three requests that ended 401 days ago and was found in order."""
    order = await under_repair(app, "completed")
    await aging.ended(owner, str(order.id), 401)
    assert (await prove_what_changed(app.pool, app.temporal, PATIENCE_SECONDS)).findings == []
    return order


async def requests_of(owner: Connection, *orders: OrderUnderRepair) -> int:
    """How many requests are kept of these orders."""
    count: int = await owner.fetchval(
        "SELECT count(*) FROM requests WHERE order_id = ANY ($1::uuid[])",
        [order.id for order in orders],
    )
    return count


async def pruned(app: AppUnderTest, budget: timedelta = timedelta(hours=1)) -> Pruned:
    """What a night's activity gives."""
    found: Pruned = await ActivityEnvironment().run(PruningActivities(app.pool, KEEP, budget).prune)
    return found


async def test_a_night_removes_what_is_old_and_everything_still_proves_right(
    app: AppUnderTest, owner: Connection
) -> None:
    old, young = await ended_long_ago(app, owner), await under_repair(app, "completed")
    assert (await requests_of(owner, old), await requests_of(owner, young)) == (3, 3)
    handle = await app.temporal.start_workflow(
        PruningWorkflow.run, id=f"pruning-{old.id}", task_queue=TASK_QUEUE
    )
    result = await handle.result()
    said = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    assert (result.requests, result.is_all) == (3, True)
    assert said.current_details == "**Removed**: 0 idempotency keys, 3 requests, 0 message records."
    assert (await requests_of(owner, old), await requests_of(owner, young)) == (0, 3)
    await old.is_sound()
    assert (await prove_what_changed(app.pool, app.temporal, PATIENCE_SECONDS)).findings == []
    assert await pruned(app) == Pruned()


async def test_what_a_night_has_no_time_for_is_left_to_the_next(
    app: AppUnderTest, owner: Connection
) -> None:
    order = await ended_long_ago(app, owner)
    night = await pruned(app, timedelta(0))
    assert night == Pruned(is_all=False)
    assert "the next one goes on" in in_words(night)
    assert await requests_of(owner, order) == 3
    assert (await pruned(app)).requests == 3


async def test_a_night_that_breaks_off_is_gone_on_with(
    app: AppUnderTest, owner: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = await ended_long_ago(app, owner)
    monkeypatch.setattr(nightly, "AT_ONCE", 1)
    real, calls = db.pruning.ended_orders, 0

    async def falls(acquired: Connection, keep: timedelta, most: int) -> object:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise ConnectionResetError
        return await real(acquired, keep, most)

    monkeypatch.setattr(db.pruning, "ended_orders", falls)
    with pytest.raises(Exception, match="ConnectionResetError"):
        await pruned(app)
    assert await requests_of(owner, order) == 2
    assert (await pruned(app)).requests == 2


async def test_keys_that_have_expired_go_with_it(app: AppUnderTest, owner: Connection) -> None:
    order = await under_repair(app, "pending")
    key = f"key of {order.id}"
    await app.api.act(order.in_play.order, "accept", order.in_play.seller, key=key)
    await aging.keys(owner, key, 31)
    assert (await pruned(app)).keys == 1
    async with connection(app.pool) as acquired:
        left = "SELECT count(*) FROM idempotency_keys WHERE key = $1"
        assert await acquired.fetchval(left, key) == 0


async def test_what_nobody_paid_for_goes_with_it(app: AppUnderTest, owner: Connection) -> None:
    await payment(owner, "lapsed", 401)
    assert (await pruned(app)).unpaid_orders == 1
    assert await pruned(app) == Pruned()
