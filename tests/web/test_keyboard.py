"""From the sign-in to "complete" by keys alone."""

import re

from playwright.async_api import Page, expect

from tests.app_under_test import AppUnderTest
from tests.web.conftest import Opened
from tests.web.party import Party

MOST_STEPS = 80
_FOCUSED = """
() => {
  const at = document.activeElement, ring = getComputedStyle(at);
  const words = at.getAttribute("aria-label") || at.textContent || "";
  return {name: words.replace(/\\s+/g, " ").trim(),
          shown: ring.outlineStyle !== "none" || ring.boxShadow !== "none",
          seen: at.getBoundingClientRect().height > 0};
}
"""


async def tab_to(page: Page, words: str) -> None:
    """Press Tab until something whose words begin so has the focus; each thing on the way has to
    show that it has it."""
    passed = []
    for _ in range(MOST_STEPS):
        await page.keyboard.press("Tab")
        found = await page.evaluate(_FOCUSED)
        passed.append(found["name"])
        assert found["shown"], f"the focus does not show on: {found['name']}"
        if found["name"].startswith(words):
            assert found["seen"]
            return
    raise AssertionError(f"{words!r} is not on the way of the Tab key: {passed}")


async def test_an_order_is_completed_without_a_pointer(app: AppUnderTest, at_app: Opened) -> None:
    in_play = await (await app.place_order()).reach("delivered")
    window = await at_app(in_play.buyer)
    page, buyer = window.page, Party(window, in_play.order["id"])
    await page.wait_for_url(re.compile("/orders$"))

    await page.keyboard.press("Tab")
    await expect(page.locator(":focus")).to_have_text("Skip to content")
    await page.keyboard.press("Enter")
    await tab_to(page, "A logo")
    await page.keyboard.press("Enter")
    await buyer.reads("Your work is here: please check it.")

    await tab_to(page, "Complete the order…")
    await page.keyboard.press("Enter")
    await page.wait_for_url(re.compile("/actions/complete"))
    await tab_to(page, "Complete, and pay €16.00")
    await page.keyboard.press("Enter")
    await buyer.back_at_the_order()
    await buyer.reads("The order is completed.")
    assert 1600 == await app.api.balance(in_play.seller)
