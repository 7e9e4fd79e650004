"""An address that leads nowhere says so, and where to go on."""

import pytest

from tests.api.pages.browser import visiting
from tests.app_under_test import AppUnderTest, Person, somebody


@pytest.mark.parametrize("who", [somebody("lost"), None], ids=["signed in", "nobody"])
async def test_the_way_on_is_ones_start_page(app: AppUnderTest, who: Person | None) -> None:
    async with visiting(app, who) as visit:
        page = await visit.get("/nowhere", Accept="text/html")
        onward = await visit.get("/")
    assert page.status_code == 404
    assert 'href="/">To your start page' in page.text
    assert "Sign in" not in page.text
    assert onward.headers["Location"] == ("/session" if who is None else "/orders")
