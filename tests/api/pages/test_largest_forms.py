"""The most that may be written in a form, in the signs that take most room: kept when the session
ends meanwhile, sent again, and taken."""

from html import unescape
from urllib.parse import unquote, urlencode

import pytest

from api.auth.tokens import issue
from api.pages.forms import TOKEN
from domain.text import MAX_LINK, MAX_LINKS, MAX_TEXT
from tests.api.conftest import OrderIn
from tests.api.pages.browser import hidden, visiting
from tests.api.pages.form_filling import form_to
from tests.api.pages.test_lost_forms import over
from tests.app_under_test import SECRET, AppUnderTest

LINK = "https://e.example/"
LINKS = [LINK + "é" * (MAX_LINK - len(LINK) - 2) + f"{number:02}" for number in range(MAX_LINKS)]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
Fields = list[tuple[str, str]]


@pytest.mark.parametrize("sign", ["🎉", "ش", "\n"], ids=["emoji", "arabic", "lines"])
async def test_the_longest_text_outlives_its_session(
    app: AppUnderTest, order_in: OrderIn, sign: str
) -> None:
    play = await order_in("in_progress")
    text = "a" + sign * (MAX_TEXT - 2) + "z"
    where = f"/orders/{play.order['id']}/actions/deliver"
    async with visiting(app, play.seller) as visit:
        token = hidden((await visit.get(where)).text, TOKEN)
        written: Fields = [("message", text), *(("links", one) for one in LINKS)]
        sent = [(TOKEN, token), ("key", "k"), ("step", "confirm"), *written]
        await over(app, play.seller)
        lost = await visit.client.post(where, content=urlencode(sent), headers=FORM)
        assert 401 == lost.status_code
        assert text in unescape(lost.text)
        kept = form_to(lost.text, where).fields
        assert written == [pair for pair in kept if pair[0] in ("message", "links")]
        fresh = issue(SECRET, play.seller.id, play.seller.roles, 4_001)
        assert 303 == (await visit.get(f"/session?token={fresh}")).status_code
        answer = await visit.client.post(where, content=urlencode(kept), headers=FORM)
        assert 303 == answer.status_code
    done = (await app.api.events(play.order, play.buyer))[-1]["fields"]
    assert (text, LINKS) == (done["message"], [unquote(one) for one in done["links"]])


async def test_every_answer_may_be_shown_where_the_marketplace_says(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    play = await order_in("delivered")
    where = f"/orders/{play.order['id']}"
    shop = "https://shop.example"
    async with app.with_settings(frame_ancestors=shop) as api:  # noqa: SIM117
        async with visiting(app, play.buyer, api) as visit:
            answers = [
                await visit.get(where),
                await visit.get(f"{where}/actions/complete"),
                await visit.get("/orders/nowhere"),
                await visit.get("/console"),
                await visit.client.post(f"{where}/messages", data={"text": "x"}),
            ]
            visit.client.cookies.clear()
            answers += [await visit.get(where), await visit.client.post(where, data={"x": "y"})]
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert policy.endswith(f"frame-ancestors {shop}")
        assert "X-Frame-Options" not in answer.headers
        assert "no-store" in answer.headers["Cache-Control"]
