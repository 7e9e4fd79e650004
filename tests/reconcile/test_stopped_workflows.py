"""How many open orders nobody carries on is counted, and only these."""

from collections.abc import Awaitable, Callable

import pytest

from infra.metrics.stopped_workflows import without_workflow
from tests.app_under_test import AppUnderTest, eventually
from tests.reconcile.conftest import OrderUnderRepair, under_repair


def counting(app: AppUnderTest) -> Callable[[], Awaitable[int]]:
    """Counts them anew."""
    return lambda: without_workflow(app.temporal, app.pool)


async def until(app: AppUnderTest, expected: int) -> None:
    """Waits until there are so many: Temporal lists what ended a moment later."""
    await eventually(counting(app), lambda found: found == expected)


@pytest.fixture
async def none_before(app: AppUnderTest) -> AppUnderTest:
    """An app all of whose orders are carried on."""
    await until(app, 0)
    return app


async def test_an_order_whose_workflow_was_terminated_counts_until_it_is_repaired(
    none_before: AppUnderTest,
) -> None:
    order = await under_repair(none_before, "delivered")
    await order.handle.terminate("by mistake")
    await until(none_before, 1)
    await order.repaired()
    await until(none_before, 0)


async def test_one_that_has_ended_does_not_count(none_before: AppUnderTest) -> None:
    """Whatever Temporal has of it."""
    stopped: OrderUnderRepair = await under_repair(none_before, "pending")
    ended: OrderUnderRepair = await under_repair(none_before, "in_progress")
    for order in (ended, stopped):
        await order.handle.terminate("by mistake")
    await until(none_before, 2)
    await ended.repaired()
    await ended.ends_paid()
    await until(none_before, 1)
    await stopped.repaired()
