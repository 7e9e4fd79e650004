"""Idempotency-Key: the same key and body get the first answer again."""

from typing import Any

import httpx
import pytest

import api.action_service
from db.errors import Unavailable
from tests.api.assertions import code, extra_id, journal
from tests.api.conftest import OrderIn
from tests.api.keyed import ordered, orders_of, said
from tests.api.test_callers import disable_endpoints
from tests.app_under_test import DELIVER, OPERATOR, AppUnderTest, OrderInPlay, Person, somebody
from tests.contract import eur

SERVICE = {"title": "A logo", "price": eur(2000), "delivery_time": "P3D"}


@pytest.fixture(scope="module")
async def untouched(app: AppUnderTest) -> OrderInPlay:
    """A pending order, for tests that are refused whatever they ask for."""
    return await app.place_order()


@pytest.fixture(scope="module")
async def many(app: AppUnderTest) -> OrderInPlay:
    """A pending order whose buyer can pay for many more."""
    return await app.place_order(money=100_000)


# --- where a key is required -----------------------------------------------------------------


@pytest.mark.parametrize("key", [None, ""], ids=["none", "empty"])
async def test_an_order_needs_a_key(
    app: AppUnderTest, untouched: OrderInPlay, key: str | None
) -> None:
    in_play = untouched
    body = {"service_id": in_play.service["id"], "brief": "Without."}
    headers = {} if key is None else {"Idempotency_Key": key}
    answer = await app.api.post("/v1/orders", in_play.buyer, body, **headers)
    assert (400, "idempotency-key-required") == code(answer)
    assert (1, 8_000) == (
        await orders_of(app, in_play.buyer),
        await app.api.balance(in_play.buyer),
    )


@pytest.mark.parametrize("what", ["top-ups", "payouts"])
async def test_money_from_and_to_the_world_needs_a_key(app: AppUnderTest, what: str) -> None:
    who = somebody("somebody")
    answer = await app.api.post(f"/v1/wallets/{who.id}/{what}", OPERATOR, eur(1))
    assert (400, "idempotency-key-required") == code(answer)
    assert 0 == await app.api.balance(who)


# --- the same again ----------------------------------------------------------------------------


async def test_a_repeated_order_is_the_first_one(app: AppUnderTest, order_in: OrderIn) -> None:
    in_play = await order_in("pending")
    first, second = [await ordered(app, in_play, "again") for _ in range(2)]
    assert 201 == first.status_code
    assert said(first) == said(second)
    assert (2, 6_000) == (await orders_of(app, in_play.buyer), await app.api.balance(in_play.buyer))


async def test_a_repeated_service_is_the_first_one(app: AppUnderTest) -> None:
    seller = somebody("seller")
    first, second = [
        await app.api.post("/v1/services", seller, SERVICE, key="again") for _ in range(2)
    ]
    listed = await app.api.get(f"/v1/services?seller_id={seller.id}", seller)
    assert 201 == first.status_code
    assert said(first) == said(second)
    assert [first.json()] == listed.json()["items"]


async def test_a_repeated_top_up_and_payout_move_money_once(app: AppUnderTest) -> None:
    who = somebody("somebody")
    answers = [
        await app.api.post(
            f"/v1/wallets/{who.id}/{what}", OPERATOR, eur(amount), key=f"{who}{what}"
        )
        for what, amount in [("top-ups", 500), ("top-ups", 500), ("payouts", 200), ("payouts", 200)]
    ]
    assert [201] * 4 == [answer.status_code for answer in answers]
    assert said(answers[0]) == said(answers[1])
    assert said(answers[2]) == said(answers[3])
    assert 300 == await app.api.balance(who)


async def test_a_repeated_action_is_answered_as_at_first_though_the_order_moved_on(
    app: AppUnderTest,
    order_in: OrderIn,
) -> None:
    in_play = await order_in("pending")
    first = await app.api.act(in_play.order, "accept", in_play.seller, key="again")
    await in_play.act("deliver", in_play.seller, DELIVER)
    again = await app.api.act(in_play.order, "accept", in_play.seller, key="again")
    assert (200, "in_progress") == (first.status_code, first.json()["state"])
    assert said(first) == said(again)
    assert 3 == len(await journal(in_play))


@pytest.mark.parametrize("state", ["pending", "completed"])
async def test_a_repeated_refusal_is_the_first_one(
    app: AppUnderTest, order_in: OrderIn, state: str
) -> None:
    in_play = await order_in(state)
    events = len(await journal(in_play))
    first, second = [
        await app.api.act(in_play.order, "deliver", in_play.seller, DELIVER, key="again")
        for _ in range(2)
    ]
    assert 409 == first.status_code
    assert said(first) == said(second)
    assert events + 1 == len(await journal(in_play))


