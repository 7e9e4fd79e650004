"""One browser for all these tests, and windows of people in it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from tests.app_under_test import ApiClient, AppUnderTest, Person
from tests.web.marketplace import Marketplace, open_marketplace
from tests.web.window import CHROMIUM, NO_BROWSER, Look, Window, browsing, signing_in, window_in

Opened = Callable[..., Awaitable[Window]]


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium."""
    assert CHROMIUM.exists(), NO_BROWSER
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield started
        await started.close()


@pytest.fixture(scope="session")
async def marketplace(passable: Path) -> AsyncIterator[Marketplace]:
    """The demonstration's marketplace: to be looked at, and left as it is."""
    async with open_marketplace(passable / "marketplace") as opened:
        yield opened


@pytest.fixture
async def windows(browser: Browser) -> AsyncIterator[Opened]:
    """Opens a browser of somebody at some stack's pages, signed in by the marketplace's link. Each
    has to have nothing to complain of when the test ends."""
    opened: list[Window] = []
    async with AsyncExitStack() as stack:

        async def open_for(
            base_url: str, secret: str, who: Person | None, look: Look | None = None
        ) -> Window:
            context = await stack.enter_async_context(browsing(browser, base_url, look or Look()))
            window = await window_in(context, base_url)
            opened.append(window)
            if who is not None:
                await window.open(signing_in(who, secret))
            return window

        yield open_for
        complaints = [one for window in opened for one in window.complaints]
    assert [] == complaints


async def window_at(
    windows: Opened, api: ApiClient, who: Person | None, look: Look | None = None
) -> Window:
    """Opens somebody's browser at the pages that an API in this process serves."""
    return await windows(str(api.client.base_url), api.secret, who, look)


@pytest.fixture
def at_app(app: AppUnderTest, windows: Opened) -> Opened:
    """Opens somebody's browser at the pages of the product in this process."""
    return partial(window_at, windows, app.api)
