"""What goes wrong between a person and a form."""

from playwright.async_api import expect

from db.pool import connection
from tests.app_under_test import AppUnderTest, OrderInPlay
from tests.web.conftest import Opened
from tests.web.party import SEE, Party
from tests.web.window import Look, signing_in, window_in

COMPLETED = "The order is completed."
CONFIRM = "Complete, and pay €16.00"


async def before_the_end(
    app: AppUnderTest, at_app: Opened, look: Look | None = None
) -> tuple[OrderInPlay, Party]:
    """A buyer who reads what completing would do."""
    in_play = await (await app.place_order()).reach("delivered")
    buyer = Party(await at_app(in_play.buyer, look), in_play.order["id"])
    assert 200 == await buyer.window.open(f"{buyer.address}/actions/complete")
    return in_play, buyer


async def demand_paid_once(app: AppUnderTest, in_play: OrderInPlay) -> None:
    """The seller has the price once, and the journal one completion."""
    assert 1600 == await app.api.balance(in_play.seller)
    events = await app.api.events(in_play.order, in_play.buyer)
    done = [one["action"] for one in events if one["accepted"]]
    assert 1 == done.count("complete")


async def test_a_double_click_pays_once(app: AppUnderTest, at_app: Opened) -> None:
    in_play, buyer = await before_the_end(app, at_app)
    await buyer.button(CONFIRM).dblclick()
    await buyer.back_at_the_order()
    await buyer.reads("The order is completed.")
    await demand_paid_once(app, in_play)


async def test_a_double_click_without_script_pays_once(app: AppUnderTest, at_app: Opened) -> None:
    in_play, buyer = await before_the_end(app, at_app, Look(script=False))
    await buyer.button(CONFIRM).dblclick()
    await buyer.back_at_the_order()
    await buyer.reads("The order is completed.")
    await demand_paid_once(app, in_play)


async def test_the_second_of_two_tabs_is_told_how_it_stands(
    app: AppUnderTest, at_app: Opened
) -> None:
    in_play, first = await before_the_end(app, at_app)
    second = Party(
        await window_in(first.window.page.context, first.window.base_url), first.order_id
    )
    await second.window.open(f"{second.address}/actions/complete")
    await first.press(CONFIRM)
    await first.back_at_the_order()
    await second.press(CONFIRM)
    await expect(second.window.page.get_by_role("alert")).to_be_visible()
    await expect(second.button(CONFIRM)).to_have_count(0)
    await expect(second.window.page.get_by_text(COMPLETED)).to_be_visible()
    await demand_paid_once(app, in_play)


async def test_the_back_button_after_the_end_shows_the_end(
    app: AppUnderTest, at_app: Opened
) -> None:
    in_play, buyer = await before_the_end(app, at_app)
    await buyer.press(CONFIRM)
    await buyer.back_at_the_order()
    await buyer.window.page.go_back()
    await expect(buyer.window.page.get_by_text(COMPLETED)).to_be_visible()
    await expect(buyer.button(CONFIRM)).to_have_count(0)
    await demand_paid_once(app, in_play)


async def test_what_became_impossible_while_its_preview_was_read_is_said(
    app: AppUnderTest, at_app: Opened
) -> None:
    in_play = await (await app.place_order()).reach("revision_requested")
    seller = Party(await at_app(in_play.seller), in_play.order["id"])
    await seller.window.open(f"{seller.address}/actions/refuse_revision")
    await seller.window.page.get_by_label("Too vague").check()
    await seller.write(Why="How blue is blue?")
    await seller.press(SEE)
    await in_play.act("complete", in_play.buyer)
    await seller.press("Refuse the revision")
    await expect(seller.window.page.get_by_role("alert")).to_be_visible()
    await expect(seller.window.page.get_by_text(COMPLETED)).to_be_visible()
    await expect(seller.window.page.get_by_text("How blue is blue?")).to_be_visible()


async def test_a_session_that_ends_in_the_middle_of_a_form_takes_no_text_away(
    app: AppUnderTest, at_app: Opened
) -> None:
    in_play = await (await app.place_order()).reach("delivered")
    buyer = Party(await at_app(in_play.buyer), in_play.order["id"])
    page = buyer.window.page
    await buyer.window.open(f"{buyer.address}/actions/request_revision")
    await buyer.write(What_should_be_changed="A bluer blue, and a rounder o.")
    async with connection(app.pool) as acquired:
        await acquired.execute("DELETE FROM sessions WHERE user_id = $1", in_play.buyer.id)
    await buyer.press(SEE)
    kept = page.get_by_label("Text 1 of what you wrote")
    await expect(kept).to_have_value("A bluer blue, and a rounder o.")

    another = await window_in(page.context, buyer.window.base_url)
    await another.open(signing_in(in_play.buyer, app.api.secret))
    await buyer.press("I am signed in: send it")
    await buyer.press("Ask for this revision")
    await buyer.back_at_the_order()
    await buyer.reads("You asked for a revision. It is for the seller to answer.")
    events = await app.api.events(in_play.order, in_play.buyer)
    assert "A bluer blue, and a rounder o." in str(events)


async def test_what_was_written_down_while_nobody_carries_it_out_arrives_by_itself(
    own_app: AppUnderTest, windows: Opened
) -> None:
    in_play = await (await own_app.place_order()).reach("delivered")
    async with own_app.with_settings(action_wait=1) as api:
        base_url = str(api.client.base_url)
        buyer = Party(await windows(base_url, api.secret, in_play.buyer), in_play.order["id"])
        await buyer.window.open(f"{buyer.address}/actions/complete")
        async with own_app.worker_away():
            await buyer.press(CONFIRM)
            await buyer.reads("Written down")
        await buyer.back_at_the_order()
        await buyer.reads("The order is completed.")
        await buyer.window.page.close()  # left open, it would ask on at an API that is gone
    await demand_paid_once(own_app, in_play)