async def test_a_refusal_for_want_of_money_stays_one(app: AppUnderTest) -> None:
    in_play = await (await app.place_order(money=2_000)).reach("in_progress")
    orders = [await ordered(app, in_play, "order")]
    extras = [
        await app.api.act(in_play.order, "buy_extra", in_play.buyer, extra_id(in_play), key="extra")
    ]
    await app.api.top_up(in_play.buyer, 5_000)
    orders.append(await ordered(app, in_play, "order"))
    extras.append(
        await app.api.act(in_play.order, "buy_extra", in_play.buyer, extra_id(in_play), key="extra")
    )
    assert [402, 402] == [orders[0].status_code, extras[0].status_code]
    assert said(orders[0]) == said(orders[1])
    assert said(extras[0]) == said(extras[1])
    assert 5_000 == await app.api.balance(in_play.buyer)


NEW_KEY = "This answer stays with its Idempotency-Key: once there is more money use a new key."


@pytest.mark.parametrize("key", [None, "extra"])
async def test_a_refusal_for_want_of_money_says_what_becomes_of_its_key(
    app: AppUnderTest, key: str | None
) -> None:
    in_play = await (await app.place_order(money=2_000)).reach("in_progress")
    for what in ("buy_extra", "buy_extra/preview"):
        given = None if key is None else f"{key} {what}"
        answer = await app.api.act(in_play.order, what, in_play.buyer, extra_id(in_play), key=given)
        assert 402 == answer.status_code
        assert (key is not None) is answer.json()["detail"].endswith(NEW_KEY), answer.text


@pytest.mark.parametrize("path", ["/v1/orders", "/v1/wallets/{}/payouts"])
async def test_who_has_no_money_is_told_to_use_a_new_key(app: AppUnderTest, path: str) -> None:
    in_play = await app.place_order(money=2_000)
    body = (
        {"service_id": in_play.service["id"], "brief": "Too dear."} if "orders" in path else eur(1)
    )
    who = in_play.buyer if "orders" in path else OPERATOR
    answer = await app.api.post(path.format(in_play.buyer.id), who, body, key="too little")
    assert 402 == answer.status_code
    assert answer.json()["detail"].endswith(NEW_KEY)


def replayed(answer: httpx.Response) -> bool:
    """Whether an answer says that it was given before."""
    given = answer.headers.get("Idempotency-Replayed")
    assert given in (None, "true")
    return given is not None


async def test_every_replay_says_that_it_is_one(app: AppUnderTest, order_in: OrderIn) -> None:
    in_play = await order_in("pending")
    calls: list[tuple[str, Person, Any]] = [
        ("/v1/services", in_play.seller, SERVICE),
        ("/v1/orders", in_play.buyer, {"service_id": in_play.service["id"], "brief": "Once."}),
        (f"/v1/orders/{in_play.order['id']}/actions/deliver", in_play.seller, DELIVER),
        (f"/v1/orders/{in_play.order['id']}/actions/accept/preview", in_play.seller, {}),
        (f"/v1/orders/{in_play.order['id']}/actions/accept", in_play.seller, {}),
        (f"/v1/wallets/{in_play.buyer.id}/top-ups", OPERATOR, eur(5)),
        (f"/v1/wallets/{in_play.seller.id}/payouts", OPERATOR, eur(5)),
        ("/v1/webhook-endpoints", OPERATOR, {"url": "https://93.184.215.14/hooks"}),
    ]
    for number, (path, who, body) in enumerate(calls):
        key = f"{in_play.order['id']} {number}"
        first, *more = [await app.api.post(path, who, body, key=key) for _ in range(3)]
        assert first.status_code < 500, first.text
        assert [False, True, True] == [replayed(one) for one in (first, *more)], path
    await disable_endpoints(app)


async def test_what_has_no_key_is_no_replay(app: AppUnderTest, order_in: OrderIn) -> None:
    in_play = await order_in("pending")
    answers = [await app.api.act(in_play.order, "accept", in_play.seller) for _ in range(2)]
    assert [(200, False), (409, False)] == [(one.status_code, replayed(one)) for one in answers]


async def test_without_a_key_the_same_is_done_twice(app: AppUnderTest, order_in: OrderIn) -> None:
    in_play = await order_in("pending")
    answers = [await app.api.act(in_play.order, "accept", in_play.seller) for _ in range(2)]
    assert [200, 409] == [answer.status_code for answer in answers]
    assert 3 == len(await journal(in_play))


