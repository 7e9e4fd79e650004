"""Extras: added when the order is placed, or while it runs."""

import pytest

from tests.api.conftest import DealIn, OpenDoor
from tests.api.readings import (
    EXTRA,
    SECOND_EXTRA,
    code,
    eur,
    extra_id,
    instant,
    journal,
    later,
    ledger,
    purses,
)
from tests.house import DELIVER, Deal, House


async def check_paid(deal: Deal, price: int) -> None:
    assert eur(2000 + price) == deal.order["total"]
    assert (8_000 - price, 0) == await purses(deal)
    assert ["hold: buyer → escrow 2000", f"hold: buyer → escrow {price}"] == await ledger(deal)


async def test_extras_are_bought_with_the_order(house: House, deal_in: DealIn) -> None:
    deal = await deal_in("pending")
    chosen = deal.service["extras"][SECOND_EXTRA]
    body = {"service_id": deal.service["id"], "brief": "Two.", "extra_ids": [chosen["id"]]}
    answer = await house.door.post("/v1/orders", deal.buyer, body, key=f"{deal.buyer.id}-2")
    deal.order = answer.json()
    assert eur(2700) == deal.order["total"]
    assert [("service", "A logo", eur(2000)), ("extra", "A second draft", eur(700))] == [
        (line["kind"], line["title"], line["price"]) for line in deal.order["lines"]
    ]
    assert [deal.service["extras"][EXTRA]] == deal.order["extras"]
    assert ["hold: buyer → escrow 2000", "hold: buyer → escrow 700"] == await ledger(deal)
    await deal.act("accept", deal.seller)
    assert later(deal.order["updated_at"], days=3 + 2) == instant(deal.order["due_at"])


async def test_an_extra_of_a_pending_order_counts_from_its_acceptance(deal_in: DealIn) -> None:
    deal = await deal_in("pending")
    before = deal.order["deadline"]
    await deal.act("buy_extra", deal.buyer, extra_id(deal))
    assert ("pending", None) == (deal.order["state"], deal.order["due_at"])
    assert before["at"] == deal.order["deadline"]["at"]
    await check_paid(deal, 500)
    await deal.act("accept", deal.seller)
    assert later(deal.order["updated_at"], days=3 + 1) == instant(deal.order["due_at"])


async def test_an_extra_of_a_running_order_moves_its_due_date(deal_in: DealIn) -> None:
    deal = await deal_in("in_progress")
    due = deal.order["due_at"]
    await deal.act("buy_extra", deal.buyer, extra_id(deal, SECOND_EXTRA))
    assert later(due, days=2) == instant(deal.order["due_at"])
    assert deal.order["due_at"] == deal.order["deadline"]["at"]
    await check_paid(deal, 700)


@pytest.mark.parametrize("state", ["delivered", "revision_refused"])
async def test_an_extra_after_the_delivery_starts_the_work_again(
    deal_in: DealIn, state: str
) -> None:
    deal = await deal_in(state)
    await deal.act("buy_extra", deal.buyer, extra_id(deal))
    assert "in_progress" == deal.order["state"]
    assert later(deal.order["updated_at"], days=1) == instant(deal.order["due_at"])
    assert ("late", deal.order["due_at"]) == (
        deal.order["deadline"]["on_expiry"],
        deal.order["deadline"]["at"],
    )
    await check_paid(deal, 500)


@pytest.mark.parametrize("state", ["revision_requested", "disputed", "completed"])
async def test_no_extra_is_sold_in_other_states(
    house: House, deal_in: DealIn, walking: Deal, state: str
) -> None:
    deal = await (deal_in(state) if state == "completed" else walking.reach(state))
    answer = await house.door.act(deal.order, "buy_extra", deal.buyer, extra_id(deal))
    assert (409, "action-not-allowed") == code(answer)
    assert 8_000 == await house.door.balance(deal.buyer)


