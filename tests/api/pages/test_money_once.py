"""Money that a form moves is moved once, however often and at how many times the form is sent."""

import asyncio
from typing import Any

import httpx

from tests.api.pages.browser import Visit, hidden, visiting
from tests.api.pages.form_filling import form_to, send
from tests.api.pages.test_acting import Panel
from tests.app_under_test import AppUnderTest, Person, somebody

AT_ONCE = 5
Fields = list[tuple[str, str]]


async def pressed(visit: Visit, where: str, fields: Fields) -> list[httpx.Response]:
    """A form that is sent some times at once, and once more when all are answered."""
    data: dict[str, Any] = dict(fields)
    sent = [visit.client.post(where, data=data) for _ in range(AT_ONCE)]
    return [*await asyncio.gather(*sent), await visit.client.post(where, data=data)]


def lead_to_one_place(answers: list[httpx.Response]) -> None:
    assert {303} == {one.status_code for one in answers}
    assert 1 == len({one.headers["Location"] for one in answers})


async def test_each_action_that_moves_money_moves_it_once(app: AppUnderTest) -> None:
    play = await (await app.place_order()).reach("delivered")
    extra = play.order["extras"][0]["id"]
    async with visiting(app, play.buyer) as buyer, visiting(app, play.seller) as seller:
        buys = Panel(buyer, play.order, "buy_extra")
        await buys.open(f"?extra_id={extra}")
        fields = {**buys.ours(), "extra_id": extra, "step": "confirm"}
        lead_to_one_place(await pressed(buyer, buys.address, list(fields.items())))
        assert 7_500 == await app.api.balance(play.buyer)

        offers = Panel(seller, play.order, "make_offer")
        await offers.open()
        said = {"title": "More", "price": "10", "delivery_time": "1", "delivery_time_unit": "days"}
        assert 303 == (await offers.confirm(**said)).status_code
        offer = (await play.now())["offer"]["id"]
        takes = Panel(buyer, play.order, "accept_offer")
        await takes.open()
        fields = {**takes.ours(), "offer_id": offer, "step": "confirm"}
        lead_to_one_place(await pressed(buyer, takes.address, list(fields.items())))
        assert 6_500 == await app.api.balance(play.buyer)

        shares = Panel(seller, play.order, "propose_settlement")
        await shares.open()
        assert 303 == (await shares.confirm(refund="5")).status_code
        named = (await play.now())["settlements"][0]["id"]
        agrees = Panel(buyer, play.order, "accept_settlement")
        await agrees.open()
        fields = {**agrees.ours(), "settlement_id": named, "step": "confirm"}
        lead_to_one_place(await pressed(buyer, agrees.address, list(fields.items())))
    assert 7_000 == await app.api.balance(play.buyer)
    assert 2_400 == await app.api.balance(play.seller)  # of 30.00 a fifth is the commission


async def test_two_who_end_an_order_at_once_end_it_once(app: AppUnderTest) -> None:
    play = await (await app.place_order()).reach("delivered")
    async with visiting(app, play.buyer) as buyer, visiting(app, play.seller) as seller:
        pays, cancels = Panel(buyer, play.order, "complete"), Panel(seller, play.order, "cancel")
        await pays.open()
        await cancels.open()
        await cancels.send("preview")
        both = await asyncio.gather(pays.send("confirm"), cancels.send("confirm"))
    assert [303, 412] == sorted(one.status_code for one in both)
    held = (await app.api.balance(play.buyer), await app.api.balance(play.seller))
    assert held in ((8_000, 1_600), (10_000, 0))


