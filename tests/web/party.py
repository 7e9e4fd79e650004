"""Somebody who deals with an order by its pages, as people do: by reading, and by pressing."""

import re
from dataclasses import dataclass

from playwright.async_api import Locator, expect

from tests.web.window import Window

SEE = "See what it does"


@dataclass(frozen=True)
class Party:
    """Somebody at the page of an order, read in English."""

    window: Window
    order_id: str
    base: str = "/orders"

    @property
    def address(self) -> str:
        """The path of the order's page."""
        return f"{self.base}/{self.order_id}"

    async def come(self) -> None:
        """Open the order's page."""
        assert await self.window.open(self.address) == 200

    async def begin(self, verb: str) -> None:
        """Press what begins an action on the page that is open."""
        await self.window.page.get_by_role("link", name=f"{verb}…", exact=True).click()
        await self.window.page.wait_for_url(re.compile("/actions/"))

    async def write(self, **fields: str) -> None:
        """Fill in fields by their labels, underscores being spaces."""
        for label, text in fields.items():
            await self.window.page.get_by_label(label.replace("_", " ")).first.fill(text)

    async def press(self, words: str) -> None:
        """Press the button whose words begin so."""
        await self.button(words).click()

    def button(self, words: str) -> Locator:
        """The button whose words begin so."""
        return self.window.page.get_by_role("button", name=re.compile(f"^{re.escape(words)}"))

    async def back_at_the_order(self) -> None:
        """Wait until an action has led back to the order's page."""
        await self.window.page.wait_for_url(re.compile(f"{self.address}$"))

    async def reads(self, words: str) -> None:
        """Wait until the head of the page says so. That is all that brings it there: the page is
        not asked for again by this."""
        await expect(self.window.page.get_by_role("heading", level=1)).to_have_text(words)
