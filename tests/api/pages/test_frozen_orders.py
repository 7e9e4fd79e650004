"""Nothing is said or offered of an order whose payment is disputed that cannot happen meanwhile."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from db import orders
from db.pool import connection
from tests.api.pages.browser import visiting
from tests.api.pages.test_cases_queue import Fake
from tests.api.pages.test_console import operator
from tests.api.pages.test_order_page import words
from tests.api.test_chargebacks import OPENED, becomes, disputes, paid_order
from tests.app_under_test import ApiClient, AppUnderTest, OrderInPlay, eventually, somebody
from tests.contract import body_of
from texts.catalogue import Language
from texts.formatter import Formatter


async def test_operators_see_what_it_waits_for_and_since_when_on_its_page_and_in_the_list(
    app: AppUnderTest, shop: ApiClient
) -> None:
    in_play, pay_in = await paid_order(shop)
    await in_play.reach("delivered")
    address, listed = places_of(in_play)
    async with visiting(app, operator(), shop) as visit:
        assert "Waits for: Buyer." in (await visit.get(address)).text
        await disputes(shop, OPENED, pay_in)
        frozen = await becomes(in_play, payment_hold=True)
        page = words((await visit.get(address)).text)
        line = words((await visit.get(listed)).text)
    assert "Waits for: Payment provider." in page
    since = datetime.fromisoformat(frozen["payment_hold"]["since"])
    at = words(Formatter(Language.EN, "UTC").instant(since))
    assert f"Frozen since {at}: its payment is disputed." in page
    assert "Nothing, until the payment provider says how the dispute of the payment ends" in page
    for said in ("Payment disputed", "Payment provider", "Frozen: its payment is disputed"):
        assert said in line
    for said in ("Waits for: Buyer", "in this state"):
        assert said not in page


def places_of(in_play: OrderInPlay) -> tuple[str, str]:
    """Where operators see the order: its page, and the list of its seller's."""
    return (
        f"/console/orders/{in_play.order['id']}",
        f"/console/orders?person={in_play.seller.id}",
    )


async def test_a_late_order_that_is_frozen_needs_no_person_and_lets_nobody_cancel(
    app: AppUnderTest, shop: ApiClient
) -> None:
    in_play, pay_in = await paid_order(shop, delivery_time="PT1S")
    await in_play.reach("in_progress")
    address, listed = places_of(in_play)
    async with (
        visiting(app, operator(), shop) as operates,
        visiting(app, in_play.buyer, shop) as buys,
    ):
        await eventually(
            lambda: operates.get(address), lambda one: "The buyer may cancel alone" in one.text
        )
        assert "Late" in words((await buys.get("/orders?as=purchases")).text)
        await disputes(shop, OPENED, pay_in)
        await becomes(in_play, payment_hold=True)
        for where in (address, listed):
            page = words((await operates.get(where)).text)
            assert "The buyer may cancel alone" not in page
            assert "Payment disputed" in page
        mine = words((await buys.get("/orders?as=purchases")).text)
        page = words((await buys.get(f"/orders/{in_play.order['id']}")).text)
    for said in (mine, page):
        assert "Late" not in said
    assert "Payment disputed No deadline runs" in mine
    assert "No deadline runs Payment disputed" in page
    assert "Work due by" not in page


async def test_nothing_open_beside_it_is_offered_or_said_to_end(
    app: AppUnderTest, shop: ApiClient
) -> None:
    in_play, pay_in = await paid_order(shop)
    await in_play.reach("in_progress")
    for action, who in (
        ("make_offer", in_play.seller),
        ("request_cancellation", in_play.buyer),
        ("propose_settlement", in_play.buyer),
        ("propose_settlement", in_play.seller),
    ):
        await in_play.act(action, who, body_of(action))
    await disputes(shop, OPENED, pay_in)
    await becomes(in_play, payment_hold=True)
    for who in (in_play.buyer, in_play.seller):
        async with visiting(app, who, shop) as visit:
            page = words((await visit.get(f"/orders/{in_play.order['id']}")).text)
        told = (await shop.get("/v1/notifications?limit=100", who)).json()["items"]
        (notice,) = [one for one in told if one["event"] == "order.payment_disputed"]
        for told_of in (page, str(notice)):
            assert told_of.count("stands still with the order") == 4
        for said in ("until it lapses", "it lapses", "to answer", "can withdraw it"):
            assert said not in page
        assert "Extras that can be added" not in page


async def test_a_case_that_is_frozen_waits_for_no_ruling(
    app: AppUnderTest, shop: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_play, pay_in = await paid_order(shop)
    await in_play.reach("disputed")
    address = f"/disputes/{in_play.order['id']}"

    async def this_one(*_: Any) -> list[Fake]:
        async with connection(app.pool) as acquired:
            row = await orders.get(acquired, UUID(in_play.order["id"]))
        assert row is not None
        return [Fake(row)]

    monkeypatch.setattr(orders, "disputes", this_one)
    async with visiting(app, somebody("mediator", "mediator"), shop) as visit:
        before = (await visit.get("/disputes")).text
        await disputes(shop, OPENED, pay_in)
        await becomes(in_play, payment_hold=True)
        page, queue = (await visit.get(address)).text, (await visit.get("/disputes")).text
    take = f'href="{address}/actions/assign"'
    assert ("1 dispute waits for a ruling" in before, take in before) == (True, True)
    assert ("No dispute waits." in queue, take in queue) == (True, False)
    for said in (page, queue):
        assert "Payment disputed" in said
        assert "Nobody can rule on it until the payment provider says" in said
    for offered in ("Go to the ruling", "To be taken within", "Nobody has the case yet"):
        assert offered not in page
