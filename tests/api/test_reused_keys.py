"""Another request under a key that was used is refused; another caller's key is another one."""

from tests.api.assertions import SECOND_EXTRA, code, extra_id
from tests.api.conftest import OrderIn
from tests.api.keyed import ordered, said
from tests.app_under_test import OPERATOR, AppUnderTest, somebody
from tests.contract import eur

REUSED = (422, "idempotency-key-reused")


async def test_another_body_under_the_same_key_is_refused(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("pending")
    first = await ordered(app, in_play, "again")
    other = {"service_id": in_play.service["id"], "brief": "Another."}
    second = await app.api.post("/v1/orders", in_play.buyer, other, key="again")
    third = await ordered(app, in_play, "again")
    assert (201, REUSED, said(first)) == (first.status_code, code(second), said(third))
    assert 6_000 == await app.api.balance(in_play.buyer)


async def test_another_extra_under_the_same_key_is_refused(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("in_progress")
    answers = [
        await app.api.act(
            in_play.order, "buy_extra", in_play.buyer, extra_id(in_play, extra), key="one"
        )
        for extra in (0, SECOND_EXTRA)
    ]
    assert [200, 422] == [answer.status_code for answer in answers]
    assert 7_500 == await app.api.balance(in_play.buyer)


async def test_another_sum_under_the_same_key_is_refused(app: AppUnderTest) -> None:
    who = somebody("somebody")
    path = f"/v1/wallets/{who.id}/top-ups"
    bodies = [eur(500), eur(501), {"amount": 500, "currency": "USD"}]
    answers = [await app.api.post(path, OPERATOR, body, key=who.id) for body in bodies]
    assert [201, 422, 422] == [answer.status_code for answer in answers]
    assert (500, 0) == (await app.api.balance(who), await app.api.balance(who, "USD"))


async def test_another_address_under_the_same_key_is_refused(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("pending")
    other = await app.place_order()
    other.order["id"], elsewhere = in_play.order["id"], other.order["id"]
    first = await app.api.act(in_play.order, "cancel", OPERATOR, key=f"{in_play.order['id']}")
    answers = [
        await app.api.act(in_play.order, "accept", OPERATOR, key=f"{in_play.order['id']}"),
        await app.api.act({"id": elsewhere}, "cancel", OPERATOR, key=f"{in_play.order['id']}"),
        await app.api.post(
            f"/v1/wallets/{in_play.buyer.id}/top-ups",
            OPERATOR,
            eur(1),
            key=f"{in_play.order['id']}",
        ),
    ]
    untouched = await app.api.order(elsewhere, OPERATOR)
    assert (200, [REUSED] * 3) == (first.status_code, [code(answer) for answer in answers])
    assert "pending" == untouched["state"]


async def test_another_caller_may_use_the_same_key(app: AppUnderTest, order_in: OrderIn) -> None:
    in_play = await order_in("pending")
    another = somebody("buyer")
    await app.api.top_up(another, 2_000)
    answers = [
        await ordered(app, in_play, "shared"),
        await ordered(app, in_play, "shared", another),
        await app.api.act(in_play.order, "accept", in_play.seller, key="shared"),
    ]
    assert [201, 201, 200] == [answer.status_code for answer in answers]
    assert answers[0].json()["id"] != answers[1].json()["id"]
    assert another.id == answers[1].json()["buyer_id"]


async def test_a_key_is_of_no_use_to_whom_the_order_is_hidden_from(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("pending")
    await app.api.act(in_play.order, "accept", in_play.seller, key="shared")
    answer = await app.api.act(in_play.order, "accept", somebody("stranger"), key="shared")
    assert (404, "not-found") == code(answer)
