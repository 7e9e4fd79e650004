"""Takes the pictures of docs/pictures: pages of the demonstration's marketplace, in a browser."""

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from tests.web.marketplace import Marketplace, demo_person, open_marketplace
from tests.web.window import CHROMIUM, PHONE, Look, browsing, signing_in, window_in

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
SETTLED = "() => document.fonts.ready"


@dataclass(frozen=True)
class Picture:
    """A page as somebody sees it without scrolling."""

    name: str
    reader: str
    path: str
    look: Look
    height: int = 900


TAKEN = [
    Picture("order-buyer", "grace", "/orders/{podcast-site}", Look()),
    Picture("order-seller", "lucie", "/orders/{tea-room-logo}", Look("fr")),
    Picture("order-phone", "camille", "/orders/{tea-room-logo}", Look("fr", PHONE, "dark"), 844),
    Picture("case", "ines", "/disputes/{choir-logo}", Look()),
    Picture("console", "nadia", "/console", Look(theme="dark")),
    Picture("wallet", "lucie", "/wallet", Look("en", PHONE), 844),
]


async def take(browser: Browser, marketplace: Marketplace, picture: Picture) -> None:
    """Take one picture."""
    async with browsing(browser, marketplace.base_url, picture.look) as context:
        window = await window_in(context, marketplace.base_url)
        await window.page.set_viewport_size({"width": picture.look.width, "height": picture.height})
        await window.open(signing_in(demo_person(picture.reader), marketplace.secret))
        status = await window.open(picture.path.format_map(marketplace.ids))
        if status != 200:
            raise SystemExit(f"{picture.path} answers with {status}")
        await window.page.evaluate(SETTLED)
        await window.page.wait_for_load_state("load")
        await window.page.screenshot(path=PICTURES / f"{picture.name}.png", animations="disabled")


async def take_all() -> None:
    """Fill a marketplace, and take all pictures of it."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="sequestre-pictures-") as made:
        data_dir = Path(made) / "marketplace"
        async with open_marketplace(data_dir) as marketplace, async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
            )
            for picture in TAKEN:
                await take(browser, marketplace, picture)
            await browser.close()


if __name__ == "__main__":
    asyncio.run(take_all())
