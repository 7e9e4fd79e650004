"""A dispute, from the queue to the ruling, by the mediator's own pages."""

import re

from tests.app_under_test import AppUnderTest, somebody
from tests.web.conftest import Opened
from tests.web.party import Party


async def test_a_mediator_finds_takes_and_decides_a_case(app: AppUnderTest, at_app: Opened) -> None:
    in_play = await (await app.place_order()).reach("disputed")
    order_id = in_play.order["id"]
    window = await at_app(somebody("mediator", "mediator"))
    buyer = Party(await at_app(in_play.buyer), order_id)
    await buyer.come()
    await buyer.reads("The order is frozen: a mediator will take the case.")

    mediator = Party(window, order_id, "/disputes")
    await window.open("/disputes")
    await window.page.locator(f'a[href="/disputes/{order_id}"]').first.click()
    await window.page.wait_for_url(re.compile(f"/disputes/{order_id}"))
    await mediator.begin("Take the case")
    await mediator.press("Take the case")
    await mediator.back_at_the_order()
    await buyer.reads("The order is frozen: a mediator decides.")

    await window.page.get_by_label("Share the money").check()
    await window.page.get_by_role("textbox", name="What goes back to the buyer").fill("12.50")
    await mediator.write(Your_reasons="Half of it is blue.")
    await mediator.press("Check the ruling")
    await mediator.press("Decide so: €12.50 goes back")
    await mediator.back_at_the_order()
    await buyer.reads("The order is settled: the money is shared.")
    assert (9_250, 600) == (
        await app.api.balance(in_play.buyer),
        await app.api.balance(in_play.seller),
    )