async def test_extras_are_paid_out_with_the_order(deal_in: DealIn) -> None:
    deal = await deal_in("in_progress")
    await deal.act("buy_extra", deal.buyer, extra_id(deal, EXTRA))
    await deal.act("buy_extra", deal.buyer, extra_id(deal, SECOND_EXTRA))
    await deal.act("deliver", deal.seller, DELIVER)
    await deal.act("complete", deal.buyer)
    assert (6_800, 2_560) == await purses(deal)
    assert [eur(0), eur(2_560), eur(640)] == [
        deal.order["outcome"][share] for share in ("refunded", "paid_to_seller", "commission")
    ]


async def test_extras_are_refunded_with_the_order(deal_in: DealIn) -> None:
    deal = await deal_in("in_progress")
    await deal.act("buy_extra", deal.buyer, extra_id(deal))
    await deal.act("cancel", deal.seller)
    assert (10_000, 0) == await purses(deal)
    assert eur(2_500) == deal.order["outcome"]["refunded"]


async def test_an_extra_is_sold_once_an_order(house: House, deal_in: DealIn) -> None:
    deal = await deal_in("in_progress")
    await deal.act("buy_extra", deal.buyer, extra_id(deal))
    again = await house.door.act(deal.order, "buy_extra", deal.buyer, extra_id(deal))
    assert (409, "action-not-allowed") == code(again)
    assert 7_500 == await house.door.balance(deal.buyer)


async def test_once_all_extras_are_bought_none_is_offered(deal_in: DealIn) -> None:
    deal = await deal_in("in_progress")
    await deal.act("buy_extra", deal.buyer, extra_id(deal, EXTRA))
    await deal.act("buy_extra", deal.buyer, extra_id(deal, SECOND_EXTRA))
    assert [] == deal.order["extras"]
    assert "buy_extra" not in deal.order["actions"]


async def test_another_services_extra_is_refused(house: House, deal_in: DealIn) -> None:
    deal = await deal_in("in_progress")
    other = await house.door.offer(deal.seller)
    body = {"extra_id": other["extras"][0]["id"]}
    answer = await house.door.act(deal.order, "buy_extra", deal.buyer, body)
    assert (422, "invalid-request") == code(answer)
    assert ["body.extra_id"] == [error["field"] for error in answer.json()["errors"]]
    assert 8_000 == await house.door.balance(deal.buyer)


async def test_an_extra_that_the_wallet_cannot_pay_changes_nothing(house: House) -> None:
    deal = await (await house.deal(money=2_499)).reach("delivered")
    deal.order = await deal.now()
    answer = await house.door.act(deal.order, "buy_extra", deal.buyer, extra_id(deal))
    assert (402, "insufficient-funds") == code(answer)
    assert deal.order == await deal.now()
    assert 499 == await house.door.balance(deal.buyer)
    assert "buyer: buy_extra ✗ insufficient-funds" == (await journal(deal))[-1]


async def test_a_refused_extra_is_bought_after_a_top_up(house: House) -> None:
    deal = await (await house.deal(money=2_000)).reach("delivered")
    short = await house.door.act(deal.order, "buy_extra", deal.buyer, extra_id(deal))
    await house.door.top_up(deal.buyer, 500)
    await deal.act("buy_extra", deal.buyer, extra_id(deal))
    assert (402, 0) == (short.status_code, await house.door.balance(deal.buyer))


async def test_an_order_with_all_the_lines_it_may_have_takes_no_further_one(
    house: House, open_door: OpenDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.settings.MOST_LINES", 2)
    deal = await house.deal(door=await open_door())
    await deal.reach("in_progress")
    await deal.act("buy_extra", deal.buyer, extra_id(deal, EXTRA))
    path = f"/v1/orders/{deal.order['id']}/actions/buy_extra"
    body = extra_id(deal, SECOND_EXTRA)
    preview = await house.door.post(f"{path}/preview", deal.buyer, body)
    answer = await house.door.act(deal.order, "buy_extra", deal.buyer, body)
    assert (409, "action-not-allowed") == code(preview) == code(answer)
    expected = "An order has at most 2 lines, as this one does; place another order."
    assert expected == preview.json()["detail"] == answer.json()["detail"]
    await check_paid(deal, 500)
