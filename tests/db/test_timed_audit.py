"""A check that takes too long is told as not proved, and hides no other."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from db import audit, audit_queries
from db.audit import Part
from db.audit_queries import OF_PARTS
from db.pool import Pool
from db.timed_audit import Budget, findings_within
from domain.vocabulary import State
from infra import temporal
from reconcile.proof import Comparison
from tests.app_under_test import PATIENCE_SECONDS, in_seconds
from tests.db.market import Market, Owner

HELD_UP, LIKEWISE = "notice-for-nobody", "differing-inbox"
"""The checks that read a table which somebody holds up, beside those that read every table."""

OF_EVERY_TABLE = {"instant-off-calendar"}

SECONDS = 3.0


@pytest.fixture
async def held_up(market: Market, owner: Owner) -> AsyncIterator[None]:
    """Somebody locks a table, on an order whose people cannot be shown either."""
    order = await market.order(State.DELIVERED)
    await owner.execute("UPDATE orders SET titles = '[]' WHERE id = $1", order.id)
    async with owner.transaction():
        await owner.execute("LOCK TABLE notices IN ACCESS EXCLUSIVE MODE")
        yield


@pytest.mark.usefixtures("held_up")
@pytest.mark.parametrize("in_parts", [False, True], ids=["whole", "part"])
async def test_what_takes_too_long_is_told_and_everything_else_is_found(
    in_parts: bool, pool: Pool
) -> None:
    async with pool.acquire() as connection:
        part = Part(orders=await audit.order_ids(connection)) if in_parts else None
    checks = sorted(OF_PARTS) if in_parts else audit.names()

    async def within(seconds: int) -> None:
        budget = Budget(seconds)
        found = await findings_within(pool, budget, checks, part)
        assert [one.check for one in found] == ["unshowable-titles"]
        assert set(budget.exceeded) == {HELD_UP, LIKEWISE} | (set() if in_parts else OF_EVERY_TABLE)
        assert str(budget.exceeded[HELD_UP]) == (
            f"check {HELD_UP}: was not proved: it took longer than the {seconds} s that it has"
            " (not-proved)"
        )

    await in_seconds(within, 3)


@pytest.mark.usefixtures("held_up")
async def test_what_has_used_up_its_budget_is_not_tried_on_the_next_part(pool: Pool) -> None:
    budget = Budget(SECONDS)
    await findings_within(pool, budget, [HELD_UP], Part())
    assert budget.left(HELD_UP) == 0
    budget.seconds = PATIENCE_SECONDS  # of the check that nobody holds up
    assert await findings_within(pool, budget, [HELD_UP, "wrong-escrow"], Part()) == []
    assert list(budget.exceeded) == [HELD_UP]


@pytest.mark.usefixtures("held_up")
async def test_the_server_has_given_up_too(pool: Pool, owner: Owner) -> None:
    await findings_within(pool, Budget(SECONDS), [HELD_UP], Part())
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    assert await owner.fetchval(waiting + " AND datname = current_database()") == 0


async def test_steps_that_take_too_long_to_read_are_told(
    market: Market, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await market.order(State.DELIVERED)
    monkeypatch.setattr(
        audit_queries, "STEPS", audit_queries.STEPS + " AND pg_sleep(60) IS NOT NULL"
    )
    budget = Budget(0.5)
    assert await findings_within(pool, budget, ["unreadable-step"]) == []
    assert list(budget.exceeded) == ["unreadable-step"]


async def test_a_check_whose_time_is_used_up_by_the_parts_before_is_told(pool: Pool) -> None:
    """It may end a moment after the last of its seconds, without an error."""
    budget = Budget(SECONDS)
    with budget.spent_on("wrong-escrow"):
        await asyncio.sleep(0.01)
    budget.seconds = 0.005
    assert await findings_within(pool, budget, ["wrong-escrow"], Part()) == []
    assert list(budget.exceeded) == ["wrong-escrow"]


@pytest.mark.parametrize("seconds", [float("nan"), 0.0, -1.0])
async def test_a_check_that_has_no_time_is_not_proved(seconds: float, pool: Pool) -> None:
    budget = Budget(seconds)
    assert await findings_within(pool, budget, ["wrong-escrow"]) == []
    assert list(budget.exceeded) == ["wrong-escrow"]


async def test_what_asks_temporal_without_time_is_not_proved(pool: Pool) -> None:
    nowhere = await temporal.connect(lazy=True, target_host="127.0.0.1:1")
    comparison = Comparison(pool, nowhere, Budget(float("nan")), patience=0)
    await comparison.of_orders([])
    await comparison.of_workflows()
    found = comparison.proof(0, [])
    assert len(found.unproved) == 3
    assert found.uncompared is None
