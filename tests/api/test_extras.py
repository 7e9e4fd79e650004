"""Extras: added when the order is placed, or while it runs."""

import pytest

from tests.api.assertions import (
    EXTRA,
    SECOND_EXTRA,
    code,
    extra_id,
    instant,
    journal,
    later,
    ledger,
    wallets,
)
from tests.api.conftest import AnotherApi, OrderIn
from tests.app_under_test import DELIVER, AppUnderTest, OrderInPlay
from tests.contract import eur


async def check_paid(in_play: OrderInPlay, price: int) -> None:
    assert eur(2000 + price) == in_play.order["total"]
    assert (8_000 - price, 0) == await wallets(in_play)
    assert ["hold: buyer → escrow 2000", f"hold: buyer → escrow {price}"] == await ledger(in_play)


async def test_extras_are_bought_with_the_order(app: AppUnderTest, order_in: OrderIn) -> None:
    in_play = await order_in("pending")
    chosen = in_play.service["extras"][SECOND_EXTRA]
    body = {"service_id": in_play.service["id"], "brief": "Two.", "extra_ids": [chosen["id"]]}
    answer = await app.api.post("/v1/orders", in_play.buyer, body, key=f"{in_play.buyer.id}-2")
    in_play.order = answer.json()
    assert eur(2700) == in_play.order["total"]
    assert [("service", "A logo", eur(2000)), ("extra", "A second draft", eur(700))] == [
        (line["kind"], line["title"], line["price"]) for line in in_play.order["lines"]
    ]
    assert [in_play.service["extras"][EXTRA]] == in_play.order["extras"]
    assert ["hold: buyer → escrow 2000", "hold: buyer → escrow 700"] == await ledger(in_play)
    await in_play.act("accept", in_play.seller)
    assert later(in_play.order["updated_at"], days=3 + 2) == instant(in_play.order["due_at"])


async def test_an_extra_of_a_pending_order_counts_from_its_acceptance(order_in: OrderIn) -> None:
    in_play = await order_in("pending")
    before = in_play.order["deadline"]
    await in_play.act("buy_extra", in_play.buyer, extra_id(in_play))
    assert ("pending", None) == (in_play.order["state"], in_play.order["due_at"])
    assert before["at"] == in_play.order["deadline"]["at"]
    await check_paid(in_play, 500)
    await in_play.act("accept", in_play.seller)
    assert later(in_play.order["updated_at"], days=3 + 1) == instant(in_play.order["due_at"])


async def test_an_extra_of_a_running_order_moves_its_due_date(order_in: OrderIn) -> None:
    in_play = await order_in("in_progress")
    due = in_play.order["due_at"]
    await in_play.act("buy_extra", in_play.buyer, extra_id(in_play, SECOND_EXTRA))
    assert later(due, days=2) == instant(in_play.order["due_at"])
    assert in_play.order["due_at"] == in_play.order["deadline"]["at"]
    await check_paid(in_play, 700)


@pytest.mark.parametrize("state", ["delivered", "revision_refused"])
async def test_an_extra_after_the_delivery_starts_the_work_again(
    order_in: OrderIn, state: str
) -> None:
    in_play = await order_in(state)
    await in_play.act("buy_extra", in_play.buyer, extra_id(in_play))
    assert "in_progress" == in_play.order["state"]
    assert later(in_play.order["updated_at"], days=1) == instant(in_play.order["due_at"])
    assert ("late", in_play.order["due_at"]) == (
        in_play.order["deadline"]["on_expiry"],
        in_play.order["deadline"]["at"],
    )
    await check_paid(in_play, 500)


@pytest.mark.parametrize("state", ["revision_requested", "disputed", "completed"])
async def test_no_extra_is_sold_in_other_states(
    app: AppUnderTest, order_in: OrderIn, walking: OrderInPlay, state: str
) -> None:
    in_play = await (order_in(state) if state == "completed" else walking.reach(state))
    answer = await app.api.act(in_play.order, "buy_extra", in_play.buyer, extra_id(in_play))
    assert (409, "action-not-allowed") == code(answer)
    assert 8_000 == await app.api.balance(in_play.buyer)


