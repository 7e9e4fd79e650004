"""A refused revision, with buyer and seller at their browsers at the same time: what the one does,
the other sees without touching anything."""

from playwright.async_api import expect

from tests.app_under_test import AppUnderTest
from tests.web.conftest import Opened
from tests.web.party import SEE, Party


async def test_each_sees_the_other_live(app: AppUnderTest, at_app: Opened) -> None:
    in_play = await app.place_order()
    order_id = in_play.order["id"]
    buyer = Party(await at_app(in_play.buyer), order_id)
    seller = Party(await at_app(in_play.seller), order_id)
    await buyer.come()
    await seller.come()
    await buyer.reads("Please wait: the seller has not accepted the order yet.")

    await seller.begin("Accept the order")
    await seller.press("Accept the order")
    await seller.back_at_the_order()
    await buyer.reads("The seller is at work.")

    await seller.begin("Deliver the work")
    await seller.write(Your_message="Here is the logo, in blue.")
    await seller.press(SEE)
    await seller.press("Deliver")
    await seller.back_at_the_order()
    await buyer.reads("Your work is here: please check it.")
    await expect(buyer.window.page.get_by_text("Here is the logo, in blue.").first).to_be_visible()

    await buyer.begin("Ask for a revision")
    await buyer.write(What_should_be_changed="Bluer, please.")
    await buyer.press(SEE)
    await buyer.press("Ask for this revision")
    await buyer.back_at_the_order()
    await seller.reads("The buyer asked for a revision. It is for you to answer.")

    await seller.begin("Refuse the revision")
    await seller.window.page.get_by_label("Too vague").check()
    await seller.write(Why="How blue, and where?")
    await seller.press(SEE)
    await seller.press("Refuse the revision")
    await seller.back_at_the_order()
    await buyer.reads("The seller refused the revision. It is for you to choose.")
    await expect(buyer.window.page.get_by_text("How blue, and where?").first).to_be_visible()

    await buyer.begin("Complete the order")
    await buyer.press("Complete, and pay €16.00")
    await buyer.back_at_the_order()
    await buyer.reads("The order is completed.")
    await seller.reads("The order is completed.")
    assert (1_600, 8_000) == (
        await app.api.balance(in_play.seller),
        await app.api.balance(in_play.buyer),
    )


async def test_a_message_arrives_while_the_other_writes_and_takes_no_text_away(
    app: AppUnderTest, at_app: Opened
) -> None:
    in_play = await (await app.place_order()).reach("in_progress")
    order_id = in_play.order["id"]
    buyer = Party(await at_app(in_play.buyer), order_id)
    seller = Party(await at_app(in_play.seller), order_id)
    await buyer.come()
    await seller.come()
    await seller.write(Your_message="I am just about to")
    await buyer.write(Your_message="Is the sea blue enough?")
    await buyer.press("Send")
    await expect(buyer.window.page.get_by_text("Is the sea blue enough?").first).to_be_visible()
    arrived = seller.window.page.locator("#conversation").get_by_text("Is the sea blue enough?")
    await expect(arrived).to_be_visible()
    await expect(seller.window.page.get_by_label("Your message")).to_have_value(
        "I am just about to"
    )
    await seller.press("Send")
    await expect(buyer.window.page.get_by_text("I am just about to").first).to_be_visible()