async def test_a_body_that_says_the_same_is_the_same(app: AppUnderTest) -> None:
    seller = somebody("seller")
    written = [
        b'{"title":"A logo","price":{"amount":2000,"currency":"EUR"},"delivery_time":"P2D"}',
        b'{ "delivery_time": "PT48H", "price": {"currency": "EUR", "amount": 2000},'
        b' "title": "  A logo ", "extras": [] }',
    ]
    headers = seller.headers | {"Idempotency-Key": "again", "Content-Type": "application/json"}
    answers = [
        await app.api.client.post("/v1/services", content=body, headers=headers) for body in written
    ]
    assert 201 == answers[0].status_code
    assert said(answers[0]) == said(answers[1])


async def test_a_link_spelled_in_another_way_is_the_same(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("in_progress")
    first, *again = [
        await app.api.act(
            in_play.order, "deliver", in_play.seller, {**DELIVER, "links": [link]}, key="l"
        )
        for link in ("https:files.example/x", "https:files.example/x", "https://files.example/x")
    ]
    assert 200 == first.status_code
    assert [said(first)] * 2 == [said(answer) for answer in again]


# --- what a key may be ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "key", ["k", "k" * 255, '"quoted"', "a b", "ü", "'; DROP TABLE orders; --", "%00"], ids=repr
)
async def test_a_key_may_be_any_printable_text(
    app: AppUnderTest, many: OrderInPlay, key: str
) -> None:
    in_play = many
    headers = [(b"Idempotency-Key", key.encode("latin-1"))]
    headers += [(name.encode(), value.encode()) for name, value in in_play.buyer.headers.items()]
    body = {"service_id": in_play.service["id"], "brief": "Once."}
    answers = [
        await app.api.client.post("/v1/orders", json=body, headers=headers) for _ in range(2)
    ]
    assert 201 == answers[0].status_code
    assert said(answers[0]) == said(answers[1])


@pytest.mark.parametrize(
    "key", [b"k" * 256, b"k" * 5_000, b"tab\tbed", b"\x81\x82", "日本".encode()], ids=repr
)
async def test_a_key_that_is_too_long_or_not_printable_is_refused(
    app: AppUnderTest, untouched: OrderInPlay, key: bytes
) -> None:
    in_play = untouched
    headers = [(b"Idempotency-Key", key)]
    headers += [(name.encode(), value.encode()) for name, value in in_play.buyer.headers.items()]
    body = {"service_id": in_play.service["id"], "brief": "Once."}
    answer = await app.api.client.post("/v1/orders", json=body, headers=headers)
    assert (422, "invalid-request") == code(answer)
    assert ["header.Idempotency-Key"] == [error["field"] for error in answer.json()["errors"]]
    assert 8_000 == await app.api.balance(in_play.buyer)


# --- what is kept --------------------------------------------------------------------------------


async def test_an_answer_that_cannot_be_kept_does_not_say_that_nothing_changed(
    app: AppUnderTest, order_in: OrderIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> Any:
        raise Unavailable

    in_play = await order_in("pending")
    with monkeypatch.context() as broken:
        broken.setattr(api.action_service, "keep", away)
        taken = await app.api.act(in_play.order, "accept", in_play.seller, key="kept-later")
    assert (202, "in_progress") == (taken.status_code, (await in_play.now())["state"])
    request = await app.api.get(taken.headers["Location"], in_play.seller)
    assert request.json()["outcome"]["accepted"] is True
    again = await app.api.act(in_play.order, "accept", in_play.seller, key="kept-later")
    assert (200, "in_progress") == (again.status_code, again.json()["state"])


@pytest.mark.parametrize(
    ("action", "headers", "status"),
    [("complete", {}, 409), ("accept", {"If_Match": '"99"'}, 412)],
)
async def test_a_refusal_that_could_be_another_later_says_what_becomes_of_its_key(
    app: AppUnderTest, action: str, headers: dict[str, str], status: int
) -> None:
    in_play = await app.place_order()
    who = in_play.buyer if action == "complete" else in_play.seller
    path = f"/v1/orders/{in_play.order['id']}/actions/{action}"
    keyed = await app.api.post(path, who, key=f"kept-{who.id}", **headers)
    without = await app.api.post(path, who, **headers)
    said = "This answer stays with its Idempotency-Key: to try again use a new key."
    assert (status, status) == (keyed.status_code, without.status_code)
    assert f"{without.json()['detail']} {said}" == keyed.json()["detail"]
