"""Hidden fields that were altered, and amounts that nobody has: told, and nothing is done."""

import pytest

from api.pages.forms import TOKEN
from tests.api.conftest import OrderIn
from tests.api.pages.browser import hidden, visiting
from tests.app_under_test import AppUnderTest, somebody

MANY_DIGITS = "9" * 40
ODD = ["0", "-1", "x", "1.0", "²", "٣", "9" * 40, "9" * 5000, '"1"', "*", "\x00"]
SERVICE = {"title": "A logo", "currency": "EUR", "delivery_time": "1", "delivery_time_unit": "days"}


@pytest.mark.parametrize("path", ["/services/new", "/services/{service}", "/services/receive"])
async def test_a_price_of_more_digits_than_there_is_money(app: AppUnderTest, path: str) -> None:
    seller = somebody("seller")
    service = await app.api.offer(seller)
    async with visiting(app, seller) as visit:
        token = hidden((await visit.get("/settings")).text, TOKEN)
        for price in (MANY_DIGITS, "10000000001", f"-{MANY_DIGITS}", "9" * 5000):
            fields = {**SERVICE, TOKEN: token, "key": "k", "seen": "1", "price": price}
            answer = await visit.client.post(path.format(service=service["id"]), data=fields)
            assert (200 if path.endswith("receive") else 422) == answer.status_code


@pytest.mark.parametrize("step", ["preview", "confirm"])
@pytest.mark.parametrize("seen", ODD)
async def test_a_version_that_is_none_places_no_order(
    app: AppUnderTest, seen: str, step: str
) -> None:
    buyer, service = somebody("buyer"), await app.api.offer(somebody("seller"))
    await app.api.top_up(buyer, 10_000)
    async with visiting(app, buyer) as visit:
        token = hidden((await visit.get("/settings")).text, TOKEN)
        fields = {TOKEN: token, "key": "k", "seen": seen, "brief": "Blue & <b>", "step": step}
        answer = await visit.client.post(f"/services/{service['id']}/order", data=fields)
    assert answer.status_code in (412, 422)
    assert "Blue &amp; &lt;b&gt;" in answer.text
    assert 10_000 == await app.api.balance(buyer)


@pytest.mark.parametrize("seen", ODD)
async def test_a_version_that_is_none_does_nothing_to_an_order(
    app: AppUnderTest, order_in: OrderIn, seen: str
) -> None:
    play = await order_in("delivered")
    async with visiting(app, play.buyer) as visit:
        token = hidden((await visit.get("/settings")).text, TOKEN)
        where = f"/orders/{play.order['id']}/actions/complete"
        fields = {TOKEN: token, "key": "k", "seen": seen, "step": "confirm"}
        answer = await visit.client.post(where, data=fields)
    if seen != "*":  # any version, as programs say it
        assert 412 == answer.status_code
        assert "delivered" == (await play.now())["state"]


@pytest.mark.parametrize("key", ["k" * 256, " k", "\x00", "a\nb", "\u202e", "k\u2028"])
async def test_a_key_that_is_none_does_nothing(
    app: AppUnderTest, order_in: OrderIn, key: str
) -> None:
    play = await order_in("delivered")
    async with visiting(app, play.buyer) as visit:
        token = hidden((await visit.get("/settings")).text, TOKEN)
        fields = {TOKEN: token, "key": key, "step": "confirm", "reason": "My & words"}
        answer = await visit.client.post(
            f"/orders/{play.order['id']}/actions/request_revision", data=fields
        )
    assert 422 == answer.status_code
    assert "My &amp; words" in answer.text
    assert "delivered" == (await play.now())["state"]


async def test_who_looks_after_a_case_does_not_write_at_the_parties_page(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    play = await order_in("disputed")
    async with visiting(app, somebody("mediator", "user", "mediator")) as visit:
        token = hidden((await visit.get("/settings")).text, TOKEN)
        where = f"/orders/{play.order['id']}/messages"
        answer = await visit.client.post(where, data={TOKEN: token, "text": "a\x00b & c"})
    assert 404 == answer.status_code
    assert "b &amp; c" in answer.text
