"""A deadline passes in front of the reader's eyes."""

from collections.abc import AsyncIterator

import pytest

from db.clock_mark import begin_test_clock
from embedded.postgres import Postgres
from tests.app_under_test import OPERATOR, AppUnderTest, running_app
from tests.conftest import copy_of_template
from tests.temporal_server import local_server
from tests.web.conftest import Opened
from tests.web.party import Party


@pytest.fixture(scope="module")
async def movable(postgres: Postgres) -> AsyncIterator[AppUnderTest]:
    """The product on a clock that can be moved."""
    url = await copy_of_template(postgres)
    await begin_test_clock(url)
    async with await local_server() as server, running_app(url, server.client) as app:
        yield app


async def test_the_page_says_what_came_of_it_by_itself(
    movable: AppUnderTest, windows: Opened
) -> None:
    in_play = await (await movable.place_order()).reach("revision_refused")
    base_url = str(movable.api.client.base_url)
    parties = [
        Party(await windows(base_url, movable.api.secret, who), in_play.order["id"])
        for who in (in_play.buyer, in_play.seller)
    ]
    for party in parties:
        await party.come()
    buyer, seller = parties
    await buyer.reads("The seller refused the revision. It is for you to choose.")

    moved = await movable.api.post("/v1/test-clock/advance", OPERATOR, {"by": "P8D"})
    assert moved.status_code == 200, moved.text
    await buyer.reads("The order is completed.")
    await seller.reads("The order is completed.")
    assert 1600 == await movable.api.balance(in_play.seller)


async def test_the_operator_moves_the_clock_from_the_page(
    movable: AppUnderTest, windows: Opened
) -> None:
    in_play = await movable.place_order()
    base_url = str(movable.api.client.base_url)
    buyer = Party(await windows(base_url, movable.api.secret, in_play.buyer), in_play.order["id"])
    await buyer.come()
    operator = await windows(base_url, movable.api.secret, OPERATOR)
    await operator.open("/console/clock")
    assert await operator.page.locator(".env").is_visible()
    await operator.page.get_by_role("button", name="7 days").click()
    await buyer.reads("The order is cancelled.")
    assert 10_000 == await movable.api.balance(in_play.buyer)
