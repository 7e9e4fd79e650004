"""An order that is to be placed with a payment is placed once that has come, on the terms that were
paid for; it waits for no other one."""

from uuid import uuid4

import pytest

from tests.api.answers import Json
from tests.api.spoiled_rows import changed
from tests.api.test_pay_ins import PAID, ended, found, held, started, tell
from tests.app_under_test import ApiClient, AppUnderTest, Person, eventually, somebody
from tests.providers.paper import said


async def test_the_order_is_placed_when_the_money_is_there(shop: ApiClient) -> None:
    buyer, seller = somebody("buyer"), somebody("seller")
    service = await shop.offer(seller)
    order = {"service_id": service["id"], "brief": "A logo, please.", "external_id": str(uuid4())}
    pay_in = (await started(shop, buyer, amount=service["price"]["amount"], order=order)).json()
    assert pay_in["order_id"] is None
    await tell(shop, said(PAID, pay_in))
    placed = await eventually(
        lambda: found(shop, buyer, pay_in), lambda one: one["order_id"] is not None
    )
    shown = (await shop.get(f"/v1/orders/{placed['order_id']}", buyer)).json()
    assert (shown["state"], shown["external_id"]) == ("pending", order["external_id"])
    assert await held(shop, buyer) == [{"amount": 0, "currency": "EUR"}]


async def test_an_order_that_cannot_be_placed_any_more_leaves_the_money_in_the_wallet(
    shop: ApiClient,
) -> None:
    buyer, seller = somebody("buyer"), somebody("seller")
    service = await shop.offer(seller)
    order = {"service_id": service["id"], "brief": "A logo, please."}
    amount = service["price"]["amount"]
    pay_in = (await started(shop, buyer, amount=amount, order=order)).json()
    await shop.post(f"/v1/services/{service['id']}/archive", seller)
    await tell(shop, said(PAID, pay_in))
    refused = await eventually(
        lambda: found(shop, buyer, pay_in), lambda one: one["order_refused"] is not None
    )
    assert "archived" in refused["order_refused"]
    assert (refused["state"], refused["order_id"]) == ("paid", None)
    assert await held(shop, buyer) == [{"amount": amount, "currency": "EUR"}]


@pytest.mark.parametrize("named", [True, False], ids=["version named", "no version named"])
async def test_an_order_is_placed_on_the_terms_that_were_paid_for_or_not_at_all(
    named: bool, shop: ApiClient
) -> None:
    buyer, seller = somebody("buyer"), somebody("seller")
    service = await shop.offer(seller)
    order = {"service_id": service["id"], "brief": "A logo, please."}
    seen = {"service_version": service["version"]} if named else {}
    pay_in = (await started(shop, buyer, order=order | seen)).json()
    await shop.top_up(buyer, 7_000)  # of which its seller would have a share
    path = f"/v1/services/{service['id']}"
    dearer = await shop.call("PATCH", path, seller, {"price": {"amount": 9_000, "currency": "EUR"}})
    assert dearer.status_code == 200
    await tell(shop, said(PAID, pay_in))
    refused = await eventually(
        lambda: found(shop, buyer, pay_in), lambda one: one["order_refused"] is not None
    )
    assert "moved on" in refused["order_refused"]
    assert (refused["order_id"], await shop.balance(buyer)) == (None, 9_000)


async def test_nobody_else_has_the_key_of_a_wished_order(shop: ApiClient) -> None:
    buyer = somebody("buyer")
    order = {"service_id": (await shop.offer(somebody("seller")))["id"], "brief": "A logo."}
    pay_in = (await started(shop, buyer, order=order)).json()
    for name in (f"pay-in {pay_in['id']}", f"pay-in-{pay_in['id']}", pay_in["id"]):
        namesake = Person(name)
        await shop.top_up(namesake, 2_000)
        taken = await shop.post("/v1/orders", namesake, order, key="order")
        assert taken.status_code == 201
    await tell(shop, said(PAID, pay_in))
    placed = await eventually(
        lambda: found(shop, buyer, pay_in), lambda one: one["order_id"] is not None
    )
    assert (await shop.order(placed["order_id"], buyer))["buyer_id"] == buyer.id


async def test_a_wish_that_cannot_be_read_keeps_no_other_order_waiting(
    app: AppUnderTest, shop: ApiClient
) -> None:
    buyer = somebody("buyer")
    order = {"service_id": (await shop.offer(somebody("seller")))["id"], "brief": "A logo."}
    pay_ins = [(await started(shop, buyer, order=order)).json() for _ in range(2)]
    async with changed(app, "pay_ins", f"id = '{pay_ins[0]['id']}'", wish="'{}'"):
        for one in pay_ins:
            await tell(shop, said(PAID, one))
        placed = await eventually(
            lambda: found(shop, buyer, pay_ins[1]), lambda one: one["order_id"] is not None
        )
        waiting = await ended(shop, buyer, pay_ins[0], "paid")
    assert (None, None, None) == (
        waiting["order_id"],
        waiting["order_refused"],
        placed["order_refused"],
    )
    # Whoever can read it, such as a newer release, places it.
    await eventually(
        lambda: found(shop, buyer, pay_ins[0]), lambda one: one["order_id"] is not None
    )


async def test_a_service_that_cannot_be_read_keeps_no_other_order_waiting(
    app: AppUnderTest, shop: ApiClient
) -> None:
    buyer = somebody("buyer")
    services = [await shop.offer(somebody("seller")) for _ in range(2)]
    orders: list[Json] = [{"service_id": one["id"], "brief": "A logo."} for one in services]
    pay_ins = [(await started(shop, buyer, order=one)).json() for one in orders]
    async with changed(app, "services", f"id = '{services[0]['id']}'", currency="'eu1'"):
        for one in pay_ins:
            await tell(shop, said(PAID, one))
        refused = await eventually(
            lambda: found(shop, buyer, pay_ins[0]), lambda one: one["order_refused"] is not None
        )
        placed = await eventually(
            lambda: found(shop, buyer, pay_ins[1]), lambda one: one["order_id"] is not None
        )
    assert "cannot be read" in refused["order_refused"]
    assert (None, None) == (refused["order_id"], placed["order_refused"])
    assert 2_000 == await shop.balance(buyer)
