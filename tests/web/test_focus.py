"""Where a reader is after something was done: at what became of it."""

from playwright.async_api import expect

from tests.app_under_test import AppUnderTest, somebody
from tests.web.conftest import Opened
from tests.web.party import SEE, Party

FOCUSED = ":focus"


async def test_after_an_action_the_reader_is_at_the_head_of_the_order(
    app: AppUnderTest, at_app: Opened
) -> None:
    in_play = await (await app.place_order()).reach("delivered")
    buyer = Party(await at_app(in_play.buyer), in_play.order["id"])
    page = buyer.window.page
    await buyer.window.open(f"{buyer.address}/actions/request_revision")
    await expect(page.locator(FOCUSED)).to_have_count(0)
    await buyer.write(What_should_be_changed="Bluer.")
    await buyer.press(SEE)
    await expect(page.locator(FOCUSED)).to_contain_text("If you confirm")
    await buyer.press("Ask for this revision")
    await buyer.back_at_the_order()
    await expect(page.locator(FOCUSED)).to_have_text(
        "You asked for a revision. It is for the seller to answer."
    )
    await page.reload()
    await expect(page.locator(FOCUSED)).to_have_count(0)


async def test_what_was_said_or_saved_has_the_focus(app: AppUnderTest, at_app: Opened) -> None:
    in_play = await (await app.place_order()).reach("in_progress")
    buyer = Party(await at_app(in_play.buyer), in_play.order["id"])
    await buyer.come()
    await buyer.write(Your_message="Which blue?")
    await buyer.press("Send")
    await expect(buyer.window.page.locator(FOCUSED)).to_contain_text("Which blue?")
    await buyer.window.open("/settings")
    await buyer.press("Save the time zone")
    await expect(buyer.window.page.locator(FOCUSED)).to_have_role("status")


async def test_what_the_other_side_did_is_read_and_put_away(
    app: AppUnderTest, at_app: Opened
) -> None:
    in_play = await (await app.place_order()).reach("in_progress")
    buyer = Party(await at_app(in_play.buyer), in_play.order["id"])
    await buyer.come()
    await in_play.act("deliver", in_play.seller, {"message": "Here."})
    await buyer.reads("Your work is here: please check it.")
    toast = buyer.window.page.locator("#toast .toast")
    await expect(toast).to_contain_text("delivered")
    assert [] == await buyer.window.violations()
    await toast.get_by_role("button", name="Close").click()
    await expect(toast).to_have_count(0)


async def test_the_place_one_is_at_is_in_sight_in_the_menu_of_a_phone(
    app: AppUnderTest, at_app: Opened
) -> None:
    window = await at_app(somebody("walker"))
    await window.page.set_viewport_size({"width": 320, "height": 700})
    for path in ("/orders", "/reputation", "/inbox"):
        await window.open(path)
        here = window.page.get_by_role("navigation", name="Main menu").locator("[aria-current]")
        await expect(here).to_be_in_viewport(ratio=1)
