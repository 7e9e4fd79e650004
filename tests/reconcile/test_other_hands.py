"""*Request Cancellation* and *Signal*: nothing to repair follows from them, whatever they bring."""

from typing import Any

import pytest

from tests.house import House
from tests.reconcile.conftest import REST, ward

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
    house: House, state: str
) -> None:
    order = await ward(house, state)
    before = await order.deal.now()
    for name, message in JUNK:
        await order.handle.signal(name, message)
    await order.rests()
    assert before == await order.deal.now()
    await order.is_sound()
    await order.handle.cancel()
    await order.settles("cancelled")
    assert await order.purses() == (10_000, 0)
    await order.is_sound()


async def test_an_order_that_was_sent_junk_is_paid(house: House) -> None:
    order = await ward(house, "pending")
    for name, message in JUNK:
        await order.handle.signal(name, message)
    await order.ends_paid()


async def test_a_cancellation_while_the_seller_is_being_paid_comes_too_late(house: House) -> None:
    order = await ward(house, "delivered")
    async with order.under_way("complete", order.deal.buyer):
        await order.handle.cancel()
    await order.settles("completed")
    await order.ends_paid()
