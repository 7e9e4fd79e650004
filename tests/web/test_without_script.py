"""The same refused revision in browsers that run no script: nothing arrives by itself, and
everything can be done."""

from playwright.async_api import expect

from tests.app_under_test import AppUnderTest
from tests.web.conftest import Opened
from tests.web.party import SEE, Party
from tests.web.window import PHONE, Look

NO_SCRIPT = Look(width=PHONE, script=False)


async def test_the_story_is_told_by_links_and_forms_alone(
    app: AppUnderTest, at_app: Opened
) -> None:
    in_play = await (await app.place_order()).reach("in_progress")
    order_id = in_play.order["id"]
    buyer = Party(await at_app(in_play.buyer, NO_SCRIPT), order_id)
    seller = Party(await at_app(in_play.seller, NO_SCRIPT), order_id)

    await seller.come()
    await seller.begin("Deliver the work")
    await seller.write(Your_message="Here is the logo.")
    await seller.press("Add a link")
    await expect(seller.window.page.get_by_label("Your message")).to_have_value("Here is the logo.")
    await seller.press(SEE)
    await seller.press("Deliver")
    await seller.back_at_the_order()

    await buyer.come()
    await buyer.reads("Your work is here: please check it.")
    await buyer.write(Your_message="Thank you, I look at it tonight.")
    await buyer.press("Send")
    await expect(buyer.window.page.get_by_text("I look at it tonight.").first).to_be_visible()
    await buyer.begin("Ask for a revision")
    await buyer.write(What_should_be_changed="Bluer, please.")
    await buyer.press(SEE)
    await buyer.press("Ask for this revision")
    await buyer.back_at_the_order()

    await seller.come()
    await expect(seller.window.page.get_by_text("I look at it tonight.").first).to_be_visible()
    await seller.begin("Refuse the revision")
    await seller.window.page.get_by_label("Too vague").check()
    await seller.write(Why="How blue?")
    await seller.press(SEE)
    await seller.press("Refuse the revision")
    await seller.back_at_the_order()

    await buyer.come()
    await buyer.begin("Propose to share the money")
    await buyer.window.page.get_by_label("What comes back to you").fill("5,00")
    await buyer.press("See the split")
    await buyer.press("Propose that €5.00 comes back to you")
    await buyer.back_at_the_order()

    await seller.come()
    await seller.begin("Accept the proposal")
    await seller.press("Accept, and receive €12.00")
    await seller.back_at_the_order()
    await seller.reads("The order is settled: the money is shared.")
    assert (8_500, 1_200) == (
        await app.api.balance(in_play.buyer),
        await app.api.balance(in_play.seller),
    )
