"""The operator at the console: finds an order, hands its case over, reverses a transfer."""

import re

from playwright.async_api import expect

from tests.app_under_test import OPERATOR, AppUnderTest, somebody
from tests.web.conftest import Opened
from tests.web.party import Party


async def test_an_order_is_found_and_its_case_handed_over(
    app: AppUnderTest, at_app: Opened
) -> None:
    in_play = await (await app.place_order(title="A logo for the lighthouse")).reach("disputed")
    mediator = somebody("another-mediator", "mediator")
    window = await at_app(OPERATOR)
    await window.page.wait_for_url(re.compile("/console$"))
    await window.page.get_by_role("searchbox").first.fill("lighthouse")
    await window.page.keyboard.press("Enter")
    await window.page.get_by_role("link", name="A logo for the lighthouse").first.click()

    operator = Party(window, in_play.order["id"], "/console/orders")
    await operator.back_at_the_order()
    await operator.begin("Hand the case over")
    await operator.write(Mediator=mediator.id)
    await operator.press("See what it does")
    await operator.press("Hand the case over")
    await operator.back_at_the_order()
    dispute = (await in_play.now())["dispute"]
    assert mediator.id == dispute["mediator_id"]


async def test_a_transfer_is_reversed_once(app: AppUnderTest, at_app: Opened) -> None:
    person = somebody("twice-paid")
    for reference in ("card-1", "card-1-again"):
        body = {"amount": 1_200, "currency": "EUR", "reference": reference}
        answer = await app.api.post(
            f"/v1/wallets/{person.id}/top-ups", OPERATOR, body, key=f"{person.id}-{reference}"
        )
        assert answer.status_code == 201, answer.text
    window = await at_app(OPERATOR)
    await window.open(f"/console/transfers/{answer.json()['id']}")
    await window.page.get_by_label("Why it is taken back").fill("The card was charged once.")
    await window.page.get_by_role("button", name="See what it does").click()
    await window.page.get_by_role("button", name="Take back €12.00").dblclick()
    await window.page.locator("div", has_text="Taken back by").get_by_role("link").last.click()
    await expect(window.page.get_by_text("The card was charged once.").first).to_be_visible()
    assert 1_200 == await app.api.balance(person)
    kinds = (await app.api.get(f"/v1/transfers?user_id={person.id}", OPERATOR)).json()["items"]
    assert ["reversal", "top_up", "top_up"] == sorted(one["kind"] for one in kinds)
