"""Currencies that ISO 4217 withdraws while services, orders and wallets are in them: what exists is
shown, ended and paid out as ever, and nothing new is priced in them."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from domain import currencies
from reconcile.proof import prove
from tests.api.conftest import OpenDoor
from tests.api.readings import code
from tests.house import MEDIATOR, OPERATOR, Deal, Door, House, Json, Person, somebody

INVALID = (422, "invalid-request")


@dataclass(frozen=True)
class Money:
    """A currency that has its last day, and how it is written in words."""

    code: str
    words: str

    def __call__(self, amount: int) -> Json:
        return {"amount": amount, "currency": self.code}


KNOWN = [("BGN", "20.00 BGN"), ("BYR", "2000 BYR")]


@pytest.fixture(params=[*KNOWN, ("QQQ", "20.00 QQQ")], ids=lambda one: one[0])
def money(request: pytest.FixtureRequest) -> Money:
    """The lev, which went in 2026; one without decimals; and one that no table of ours knows."""
    return Money(*request.param)


@pytest.fixture
def withdraw(money: Money, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """The currency is one of today, until this is called."""
    today = dict(currencies.CURRENT)
    monkeypatch.setattr(currencies, "CURRENT", today | {money.code: 2})
    return lambda: monkeypatch.setattr(currencies, "CURRENT", today)


@dataclass
class Old:
    """What was there before: an order that is delivered, and its people."""

    deal: Deal
    money: Money

    @property
    def order(self) -> Json:
        return self.deal.order

    async def read(self, path: str, who: Person) -> Json:
        answer = await self.deal.door.get(path, who)
        assert 200 == answer.status_code, (path, answer.text)
        found: Json = answer.json()
        return found


async def in_currency(house: House, money: Money) -> Deal:
    """A pending order in it; the buyer had 100.00."""
    buyer, seller = somebody("buyer"), somebody("seller")
    await house.door.top_up(buyer, 10_000, money.code)
    extra = {"title": "Source files", "price": money(500), "delivery_time": "P1D"}
    service = await house.door.offer(seller, price=money(2000), extras=[extra])
    asked = {"service_id": service["id"], "brief": "A logo."}
    placed = await house.door.post("/v1/orders", buyer, asked, key=f"order-{buyer.id}")
    assert 201 == placed.status_code, placed.text
    return Deal(house.door, buyer, seller, service, placed.json())


@pytest.fixture
async def old(house: House, money: Money, withdraw: Callable[[], None]) -> Old:
    """A delivered order whose currency is withdrawn after the delivery."""
    deal = await (await in_currency(house, money)).reach("delivered")
    withdraw()
    return Old(deal, money)


async def test_all_lists_show_it(old: Old) -> None:
    buyer, seller, order_id = old.deal.buyer, old.deal.seller, old.order["id"]
    [service] = (await old.read(f"/v1/services?seller_id={seller.id}", buyer))["items"]
    assert old.money(2000) == service["price"]
    assert old.money(500) == service["extras"][0]["price"]
    assert service["id"] in {
        one["id"] for one in (await old.read("/v1/services?limit=100", buyer))["items"]
    }
    assert service == await old.read(f"/v1/services/{service['id']}", buyer)
    for who in (buyer, seller, OPERATOR):
        found = (await old.read("/v1/orders", who))["items"]
        assert old.money(2000) == next(one for one in found if one["id"] == order_id)["total"]
    assert [old.money(8000)] == (await old.read("/v1/wallet", buyer))["balances"]
    entries = (await old.read("/v1/wallet/entries", buyer))["items"]
    assert [old.money(-2000), old.money(10_000)] == [one["amount"] for one in entries]
    [posting] = (await old.read(f"/v1/orders/{order_id}/ledger", buyer))["items"]
    assert old.money(2000) == posting["amount"]
    assert 3 == len((await old.read(f"/v1/orders/{order_id}/events", buyer))["items"])
    case = await old.read(f"/v1/orders/{order_id}/case", buyer)
    assert old.money(2000) == case["order"]["total"]
    notices = (await old.read("/v1/notifications", buyer))["items"]
    assert {order_id} == {one["order_id"] for one in notices}
    assert any(old.money.words in text for one in notices for text in one["text"])


@pytest.mark.parametrize("way", ["complete", "cancel", "settle", "extra", "split", "restart"])
async def test_it_goes_on_and_ends_as_ever(old: Old, way: str) -> None:
    deal, money = old.deal, old.money
    buyer, seller = deal.buyer, deal.seller
    refund = {"refund": money(500), "reason": "Half."}
    if way == "complete":
        await deal.act("complete", buyer)
    elif way == "cancel":
        await deal.act("cancel", seller)
    elif way == "settle":
        proposed = (await deal.act("propose_settlement", buyer, refund))["settlements"][0]
        await deal.act("accept_settlement", seller, {"settlement_id": proposed["id"]})
    elif way == "extra":
        await deal.act("buy_extra", buyer, {"extra_id": deal.service["extras"][0]["id"]})
        await deal.act("cancel", seller)
    else:
        await deal.reach("disputed")
        fields: Json = {"delivery_time": "P1D"} if way == "restart" else {"refund": money(500)}
        await deal.act("resolve", MEDIATOR, {"outcome": way, "reasons": "So.", **fields})
        if way == "restart":
            await deal.act("cancel", seller)
    back = {"complete": 8000, "settle": 8500, "split": 8500}.get(way, 10_000)
    paid = {"complete": 1600, "settle": 1200, "split": 1200}.get(way, 0)
    assert deal.order["outcome"]["paid_to_seller"] == money(paid)
    assert (back, paid) == (
        await deal.door.balance(buyer, money.code),
        await deal.door.balance(seller, money.code),
    )


async def test_what_it_would_do_is_previewed(old: Old) -> None:
    path = f"/v1/orders/{old.order['id']}/actions"
    seen = await old.deal.door.post(f"{path}/complete/preview", old.deal.buyer)
    assert 200 == seen.status_code, seen.text
    changes = {one["account"]: one["amount"] for one in seen.json()["money"]}
    assert (old.money(1600), old.money(-2000)) == (changes["seller_wallet"], changes["escrow"])


async def test_its_money_is_paid_out_to_the_last_cent(old: Old) -> None:
    deal, door = old.deal, old.deal.door
    await deal.act("complete", deal.buyer)
    for who, held in ((deal.buyer, 8000), (deal.seller, 1600)):
        path = f"/v1/wallets/{who.id}/payouts"
        more = await door.post(path, OPERATOR, old.money(held + 1), key=f"more-{who.id}")
        assert (402, "insufficient-funds") == code(more)
        paid = await door.post(path, OPERATOR, old.money(held), key=f"all-{who.id}")
        assert (201, old.money(0)) == (paid.status_code, paid.json()["balance"])
        again = await door.post(path, OPERATOR, old.money(held), key=f"all-{who.id}")
        assert paid.text == again.text
        empty = await door.post(path, OPERATOR, old.money(1), key=f"one-{who.id}")
        assert (402, "insufficient-funds") == code(empty)


async def test_the_books_and_the_orders_agree(old: Old, house: House) -> None:
    await old.deal.act("complete", old.deal.buyer)
    proof = await prove(house.pool, house.temporal, patience=10)
    named = [one for one in proof.findings if old.order["id"] in one.subject]
    assert [] == named


async def test_nothing_new_is_priced_in_it(old: Old, money: Money) -> None:
    deal, door = old.deal, old.deal.door
    service = {"title": "A logo", "price": money(2000), "delivery_time": "P3D"}
    offer = {"title": "More", "price": money(900), "delivery_time": "P1D"}
    order = {"service_id": deal.service["id"], "brief": "Another."}
    actions = f"/v1/orders/{deal.order['id']}/actions/make_offer"
    asked = [
        ("/v1/services", deal.seller, service, "body.price.currency"),
        (f"/v1/wallets/{deal.buyer.id}/top-ups", OPERATOR, money(100), "body.currency"),
        (actions, deal.seller, offer, "body.price.currency"),
        (f"{actions}/preview", deal.seller, offer, "body.price.currency"),
        ("/v1/orders", deal.buyer, order, "body.service_id"),
    ]
    for number, (path, who, body, field) in enumerate(asked):
        answer = await door.post(path, who, body, key=f"new-{deal.buyer.id}-{number}")
        assert (INVALID, field) == (code(answer), answer.json()["errors"][0]["field"]), path
    assert 8000 == await door.balance(deal.buyer, money.code)
    assert deal.order["version"] == (await deal.now())["version"]
    seen = await door.order(deal.order["id"], deal.seller)
    assert "make_offer" not in seen["actions"]
    assert "cancel" in seen["actions"]


async def test_an_offer_that_was_made_before_can_be_accepted(
    house: House, money: Money, withdraw: Callable[[], None]
) -> None:
    deal = await (await in_currency(house, money)).reach("in_progress")
    body = {"title": "More", "price": money(900), "delivery_time": "P1D"}
    made = await house.door.act(deal.order, "make_offer", deal.seller, body, key="before")
    withdraw()
    again = await house.door.act(deal.order, "make_offer", deal.seller, body, key="before")
    assert (200, made.text) == (again.status_code, again.text)
    await deal.act("accept_offer", deal.buyer, {"offer_id": made.json()["offer"]["id"]})
    assert money(2900) == deal.order["total"]


@pytest.mark.parametrize("money", KNOWN, indirect=True)
async def test_what_was_answered_before_is_answered_so_again(
    house: House, money: Money, withdraw: Callable[[], None]
) -> None:
    buyer, seller = somebody("buyer"), somebody("seller")
    service = {"title": "A logo", "price": money(2000), "delivery_time": "P3D"}
    asked = [
        (f"/v1/wallets/{buyer.id}/top-ups", OPERATOR, money(100)),
        ("/v1/services", seller, service),
    ]
    first = [await house.door.post(*one, key=f"old-{buyer.id}") for one in asked]
    withdraw()
    again = [await house.door.post(*one, key=f"old-{buyer.id}") for one in asked]
    assert [201, 201] == [one.status_code for one in first]
    assert [one.text for one in first] == [one.text for one in again]
    assert 100 == await house.door.balance(buyer, money.code)


async def test_an_order_whose_worker_was_replaced_replays_and_goes_on(
    house: House, money: Money, withdraw: Callable[[], None], open_door: OpenDoor
) -> None:
    deal = await (await in_currency(house, money)).reach("in_progress")
    body = {"title": "More", "price": money(900), "delivery_time": "P1D"}
    await deal.act("make_offer", deal.seller, body)
    await deal.act("propose_settlement", deal.buyer, {"refund": money(500)})
    await house.stop_worker()
    withdraw()
    house.start_worker()  # its cache is empty: it replays what it takes up
    door: Door = await open_door()
    answer = await door.act(deal.order, "deliver", deal.seller, {"message": "Here."})
    assert 200 == answer.status_code, answer.text
    deal.order = answer.json()
    await deal.act("complete", deal.buyer)
    assert 1600 == await house.door.balance(deal.seller, money.code)


@pytest.mark.parametrize("word", ["ABC", "XXX", "XAU"])
async def test_what_was_never_a_currency_is_refused_wherever_it_is_named(
    house: House, word: str
) -> None:
    deal = await (await house.deal()).reach("in_progress")
    price, actions = {"amount": 100, "currency": word}, f"/v1/orders/{deal.order['id']}/actions"
    offer = {"title": "More", "price": price, "delivery_time": "P1D"}
    asked = [
        (f"/v1/wallets/{deal.buyer.id}/top-ups", OPERATOR, price),
        (f"/v1/wallets/{deal.buyer.id}/payouts", OPERATOR, price),
        (f"{actions}/make_offer", deal.seller, offer),
        (f"{actions}/propose_settlement", deal.buyer, {"refund": price}),
        (f"{actions}/propose_settlement/preview", deal.buyer, {"refund": price}),
    ]
    journal = await house.door.events(deal.order, deal.buyer)
    for number, (path, who, body) in enumerate(asked):
        answer = await house.door.post(path, who, body, key=f"{word}-{number}")
        assert INVALID == code(answer)
        assert "must be an ISO 4217" in answer.json()["errors"][0]["message"]
    assert journal == await house.door.events(deal.order, deal.buyer)
