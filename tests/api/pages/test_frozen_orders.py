"""Nothing is said or offered of an order whose payment is disputed that cannot happen meanwhile;
operators find all of them."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from uuid import UUID

import pytest

from db import console, orders
from db.console import Frozen, Overview
from db.pool import Connection, connection
from tests.api.pages.browser import Visit, visiting
from tests.api.pages.test_cases_queue import Fake
from tests.api.pages.test_console import operator
from tests.api.pages.test_order_page import words
from tests.api.test_chargebacks import OPENED, WON, becomes, disputes, paid_order
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


LIST = "/console/orders?payment=disputed"
TILE = re.compile(
    r'<a class="card flat tile([^"]*)" href="'
    + re.escape(LIST)
    + r'"><span class="n">([^<]*)</span><b>([^<]*)</b>(?:<small>([^<]*)</small>)?</a>'
)


async def tile(visit: Visit, language: str = "en") -> tuple[str, ...]:
    """The tone of the home's tile of frozen orders, their number, what they are called and what is
    said of them."""
    page = (await visit.get("/console", Accept_Language=language)).text
    (found,) = TILE.findall(page)
    return tuple(unescape(one).replace("\u202f", " ").replace("\xa0", " ") for one in found)


async def test_the_home_counts_them_and_leads_to_the_list_of_exactly_these(
    app: AppUnderTest, shop: ApiClient
) -> None:
    (in_play, pay_in), (running, _) = [await paid_order(shop) for _ in range(2)]
    address = f'href="/console/orders/{in_play.order["id"]}"'
    async with visiting(app, operator(), shop) as visit:
        await disputes(shop, OPENED, pay_in)
        await becomes(in_play, payment_hold=True)
        tone, number, _, text = await tile(visit)
        assert (tone, number == "0") == (" t-ice", False)
        assert re.fullmatch("€[0-9.,]+ in escrow, (the first )?for .+", text)
        listed = (await visit.get(LIST)).text
        assert address in listed
        assert running.order["id"] not in listed
        assert "Payment disputed" in words(listed)
        table = (await visit.get(LIST.replace("?", ".csv?"))).text
        assert (in_play.order["id"] in table, running.order["id"] in table) == (True, False)
        await disputes(shop, WON, pay_in)
        await becomes(in_play, payment_hold=False)
        assert address not in (await visit.get(LIST)).text


SAID: list[tuple[str, Frozen, tuple[str, ...]]] = [
    ("en", Frozen(0, None, {}), ("", "0", "Orders whose payment is disputed", "")),
    ("fr", Frozen(0, None, {}), ("", "0", "Commandes dont le paiement est contesté", "")),
    (
        "en",
        Frozen(1, None, {"EUR": 2_000}),
        (" t-ice", "1", "Orders whose payment is disputed", "€20.00 in escrow"),
    ),
    (
        "en",
        Frozen(2_000, None, {"USD": 300, "EUR": 4_000}),
        (" t-ice", "2,000 or more", "Orders whose payment is disputed", "€40.00 + $3.00 in escrow"),
    ),
]


@pytest.mark.parametrize(("language", "frozen", "expected"), SAID, ids=["no", "no fr", "1", "many"])
async def test_the_home_says_how_many_there_are_and_how_much_money_stands_still(
    language: str,
    frozen: Frozen,
    expected: tuple[str, ...],
    app: AppUnderTest,
    shop: ApiClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    overview = console.overview

    async def found(connection: Connection, now: datetime) -> Overview:
        since = now - timedelta(hours=2)
        return replace(await overview(connection, now), frozen=replace(frozen, since=since))

    monkeypatch.setattr(console, "overview", found)
    async with visiting(app, operator(), shop) as visit:
        *others, text = await tile(visit, language)
    *said, of_them = expected
    assert others == said
    since = ", for 2 hr" if frozen.count == 1 else ", the first for 2 hr"
    assert text == (of_them + since if frozen.count else "")


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
