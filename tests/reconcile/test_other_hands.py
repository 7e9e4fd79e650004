"""*Request Cancellation* and *Signal*: nothing to repair follows from them, whatever they bring."""

from typing import Any

import pytest

from tests.app_under_test import AppUnderTest
from tests.reconcile.conftest import REST, under_repair

JUNK: list[tuple[str, Any]] = [
    ("accept", None),
    ("accept", "x" * 10_000),
    ("complete", {"actor": {"id": "eve", "role": "buyer"}}),
    ("resolve", {"actor": {"id": "eve", "role": "mediator"}, "outcome": "split", "refund": -1}),
    ("explode", {"actor": 17}),
    ("catch_up", {"order": {"state": "completed"}}),
    ("deliver", b"\xff\x00"),
]


@pytest.mark.parametrize("state", REST)
async def test_junk_moves_nothing_and_a_cancellation_gives_the_buyer_everything_back(
    app: AppUnderTest, state: str
) -> None:
    order = await under_repair(app, state)
    before = await order.in_play.now()
    for name, message in JUNK:
        await order.handle.signal(name, message)
    await order.rests()
    assert before == await order.in_play.now()
    await order.is_sound()
    await order.handle.cancel()
    await order.settles("cancelled")
    assert await order.wallets() == (10_000, 0)
    await order.is_sound()


async def test_an_order_that_was_sent_junk_is_paid(app: AppUnderTest) -> None:
    order = await under_repair(app, "pending")
    for name, message in JUNK:
        await order.handle.signal(name, message)
    await order.ends_paid()


async def test_a_cancellation_while_the_seller_is_being_paid_comes_too_late(
    app: AppUnderTest,
) -> None:
    order = await under_repair(app, "delivered")
    async with order.under_way("complete", order.in_play.buyer):
        await order.handle.cancel()
    await order.settles("completed")
    await order.ends_paid()
