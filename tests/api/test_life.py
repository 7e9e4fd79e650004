"""An order's life over HTTP."""

from tests.house import House


async def test_an_order_is_placed_delivered_and_paid(house: House) -> None:
    deal = await (await house.deal()).reach("completed")
    assert deal.order["state"] == "completed"
    assert await house.door.balance(deal.buyer) == 8_000
    assert await house.door.balance(deal.seller) == 1_600