async def test_extras_are_paid_out_with_the_order(order_in: OrderIn) -> None:
    in_play = await order_in("in_progress")
    await in_play.act("buy_extra", in_play.buyer, extra_id(in_play, EXTRA))
    await in_play.act("buy_extra", in_play.buyer, extra_id(in_play, SECOND_EXTRA))
    await in_play.act("deliver", in_play.seller, DELIVER)
    await in_play.act("complete", in_play.buyer)
    assert (6_800, 2_560) == await wallets(in_play)
    assert [eur(0), eur(2_560), eur(640)] == [
        in_play.order["outcome"][share] for share in ("refunded", "paid_to_seller", "commission")
    ]


async def test_extras_are_refunded_with_the_order(order_in: OrderIn) -> None:
    in_play = await order_in("in_progress")
    await in_play.act("buy_extra", in_play.buyer, extra_id(in_play))
    await in_play.act("cancel", in_play.seller)
    assert (10_000, 0) == await wallets(in_play)
    assert eur(2_500) == in_play.order["outcome"]["refunded"]


async def test_an_extra_is_sold_once_an_order(app: AppUnderTest, order_in: OrderIn) -> None:
    in_play = await order_in("in_progress")
    await in_play.act("buy_extra", in_play.buyer, extra_id(in_play))
    again = await app.api.act(in_play.order, "buy_extra", in_play.buyer, extra_id(in_play))
    assert (409, "action-not-allowed") == code(again)
    assert 7_500 == await app.api.balance(in_play.buyer)


async def test_once_all_extras_are_bought_none_is_offered(order_in: OrderIn) -> None:
    in_play = await order_in("in_progress")
    await in_play.act("buy_extra", in_play.buyer, extra_id(in_play, EXTRA))
    await in_play.act("buy_extra", in_play.buyer, extra_id(in_play, SECOND_EXTRA))
    assert [] == in_play.order["extras"]
    assert "buy_extra" not in in_play.order["actions"]


async def test_another_services_extra_is_refused(app: AppUnderTest, order_in: OrderIn) -> None:
    in_play = await order_in("in_progress")
    other = await app.api.offer(in_play.seller)
    body = {"extra_id": other["extras"][0]["id"]}
    answer = await app.api.act(in_play.order, "buy_extra", in_play.buyer, body)
    assert (422, "invalid-request") == code(answer)
    assert ["body.extra_id"] == [error["field"] for error in answer.json()["errors"]]
    assert 8_000 == await app.api.balance(in_play.buyer)


async def test_an_extra_that_the_wallet_cannot_pay_changes_nothing(app: AppUnderTest) -> None:
    in_play = await (await app.place_order(money=2_499)).reach("delivered")
    in_play.order = await in_play.now()
    answer = await app.api.act(in_play.order, "buy_extra", in_play.buyer, extra_id(in_play))
    assert (402, "insufficient-funds") == code(answer)
    assert in_play.order == await in_play.now()
    assert 499 == await app.api.balance(in_play.buyer)
    assert "buyer: buy_extra ✗ insufficient-funds" == (await journal(in_play))[-1]


async def test_a_refused_extra_is_bought_after_a_top_up(app: AppUnderTest) -> None:
    in_play = await (await app.place_order(money=2_000)).reach("delivered")
    short = await app.api.act(in_play.order, "buy_extra", in_play.buyer, extra_id(in_play))
    await app.api.top_up(in_play.buyer, 500)
    await in_play.act("buy_extra", in_play.buyer, extra_id(in_play))
    assert (402, 0) == (short.status_code, await app.api.balance(in_play.buyer))


async def test_an_order_with_all_the_lines_it_may_have_takes_no_further_one(
    app: AppUnderTest, another_api: AnotherApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.settings.MOST_LINES", 2)
    in_play = await app.place_order(api=await another_api())
    await in_play.reach("in_progress")
    await in_play.act("buy_extra", in_play.buyer, extra_id(in_play, EXTRA))
    path = f"/v1/orders/{in_play.order['id']}/actions/buy_extra"
    body = extra_id(in_play, SECOND_EXTRA)
    preview = await app.api.post(f"{path}/preview", in_play.buyer, body)
    answer = await app.api.act(in_play.order, "buy_extra", in_play.buyer, body)
    assert (409, "action-not-allowed") == code(preview) == code(answer)
    expected = "An order has at most 2 lines, as this one does; place another order."
    assert expected == preview.json()["detail"] == answer.json()["detail"]
    await check_paid(in_play, 500)
