"""Messages that no relay has begun with: nobody is on the way to sending them."""

from datetime import timedelta

import asyncpg

from reconcile.comparison import Mismatch
from reconcile.repair import carry_out, left_over, plan
from tests.app_under_test import PATIENCE_SECONDS, AppUnderTest
from tests.reconcile.conftest import OPERATOR_NAME, OrderUnderRepair, under_repair

UNBEGUN = "has messages that nobody has begun to send, of entry 1 of its journal"


async def left_waiting(order: OrderUnderRepair, waits: timedelta, *, begun: bool = False) -> None:
    """A mail that was written so long ago, and was begun with by a workflow that is gone, or by
    nobody."""
    owner = await asyncpg.connect(order.app.database_url)
    await owner.execute(
        "INSERT INTO deliveries (order_id, seq, channel, user_id, created_at, started_at)"
        " SELECT $1, 1, 'email', 'somebody', now() - $2::interval, CASE WHEN $3 THEN now() END",
        order.id,
        waits,
        begun,
    )
    await owner.close()


async def test_they_are_named_and_no_repair_claims_to_send_them(app: AppUnderTest) -> None:
    order = await under_repair(app, "delivered")
    async with app.api_away():
        await left_waiting(order, timedelta(minutes=6))
        (found,) = await order.ailments()
        assert (found.mismatch, found.problem) == (Mismatch.UNBEGUN, UNBEGUN)
        ahead = await plan(app.pool, app.temporal, patience=0)
        assert (ahead.repairable, [one.finding.problem for one in ahead.by_hand]) == ([], [UNBEGUN])
    await order.is_sound()


async def test_those_of_a_moment_ago_are_none(app: AppUnderTest) -> None:
    order = await under_repair(app, "delivered")
    async with app.api_away():
        await left_waiting(order, timedelta(minutes=4))
        assert await order.ailments() == []
    await order.is_sound()


async def test_without_a_relay_those_that_lost_their_workflow_are_not_called_repaired(
    app: AppUnderTest,
) -> None:
    order = await under_repair(app, "delivered")
    async with app.api_away():
        await left_waiting(order, timedelta(days=2), begun=True)
        (found,) = await order.ailments()
        assert found.mismatch is Mismatch.UNTOLD
        await carry_out(app.pool, app.temporal, found, OPERATOR_NAME)
        left = await left_over(app.pool, app.temporal, [order.id], patience=1)
        assert [one.problem for one in left] == [UNBEGUN]
    assert await left_over(app.pool, app.temporal, [order.id], PATIENCE_SECONDS) == []
