"""Reputation: the rate once it is shown, what it does, and the orders behind it."""

import pytest

from api.pages.routes import reputation
from tests.api.pages.browser import visiting
from tests.app_under_test import AppUnderTest, Person, place_order, somebody

SCRIPT = "<script>alert(1)</script>"


async def ended(app: AppUnderTest, seller: Person, completed: int, cancelled: int) -> None:
    for number in range(completed + cancelled):
        placed = await place_order(app.api, seller=seller, title=f"{SCRIPT} {number}")
        await placed.act("accept", seller)
        if number < cancelled:
            await placed.act("cancel", seller)
        else:
            await placed.act("deliver", seller, {"message": "Here."})
            await placed.act("complete", placed.buyer)


async def test_too_few_orders_are_no_rate(app: AppUnderTest) -> None:
    seller = somebody("seller")
    async with visiting(app, seller) as visit:
        page = (await visit.get("/reputation")).text
        assert "5 more orders until it is shown." in page
        assert "The orders that you have accepted will stand here" in page
        await ended(app, seller, 3, 1)
        page = (await visit.get("/reputation")).text
        assert "1 more order until it is shown." in page
        for told in ("%", "<progress", "With one more"):
            assert told not in page.partition("<main")[2]
        assert SCRIPT not in page
        assert 3 == page.count("Counts as completed")
        assert 1 == page.count("Counts as cancelled")
        assert "Counts as<" not in page


async def test_a_rate_says_what_it_does_and_what_one_more_would(app: AppUnderTest) -> None:
    seller = await app.says(somebody("seller"), "fr")
    await ended(app, seller, 9, 1)
    async with visiting(app, seller) as visit:
        page = (await visit.get("/reputation")).text
        assert "90\u00a0%" in page
        assert "Très bon" in page
        one_more = page.partition('id="h-one-more"')[2]
        assert "81,82\u00a0%" in one_more
        assert "Bas" in one_more
        assert "9 terminées, 1 annulées" in page


async def test_more_orders_are_on_further_pages(
    app: AppUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reputation, "PART", 2)
    seller = somebody("seller")
    await ended(app, seller, 3, 0)
    async with visiting(app, seller) as visit:
        page = (await visit.get("/reputation")).text
        assert 2 == page.count("Counts as completed")
        onward = page.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
        assert 1 == (await visit.get(onward)).text.count("Counts as completed")


async def test_it_is_for_users_alone(app: AppUnderTest) -> None:
    async with visiting(app, somebody("mediator", "mediator")) as visit:
        assert 403 == (await visit.get("/reputation")).status_code
