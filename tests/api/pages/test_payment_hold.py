"""What the pages say of an order whose payment is disputed, and of what is owed for it."""

from tests.api.pages.browser import visiting
from tests.api.pages.test_console import operator
from tests.api.test_chargebacks import (
    LOST,
    OPENED,
    UNTIL,
    becomes,
    disputes,
    paid_order,
    receivable,
)
from tests.app_under_test import ApiClient, AppUnderTest, eventually

FROZEN = "The order is frozen: its payment is disputed."
BY_THEN = "The payment can be answered for until"


async def test_a_frozen_order_says_so_and_until_when_it_can_be_answered_for(
    app: AppUnderTest, shop: ApiClient
) -> None:
    in_play, pay_in = await paid_order(shop)
    await in_play.reach("delivered")
    await disputes(shop, OPENED, pay_in, evidence_until=UNTIL)
    frozen = await becomes(in_play, payment_hold=True)
    address, went = f"/orders/{frozen['id']}", ("went to your bank", "payer’s bank")
    async with (
        visiting(app, in_play.buyer, shop) as buyer,
        visiting(app, in_play.seller, shop) as seller,
    ):
        for visit in (buyer, seller):
            page = (await visit.get(address)).text
            for words in (FROZEN, BY_THEN, "asked the payment of this order back"):
                assert words in page
            assert f"{address}/actions/complete" not in page
        await disputes(shop, LOST, pay_in)
        await becomes(in_play, outcome=True)
        for visit, gone in zip((buyer, seller), went, strict=True):
            page = (await visit.get(address)).text
            assert gone in page
            assert FROZEN not in page


async def test_operators_see_why_it_is_frozen_and_find_it(
    app: AppUnderTest, shop: ApiClient
) -> None:
    in_play, pay_in = await paid_order(shop)
    await disputes(shop, OPENED, pay_in, evidence_until=UNTIL)
    frozen = await becomes(in_play, payment_hold=True)
    async with visiting(app, operator(), shop) as visit:
        console = (await visit.get(f"/console/orders/{frozen['id']}")).text
        listed = (await visit.get("/console/chargebacks")).text
    assert "Frozen: its payment is disputed" in console
    assert "Can be answered for until" in console
    assert f"dispute-{pay_in['id']}" in listed


async def test_who_owes_something_sees_how_much_and_why(app: AppUnderTest, shop: ApiClient) -> None:
    in_play, pay_in = await paid_order(shop)
    await in_play.reach("delivered")
    await in_play.act("complete", in_play.buyer)
    await disputes(shop, LOST, pay_in)
    await eventually(lambda: receivable(shop, in_play.seller), bool)
    async with visiting(app, in_play.seller, shop) as visit:
        wallet = (await visit.get("/wallet")).text
    assert "What you owe" in wallet
    assert "Kept for a payment that a bank took back" in wallet
    async with visiting(app, operator(), shop) as visit:
        listed = (await visit.get("/console/chargebacks")).text
    assert "Who owes something" in listed
    assert in_play.seller.id in listed
