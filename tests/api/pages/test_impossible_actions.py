"""What is not possible says why, whatever stands in the form: in each state, for each action."""

import asyncio
from collections.abc import Iterator

import pytest

from api.pages.fields import Kind, shapes
from api.pages.forms import TOKEN, Form
from api.pages.panel import Sheet
from api.pages.routes.acting import impossible
from domain.vocabulary import Action
from tests.api.conftest import OrderIn
from tests.api.pages.browser import hidden, visiting
from tests.api.pages.drawing import found
from tests.api.pages.test_acting import Panel
from tests.api.pages.test_actions import LEFT_OVER, PEOPLE, situations
from tests.app_under_test import AppUnderTest
from texts.catalogue import Language

MANY_DIGITS = "9" * 40
UNHEARD_OF = ("", "x", "0", "00000000-0000-4000-8000-000000000000", "\x00", "9" * 5000)


def tried(action: Action) -> Iterator[Sheet]:
    """An action on every order, by everybody, on nothing, on what there is not, and on what there
    is."""
    for _, order in situations():
        for who in PEOPLE:
            for language in Language:
                standing = found(order, who, language)
                names = {
                    shape.name
                    for shape in shapes(action, standing.role_for(action))
                    if shape.kind is Kind.HIDDEN
                }
                yield Sheet(standing, action, Form(()))
                for one in UNHEARD_OF if names else ():
                    yield Sheet(standing, action, Form(tuple((name, one) for name in names)))


@pytest.mark.parametrize("action", Action)
def test_each_action_that_is_not_possible_says_why_in_every_state(action: Action) -> None:
    for one in tried(action):
        if one.is_possible:
            continue
        trouble = impossible(one)
        assert trouble.status >= 400
        assert all(complaint.text for complaint in trouble.complaints)
        assert not any(LEFT_OVER.search(complaint.text) for complaint in trouble.complaints)


async def test_an_extra_that_was_bought_in_another_tab_is_not_bought_again(
    app: AppUnderTest,
) -> None:
    play = await (await app.place_order()).reach("in_progress")
    extra = play.order["extras"][0]["id"]
    async with visiting(app, play.buyer) as visit:
        tabs = [Panel(visit, play.order, "buy_extra") for _ in range(2)]
        for tab in tabs:
            await tab.open(f"?extra_id={extra}")
        both = await asyncio.gather(*(tab.send("confirm", extra_id=extra) for tab in tabs))
        assert [303, 412] == sorted(one.status_code for one in both)
        for answer in (
            await tabs[0].open(f"?extra_id={extra}"),
            await tabs[0].send("preview", extra_id=extra),
        ):
            assert 409 == answer.status_code
            assert "To the order" in answer.text
    assert 2500 == (await play.now())["total"]["amount"]
    assert 7500 == await app.api.balance(play.buyer)


@pytest.mark.parametrize(
    ("action", "field"),
    [
        ("buy_extra", "extra_id"),
        ("accept_offer", "offer_id"),
        ("decline_offer", "offer_id"),
        ("accept_settlement", "settlement_id"),
        ("withdraw_settlement", "settlement_id"),
    ],
)
async def test_what_an_action_is_to_stand_on_and_is_not_there_is_told(
    app: AppUnderTest, order_in: OrderIn, action: str, field: str
) -> None:
    play = await order_in("delivered")
    async with visiting(app, play.buyer) as visit:
        panel_ = Panel(visit, play.order, action)
        token = hidden((await visit.get("/settings")).text, TOKEN)
        answers = [await panel_.open(), await panel_.open(f"?{field}=x")]
        for step in ("preview", "confirm", "form", "split", "fly"):
            for said in ("", "x", "9" * 5000):
                fields = {TOKEN: token, "key": f"{step}{said[:1]}", field: said, "step": step}
                answers.append(await visit.client.post(panel_.address, data=fields))
    for answer in answers:
        assert answer.status_code in (200, 404, 409, 422), answer.text
        assert "text/html" in answer.headers["Content-Type"]


@pytest.mark.parametrize("step", ["preview", "confirm", "split", "form"])
async def test_an_amount_of_more_digits_than_there_is_money(
    app: AppUnderTest, order_in: OrderIn, step: str
) -> None:
    play = await order_in("delivered")
    async with visiting(app, play.buyer) as visit:
        share = Panel(visit, play.order, "propose_settlement")
        await share.open()
        answer = await share.send(step, refund=MANY_DIGITS, reason="r", key="k")
        assert (200 if step == "form" else 422) == answer.status_code
    async with visiting(app, play.seller) as visit:
        offer = Panel(visit, play.order, "make_offer")
        await offer.open()
        said = {"title": "t", "price": MANY_DIGITS, "delivery_time": MANY_DIGITS, "key": "k"}
        answer = await offer.send(step, delivery_time_unit="days", **said)
        assert (200 if step == "form" else 422) == answer.status_code
        assert MANY_DIGITS in answer.text or step == "split"
