"""What the pages say of an order whose payment is disputed, and of what is owed for it."""

import re

from tests.api.pages.browser import visiting
from tests.api.pages.test_console import operator
from tests.api.pages.test_order_page import words
from tests.api.test_chargebacks import (
    LOST,
    OPENED,
    UNTIL,
    WON,
    becomes,
    disputes,
    paid_order,
    receivable,
)
from tests.api.test_pay_ins import outcome_of
from tests.app_under_test import ApiClient, AppUnderTest, eventually, somebody

KEPT = "Kept back from payouts"
FROZEN = "The order is frozen: its payment is disputed."
BY_THEN = "The payment can be answered for until"
UNTIL_SHOWN = "2 Jan 2031 at 10:00"
DUE = re.compile("Can be answered for until <time [^>]*>2 January 2031 at 10:00 UTC<")


async def test_who_looks_after_a_case_sees_that_it_is_frozen_and_until_when_it_can_be_answered_for(
    app: AppUnderTest, shop: ApiClient
) -> None:
    in_play, pay_in = await paid_order(shop)
    await in_play.reach("disputed")
    address = f"/disputes/{in_play.order['id']}"
    async with visiting(app, somebody("mediator", "mediator"), shop) as visit:
        assert not DUE.search((await visit.get(address)).text)
        await disputes(shop, OPENED, pay_in, evidence_until=UNTIL)
        await becomes(in_play, payment_hold=True)
        page = (await visit.get(address)).text
    assert "Frozen: its payment is disputed" in page
    assert DUE.search(page)


async def test_a_seller_sees_what_is_kept_back_from_payouts_and_why(
    app: AppUnderTest, shop: ApiClient
) -> None:
    in_play, pay_in = await paid_order(shop)
    await in_play.reach("delivered")
    await in_play.act("complete", in_play.buyer)
    async with visiting(app, in_play.seller, shop) as visit:
        assert KEPT not in (await visit.get("/wallet")).text
        event = await disputes(shop, OPENED, pay_in, evidence_until=UNTIL)
        assert await outcome_of(shop, event) == "applied"
        page = (await visit.get("/wallet")).text
        assert KEPT in page
        assert DUE.search(page)
        assert f'<a href="/orders/{in_play.order["id"]}" dir="auto">' in page
        async with visiting(app, operator(), shop) as looks:
            person = (await looks.get(f"/console/people/{in_play.seller.id}")).text
        assert KEPT in person
        event = await disputes(shop, WON, pay_in)
        assert await outcome_of(shop, event) == "applied"
        assert KEPT not in (await visit.get("/wallet")).text


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


async def test_nothing_is_advised_that_a_frozen_order_does_not_allow(
    app: AppUnderTest, shop: ApiClient
) -> None:
    in_play, pay_in = await paid_order(shop)
    await in_play.reach("in_progress")
    address = f"/orders/{in_play.order['id']}"
    async with visiting(app, in_play.buyer, shop) as visit:
        assert "The order is not late." in (await visit.get(address)).text
        await disputes(shop, OPENED, pay_in)
        await becomes(in_play, payment_hold=True)
        page = words((await visit.get(address)).text)
    for advised in ("The order is not late.", "to cancel: if they refuse"):
        assert advised not in page
    assert "nothing can be done until that is decided" in page


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
    assert DUE.search(console)
    assert UNTIL_SHOWN in listed
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
        debtor = (await visit.get(f"/console/people/{in_play.seller.id}")).text
    assert "Who owes something" in listed
    assert in_play.seller.id in listed
    (owed,) = await receivable(shop, in_play.seller)
    assert f"Owed €{owed['amount'] / 100:.2f}" in words(debtor)
