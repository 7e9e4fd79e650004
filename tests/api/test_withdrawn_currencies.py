"""Currencies that ISO 4217 withdraws while services, orders and wallets are in them: what exists is
shown, ended and paid out as ever, and nothing new is priced in them."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from domain import currencies
from reconcile.proof import prove
from tests.api.assertions import code
from tests.app_under_test import (
    MEDIATOR,
    OPERATOR,
    AppUnderTest,
    Json,
    OrderInPlay,
    Person,
    eventually,
    somebody,
)

INVALID = (422, "invalid-request")


@dataclass(frozen=True)
class Money:
    """A currency that has its last day, and how it is written in words."""

    code: str
    words: str

    def __call__(self, amount: int) -> Json:
        return {"amount": amount, "currency": self.code}


KNOWN = [("BGN", "BGN\xa020.00"), ("BYR", "BYR\xa02,000")]


@pytest.fixture(params=[*KNOWN, ("QQQ", "QQQ\xa020.00")], ids=lambda one: one[0])
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

    in_play: OrderInPlay
    money: Money

    @property
    def order(self) -> Json:
        return self.in_play.order

    async def read(self, path: str, who: Person) -> Json:
        answer = await self.in_play.api.get(path, who)
        assert 200 == answer.status_code, (path, answer.text)
        found: Json = answer.json()
        return found


async def in_currency(app: AppUnderTest, money: Money) -> OrderInPlay:
    """A pending order in it; the buyer had 100.00."""
    buyer, seller = somebody("buyer"), somebody("seller")
    await app.api.top_up(buyer, 10_000, money.code)
    extra = {"title": "Source files", "price": money(500), "delivery_time": "P1D"}
    service = await app.api.offer(seller, price=money(2000), extras=[extra])
    asked = {"service_id": service["id"], "brief": "A logo."}
    placed = await app.api.post("/v1/orders", buyer, asked, key=f"order-{buyer.id}")
    assert 201 == placed.status_code, placed.text
    return OrderInPlay(app.api, buyer, seller, service, placed.json())


@pytest.fixture
async def old(app: AppUnderTest, money: Money, withdraw: Callable[[], None]) -> Old:
    """A delivered order whose currency is withdrawn after the delivery."""
    in_play = await (await in_currency(app, money)).reach("delivered")
    withdraw()
    return Old(in_play, money)


async def test_all_lists_show_it(old: Old) -> None:
    buyer, seller, order_id = old.in_play.buyer, old.in_play.seller, old.order["id"]
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
    in_play, money = old.in_play, old.money
    buyer, seller = in_play.buyer, in_play.seller
    refund = {"refund": money(500), "reason": "Half."}
    if way == "complete":
        await in_play.act("complete", buyer)
    elif way == "cancel":
        await in_play.act("cancel", seller)
    elif way == "settle":
        proposed = (await in_play.act("propose_settlement", buyer, refund))["settlements"][0]
        await in_play.act("accept_settlement", seller, {"settlement_id": proposed["id"]})
    elif way == "extra":
        await in_play.act("buy_extra", buyer, {"extra_id": in_play.service["extras"][0]["id"]})
        await in_play.act("cancel", seller)
    else:
        await in_play.reach("disputed")
        fields: Json = {"delivery_time": "P1D"} if way == "restart" else {"refund": money(500)}
        await in_play.act("resolve", MEDIATOR, {"outcome": way, "reasons": "So.", **fields})
        if way == "restart":
            await in_play.act("cancel", seller)
    back = {"complete": 8000, "settle": 8500, "split": 8500}.get(way, 10_000)
    paid = {"complete": 1600, "settle": 1200, "split": 1200}.get(way, 0)
    assert in_play.order["outcome"]["paid_to_seller"] == money(paid)
    assert (back, paid) == (
        await in_play.api.balance(buyer, money.code),
        await in_play.api.balance(seller, money.code),
    )


async def test_what_it_would_do_is_previewed(old: Old) -> None:
    path = f"/v1/orders/{old.order['id']}/actions"
    seen = await old.in_play.api.post(f"{path}/complete/preview", old.in_play.buyer)
    assert 200 == seen.status_code, seen.text
    changes = {one["account"]: one["amount"] for one in seen.json()["money"]}
    assert (old.money(1600), old.money(-2000)) == (changes["seller_wallet"], changes["escrow"])


async def test_its_money_is_paid_out_to_the_last_cent(old: Old) -> None:
    in_play, api = old.in_play, old.in_play.api
    await in_play.act("complete", in_play.buyer)
    for who, held in ((in_play.buyer, 8000), (in_play.seller, 1600)):
        path = f"/v1/wallets/{who.id}/payouts"
        more = await api.post(path, OPERATOR, old.money(held + 1), key=f"more-{who.id}")
        assert (402, "insufficient-funds") == code(more)
        paid = await api.post(path, OPERATOR, old.money(held), key=f"all-{who.id}")
        assert (201, old.money(0)) == (paid.status_code, paid.json()["balance"])
        again = await api.post(path, OPERATOR, old.money(held), key=f"all-{who.id}")
        assert paid.text == again.text
        empty = await api.post(path, OPERATOR, old.money(1), key=f"one-{who.id}")
        assert (402, "insufficient-funds") == code(empty)


async def test_the_books_and_the_orders_agree(old: Old, app: AppUnderTest) -> None:
    await old.in_play.act("complete", old.in_play.buyer)
    proof = await prove(app.pool, app.temporal, patience=10)
    named = [one for one in proof.findings if old.order["id"] in one.subject]
    assert [] == named


async def test_nothing_new_is_priced_in_it(old: Old, money: Money) -> None:
    in_play, api = old.in_play, old.in_play.api
    service = {"title": "A logo", "price": money(2000), "delivery_time": "P3D"}
    offer = {"title": "More", "price": money(900), "delivery_time": "P1D"}
    order = {"service_id": in_play.service["id"], "brief": "Another."}
    actions = f"/v1/orders/{in_play.order['id']}/actions/make_offer"
    asked = [
        ("/v1/services", in_play.seller, service, "body.price.currency"),
        (f"/v1/wallets/{in_play.buyer.id}/top-ups", OPERATOR, money(100), "body.currency"),
        (actions, in_play.seller, offer, "body.price.currency"),
        (f"{actions}/preview", in_play.seller, offer, "body.price.currency"),
        ("/v1/orders", in_play.buyer, order, "body.service_id"),
    ]
    for number, (path, who, body, field) in enumerate(asked):
        answer = await api.post(path, who, body, key=f"new-{in_play.buyer.id}-{number}")
        assert (INVALID, field) == (code(answer), answer.json()["errors"][0]["field"]), path
    assert 8000 == await api.balance(in_play.buyer, money.code)
    assert in_play.order["version"] == (await in_play.now())["version"]
    seen = await api.order(in_play.order["id"], in_play.seller)
    assert "make_offer" not in seen["actions"]
    assert "cancel" in seen["actions"]


async def test_an_offer_that_was_made_before_can_be_accepted(
    app: AppUnderTest, money: Money, withdraw: Callable[[], None]
) -> None:
    in_play = await (await in_currency(app, money)).reach("in_progress")
    body = {"title": "More", "price": money(900), "delivery_time": "P1D"}
    made = await app.api.act(in_play.order, "make_offer", in_play.seller, body, key="before")
    withdraw()
    again = await app.api.act(in_play.order, "make_offer", in_play.seller, body, key="before")
    assert (200, made.text) == (again.status_code, again.text)
    await in_play.act("accept_offer", in_play.buyer, {"offer_id": made.json()["offer"]["id"]})
    assert money(2900) == in_play.order["total"]


@pytest.mark.parametrize("money", KNOWN, indirect=True)
async def test_what_was_answered_before_is_answered_so_again(
    app: AppUnderTest, money: Money, withdraw: Callable[[], None]
) -> None:
    buyer, seller = somebody("buyer"), somebody("seller")
    service = {"title": "A logo", "price": money(2000), "delivery_time": "P3D"}
    asked = [
        (f"/v1/wallets/{buyer.id}/top-ups", OPERATOR, money(100)),
        ("/v1/services", seller, service),
    ]
    first = [await app.api.post(*one, key=f"old-{buyer.id}") for one in asked]
    withdraw()
    again = [await app.api.post(*one, key=f"old-{buyer.id}") for one in asked]
    assert [201, 201] == [one.status_code for one in first]
    assert [one.text for one in first] == [one.text for one in again]
    assert 100 == await app.api.balance(buyer, money.code)


async def test_an_order_whose_worker_was_replaced_replays_and_goes_on(
    app: AppUnderTest, money: Money, withdraw: Callable[[], None]
) -> None:
    in_play = await (await in_currency(app, money)).reach("in_progress")
    body = {"title": "More", "price": money(900), "delivery_time": "P1D"}
    await in_play.act("make_offer", in_play.seller, body)
    await in_play.act("propose_settlement", in_play.buyer, {"refund": money(500)})
    await app.stop_worker()
    withdraw()
    app.start_worker()  # its cache is empty: it replays what it takes up
    delivered = await app.api.act(in_play.order, "deliver", in_play.seller, {"message": "Here."})
    completed = await app.api.act(in_play.order, "complete", in_play.buyer)
    # 202 where Temporal still waits for the worker that went away.
    assert {delivered.status_code, completed.status_code} <= {200, 202}
    ended = await eventually(in_play.now, lambda order: order["outcome"] is not None)
    assert ("completed", 1600) == (
        ended["state"],
        await app.api.balance(in_play.seller, money.code),
    )


@pytest.mark.parametrize("word", ["ABC", "XXX", "XAU"])
async def test_what_was_never_a_currency_is_refused_wherever_it_is_named(
    app: AppUnderTest, word: str
) -> None:
    in_play = await (await app.place_order()).reach("in_progress")
    price, actions = {"amount": 100, "currency": word}, f"/v1/orders/{in_play.order['id']}/actions"
    offer = {"title": "More", "price": price, "delivery_time": "P1D"}
    asked = [
        (f"/v1/wallets/{in_play.buyer.id}/top-ups", OPERATOR, price),
        (f"/v1/wallets/{in_play.buyer.id}/payouts", OPERATOR, price),
        (f"{actions}/make_offer", in_play.seller, offer),
        (f"{actions}/propose_settlement", in_play.buyer, {"refund": price}),
        (f"{actions}/propose_settlement/preview", in_play.buyer, {"refund": price}),
    ]
    journal = await app.api.events(in_play.order, in_play.buyer)
    for number, (path, who, body) in enumerate(asked):
        answer = await app.api.post(path, who, body, key=f"{word}-{number}")
        assert INVALID == code(answer)
        assert "must be an ISO 4217" in answer.json()["errors"][0]["message"]
    assert journal == await app.api.events(in_play.order, in_play.buyer)
