"""What no rule about pages finds, and anybody sees: things out of place, cut off or said twice."""

import pytest
from playwright.async_api import expect

from tests.app_under_test import AppUnderTest, somebody
from tests.web.conftest import Opened
from tests.web.marketplace import Marketplace
from tests.web.places import Place
from tests.web.window import DESKTOP, HEIGHT, PHONE, Language, Look

LISTS = [
    Place("/orders", "camille"),
    Place("/wallet", "lucie"),
    Place("/services", "lucie"),
    Place("/reputation", "tomas"),
    Place("/disputes", "ines"),
    Place("/console", "nadia"),
    Place("/console/orders", "nadia"),
    Place("/console/orders/{tea-room-logo}", "nadia"),
    Place("/console/people/grace", "nadia"),
    Place("/console/transfers", "nadia"),
    Place("/console/deliveries", "nadia"),
]

_NARROW_ROWS = """
() => [...document.querySelectorAll("table.cards tbody tr")]
  .filter((row) => row.offsetWidth < row.closest(".card").clientWidth - 1)
  .map((row) => row.textContent.trim().slice(0, 40))
"""
_OVERLAPPING_CELLS = """
() => [...document.querySelectorAll("table.cards tbody tr")].flatMap((row) => {
  const boxes = [...row.children].map((one) => one.getBoundingClientRect());
  const cells = boxes.filter((one) => one.width);
  return cells.flatMap((one, at) => cells.slice(at + 1).filter((other) =>
    one.right > other.left + 1 && other.right > one.left + 1
    && one.bottom > other.top + 1 && other.bottom > one.top + 1)).map(() => row.textContent);
})
"""
_OFF_ITS_PLACE = """
() => {
  const slider = document.querySelector(".slide input").getBoundingClientRect(), thumb = 16;
  const mark = document.querySelector(".marks rect").getBoundingClientRect();
  const range = document.querySelector(".slide input");
  const share = (range.value - range.min) / (range.max - range.min);
  const under = slider.left + thumb / 2 + share * (slider.width - thumb);
  return Math.abs(mark.left + mark.width / 2 - under);
}
"""
_A_WINDOW_IN_THE_WINDOW = """
() => [...document.querySelectorAll(".side")].filter((one) =>
  getComputedStyle(one).overflowY !== "visible" || one.scrollHeight > one.clientHeight + 1).length
"""


@pytest.mark.parametrize("place", LISTS, ids=str)
async def test_a_row_of_a_list_has_the_width_of_a_phone(
    marketplace: Marketplace, windows: Opened, place: Place
) -> None:
    window = await windows(marketplace.base_url, marketplace.secret, place.who, Look("fr", PHONE))
    assert 200 == await window.open(place.at(marketplace))
    assert [] == await window.page.evaluate(_NARROW_ROWS)
    assert [] == await window.page.evaluate(_OVERLAPPING_CELLS)
    await expect(window.page.locator("table.cards .wide:visible")).to_have_count(0)


@pytest.mark.parametrize(("language", "said"), [("en", "€80.00"), ("fr", "80,00\u00a0€")])
async def test_what_was_proposed_stands_under_its_place_on_the_slider(
    marketplace: Marketplace, windows: Opened, language: Language, said: str
) -> None:
    place = Place("/orders/{podcast-site}/actions/propose_settlement", "grace")
    look = Look(language)
    window = await windows(marketplace.base_url, marketplace.secret, place.who, look)
    for width in (DESKTOP, PHONE):
        await window.page.set_viewport_size({"width": width, "height": HEIGHT})
        await window.open(place.at(marketplace))
        await window.page.locator(".money input").fill("80")
        await expect(window.page.get_by_role("slider")).to_have_attribute("aria-valuetext", said)
        assert 3 > await window.page.evaluate(_OFF_ITS_PLACE)


async def test_what_stands_beside_an_order_scrolls_with_the_page(
    marketplace: Marketplace, windows: Opened
) -> None:
    place = Place("/orders/{tea-room-logo}", "camille")
    window = await windows(marketplace.base_url, marketplace.secret, place.who)
    await window.open(place.at(marketplace))
    assert 0 == await window.page.evaluate(_A_WINDOW_IN_THE_WINDOW)
    await window.page.keyboard.press("End")
    await expect(window.page.get_by_text("Download the whole case")).to_be_in_viewport()


async def test_what_goes_with_another_ruling_is_out_of_sight(
    marketplace: Marketplace, windows: Opened
) -> None:
    place = Place("/disputes/{choir-logo}", "ines")
    window = await windows(marketplace.base_url, marketplace.secret, place.who)
    await window.open(place.at(marketplace))
    amount = window.page.get_by_role("textbox", name="What goes back to")
    time = window.page.get_by_role("textbox", name="New time for the work")
    await expect(amount).to_be_hidden()
    await window.page.get_by_label("Share the money").check()
    await expect(amount).to_be_visible()
    await expect(time).to_be_hidden()
    await window.page.get_by_label("Give more time").check()
    await expect(amount).to_be_hidden()
    await expect(time).to_be_visible()


async def test_a_long_name_makes_no_page_wider_than_the_window(
    app: AppUnderTest, at_app: Opened
) -> None:
    who = somebody("long")
    body = {
        "name": "Wolfeschlegelsteinhausenbergerdorff " * 2,
        "language": "en",
        "email": None,
        "time_zone": "UTC",
        "channels": {"email": False},
    }
    assert 200 == (await app.api.call("PUT", "/v1/me", who, body)).status_code
    window = await at_app(who)
    for width in (DESKTOP, PHONE, 320):
        await window.page.set_viewport_size({"width": width, "height": HEIGHT})
        await window.open("/orders")
        assert 0 == await window.sideways()