async def test_a_ruling_and_a_cancellation_by_two_people_pay_once(app: AppUnderTest) -> None:
    play = await (await app.place_order()).reach("disputed")
    async with (
        visiting(app, somebody("mediator", "mediator")) as judge,
        visiting(app, somebody("operator", "operator")) as boss,
    ):
        rules = Panel(judge, play.order, "resolve", "/disputes")
        await rules.open()
        said = {"outcome": "pay_seller", "reasons": "It is as asked."}
        await rules.send("preview", **said)
        cancels = Panel(boss, play.order, "cancel", "/console/orders")
        await cancels.open()
        why = {"reason": "Both are gone."}
        await cancels.send("preview", **why)
        answers = await asyncio.gather(
            rules.send("confirm", **said),
            rules.send("confirm", **said),
            cancels.send("confirm", **why),
        )
    assert {303, 412} >= {one.status_code for one in answers}
    held = (await app.api.balance(play.buyer), await app.api.balance(play.seller))
    assert held in ((8_000, 1_600), (10_000, 0))


async def test_an_order_is_placed_once(app: AppUnderTest) -> None:
    buyer, service = somebody("buyer"), await app.api.offer(somebody("seller"))
    await app.api.top_up(buyer, 10_000)
    where = f"/services/{service['id']}/order"
    async with visiting(app, buyer) as visit:
        page = await visit.get(f"/services/{service['id']}")
        shown = await send(visit, page.text, where, brief="Once.")
        fields = [*form_to(shown.text, where).fields, ("step", "confirm")]
        lead_to_one_place(await pressed(visit, where, fields))
    assert 8_000 == await app.api.balance(buyer)


async def _moved(visit: Visit, where: str, person: Person) -> list[httpx.Response]:
    said = {"person": person.id, "amount": "5", "currency": "EUR", "reason": "Once."}
    page = await visit.get(where)
    sent = {**dict(form_to(page.text, where).fields), **said}
    shown = await visit.client.post(where, data=sent)
    fields = [*form_to(shown.text, where).fields, ("step", "confirm")]
    return await pressed(visit, where, fields)


async def test_what_operators_move_is_moved_once(app: AppUnderTest) -> None:
    person = somebody("paid")
    async with visiting(app, somebody("operator", "operator")) as visit:
        paid_in = await _moved(visit, "/console/transfers/new/top_up", person)
        lead_to_one_place(paid_in)
        assert 500 == await app.api.balance(person)
        await app.api.top_up(person, 1_000)
        lead_to_one_place(await _moved(visit, "/console/transfers/new/payout", person))
        assert 1_000 == await app.api.balance(person)
        page = await visit.get(paid_in[0].headers["Location"])
        back = f"{paid_in[0].headers['Location']}/reverse"
        shown = await send(visit, page.text, back, reason="By mistake.")
        fields = [*form_to(shown.text, back).fields, ("step", "confirm")]
        lead_to_one_place(await pressed(visit, back, fields))
        assert 500 == await app.api.balance(person)
        # A fresh form does not take it back a second time.
        fields = [(name, value) for name, value in fields if name != "key"]
        again = await visit.client.post(back, data=dict([*fields, ("key", "another")]))
        assert 409 == again.status_code
    assert 500 == await app.api.balance(person)


async def test_after_the_way_back_another_text_is_another_form(app: AppUnderTest) -> None:
    """The browser's way back shows a form that was sent: what is changed in it is not taken for
    what was sent, and goes on from a page of its own."""
    play = await (await app.place_order()).reach("in_progress")
    async with visiting(app, play.buyer) as visit:
        panel = Panel(visit, play.order, "propose_settlement")
        await panel.open()
        await panel.send("preview", refund="5")
        before = panel.ours()
        assert 303 == (await panel.send("confirm", refund="5")).status_code
        changed = {**before, "refund": "6", "step": "confirm"}
        answer = await visit.client.post(panel.address, data=changed)
        assert answer.status_code in (412, 422)
        assert 'value="6"' in answer.text
        assert [500] == [one["refund"]["amount"] for one in (await play.now())["settlements"]]
        page = answer.text
        onward = {name: hidden(page, name) for name in ("made_for", "seen")}
        shown = await visit.client.post(
            panel.address, data={**onward, "refund": "6", "step": "preview"}
        )
        fields = dict([*form_to(shown.text, panel.address).fields, ("step", "confirm")])
        assert 303 == (await visit.client.post(panel.address, data=fields)).status_code
    assert [600] == [one["refund"]["amount"] for one in (await play.now())["settlements"]]
