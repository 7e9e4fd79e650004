"""Money is added in a browser: with a script the page goes on by itself, without one by a link."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from playwright.async_api import expect

from db import pay_ins
from db.pool import connection
from providers.protocol import StartedPayIn
from tests.api.test_pay_ins import FAILED, LAPSED, PAID, ended, outcome_of, started, tell
from tests.app_under_test import OPERATOR, ApiClient, AppUnderTest, Json, Person, somebody
from tests.providers.paper import said
from tests.web.conftest import Opened, window_at
from tests.web.window import PHONE, Language, Look


async def test_the_page_shows_by_itself_that_the_money_came(
    shop: ApiClient, windows: Opened
) -> None:
    who = somebody("saver")
    window = await window_at(windows, shop, who)
    page = window.page
    await page.get_by_role("link", name="Wallet", exact=True).click()
    await page.get_by_role("link", name="Add money").click()
    await page.get_by_role("textbox", name="Amount").fill("12.50")
    await page.get_by_role("button", name="Go on to the payment").dblclick()
    await expect(page.get_by_role("heading", level=1)).to_have_text(
        "Pay €12.50 at the payment provider"
    )
    (pay_in,) = (await shop.get("/v1/pay-ins", who)).json()["items"]
    way = page.get_by_role("link", name="Go to the payment page")
    await expect(way).to_have_attribute("href", pay_in["url"])
    await way.focus()
    await tell(shop, said(PAID, pay_in))
    await expect(page.get_by_role("heading", level=1)).to_have_text("€12.50 is in your wallet")


async def test_without_a_script_one_looks_again(shop: ApiClient, windows: Opened) -> None:
    who = somebody("saver")
    pay_in = (await started(shop, who)).json()
    window = await window_at(windows, shop, who, Look(script=False))
    await window.open(f"/wallet/pay-ins/{pay_in['id']}?back=1")
    await tell(shop, said(PAID, pay_in))
    await ended(shop, who, pay_in, "paid")
    await window.page.get_by_role("link", name="Look again").click()
    await expect(window.page.get_by_role("heading", level=1)).to_have_text(
        "€20.00 is in your wallet"
    )


async def in_every_stage(app: AppUnderTest, shop: ApiClient, who: Person) -> list[Json]:
    """A payment that is open, one whose time is over, and such as have ended in each way."""
    order = {"service_id": (await shop.offer(somebody("seller")))["id"], "brief": "Blue."}
    archived = await shop.offer(somebody("seller"))
    gone = {"service_id": archived["id"], "brief": "Blue."}
    asked = [(await started(shop, who)).json() for _ in range(5)]
    ordered, refused = [(await started(shop, who, order=one)).json() for one in (order, gone)]
    await shop.post(f"/v1/services/{archived['id']}/archive", Person(archived["seller_id"]))
    _, over, paid, failed, lapsed = asked
    place = StartedPayIn("r", "https://paper.example.org/x", datetime.now(UTC) - timedelta(1))
    async with connection(app.pool) as acquired:
        await pay_ins.note_place(acquired, UUID(over["id"]), place)
    for one, kind in ((paid, PAID), (failed, FAILED), (lapsed, LAPSED)):
        await tell(shop, said(kind, one, reason="The card was declined."))
    for one in (ordered, refused):
        await tell(shop, said(PAID, one))
    for one, state in ((paid, "paid"), (failed, "failed"), (lapsed, "lapsed"), (refused, "paid")):
        await ended(shop, who, one, state)
    return [*asked, ordered, refused]


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_nothing_is_wrong_with_the_pages_of_payments(
    app: AppUnderTest, shop: ApiClient, windows: Opened, language: Language
) -> None:
    who = somebody("saver")
    payments = await in_every_stage(app, shop, who)
    differs = said(PAID, payments[0], money={"amount": 1, "currency": "EUR"})
    await tell(shop, differs)
    await outcome_of(shop, differs)
    own = [f"/wallet/pay-ins/{one['id']}" for one in payments]
    console = [f"/console/pay-ins/{payments[0]['id']}", "/console/pay-ins", "/console"]
    looks = {
        who: [*own, f"{own[0]}?back=1", "/wallet", "/wallet/pay-ins", "/wallet/pay-ins/new"],
        OPERATOR: [*console, "/console/provider-events?outcome=person"],
    }
    found = []
    for person, places in looks.items():
        window = await window_at(windows, shop, person, Look(language, PHONE))
        for place in places:
            found += await window.faults_at(place)
    assert [] == found
