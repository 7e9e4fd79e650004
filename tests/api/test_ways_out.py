"""The ways out of a disagreement: offers, wishes to cancel, settlements."""

import asyncio

import httpx

from tests.house import SECRET, House

EUR_5 = {"amount": 500, "currency": "EUR"}


async def test_a_settlement_with_both_signatures_shares_the_money(house: House) -> None:
    deal = await (await house.deal()).reach("revision_refused")
    await deal.act("propose_settlement", deal.seller, {"refund": EUR_5, "reason": "Half way."})
    proposal = deal.order["settlements"][0]
    assert proposal["reason"] == "Half way."
    assert [500, 1200, 300] == [
        proposal[name]["amount"] for name in ("refund", "paid_to_seller", "commission")
    ]
    own = await house.door.act(
        deal.order, "accept_settlement", deal.seller, {"settlement_id": proposal["id"]}
    )
    assert own.status_code == 409
    await deal.act("accept_settlement", deal.buyer, {"settlement_id": proposal["id"]})
    assert deal.order["state"] == "settled"
    assert deal.order["agreement"]["accepted_by"] == {"id": deal.buyer.id, "role": "buyer"}
    assert await house.door.balance(deal.buyer) == 8_500
    assert await house.door.balance(deal.seller) == 1_200


async def test_an_accepted_offer_is_paid_and_worked_on(house: House) -> None:
    deal = await (await house.deal()).reach("revision_refused")
    body = {"title": "A letterhead", "price": EUR_5, "delivery_time": "P2D"}
    await deal.act("make_offer", deal.seller, body)
    assert deal.order["offer"]["title"] == "A letterhead"
    await deal.act("accept_offer", deal.buyer, {"offer_id": deal.order["offer"]["id"]})
    assert deal.order["state"] == "in_progress"
    assert deal.order["offer"] is None
    assert ["A logo", "A letterhead"] == [line["title"] for line in deal.order["lines"]]
    assert deal.order["total"]["amount"] == 2_500


async def test_a_second_refusal_to_cancel_opens_the_dispute(house: House) -> None:
    deal = await (await house.deal()).reach("in_progress")
    for _ in range(2):
        await deal.act("request_cancellation", deal.buyer, {"reason": "Too slow."})
        await deal.act("refuse_cancellation", deal.seller, {"reason": "Almost done."})
    assert deal.order["state"] == "disputed"
    assert deal.order["dispute"]["reason"] == "Too slow."


async def test_the_journal_streams_and_resumes(house: House) -> None:
    deal = await house.deal()
    seen: list[str] = []

    async def read(stop: int, **headers: str) -> None:
        url = f"/v1/orders/{deal.order['id']}/stream"
        sent = deal.buyer.signed(SECRET) | headers
        async with house.door.client.stream("GET", url, headers=sent) as answer:
            assert answer.status_code == httpx.codes.OK
            async for line in answer.aiter_lines():
                if line.startswith("id:"):
                    seen.append(line.removeprefix("id:").strip())
                if len(seen) == stop:
                    return

    reading = asyncio.create_task(read(3))
    await deal.reach("delivered")
    await reading
    await deal.act("complete", deal.buyer)
    await read(4, **{"Last-Event-ID": "3"})
    assert ["1", "2", "3", "4"] == seen


async def test_a_seller_sees_the_orders_behind_the_rate(house: House) -> None:
    deal = await (await house.deal()).reach("completed")
    rate = await house.door.get(f"/v1/sellers/{deal.seller.id}/reputation", deal.buyer)
    assert {"completed": 1, "cancelled": 0, "band": None} == {
        name: rate.json()[name] for name in ("completed", "cancelled", "band")
    }
    behind = await house.door.get(f"/v1/sellers/{deal.seller.id}/reputation/orders", deal.seller)
    assert [deal.order["id"]] == [one["order_id"] for one in behind.json()["items"]]
    other = await house.door.get(f"/v1/sellers/{deal.seller.id}/reputation/orders", deal.buyer)
    assert other.status_code == 403


async def test_the_mediator_has_the_case_on_one_read(house: House) -> None:
    deal = await (await house.deal()).reach("disputed")
    await deal.act("add_statement", deal.seller, {"statement": "It is blue."})
    answer = await house.door.get(f"/v1/orders/{deal.order['id']}/case", deal.seller)
    case = answer.json()
    assert ["It is blue."] == [one["fields"].get("statement") for one in case["statements"][1:]]
    assert 1 == len(case["deliveries"]) == len(case["refusals"])
