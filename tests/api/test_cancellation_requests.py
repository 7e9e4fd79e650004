"""A buyer's wish that the seller cancels: asked, granted, refused, left unanswered."""

import pytest

from tests.api.assertions import INSTANT, code, instant, journal, later, wallets
from tests.api.conftest import AnotherApi, OrderIn
from tests.app_under_test import DELIVER, AppUnderTest, OrderInPlay, eventually

ASK = {"reason": "Too slow."}
REFUSE = {"reason": "Almost done."}


async def asked(in_play: OrderInPlay) -> OrderInPlay:
    await in_play.act("request_cancellation", in_play.buyer, ASK)
    return in_play


async def test_a_wish_gives_the_seller_two_days(order_in: OrderIn) -> None:
    in_play = await asked(await order_in("in_progress"))
    wish = in_play.order["cancellation_request"]
    assert {
        "id": wish["id"],
        "status": "asked",
        "reason": "Too slow.",
        "asked_at": INSTANT,
        "answer_by": INSTANT,
    } == wish
    assert later(wish["asked_at"], days=2) == instant(wish["answer_by"])
    assert "in_progress" == in_play.order["state"]
    assert "open_dispute" not in in_play.order["actions"]
    again = await in_play.api.act(in_play.order, "request_cancellation", in_play.buyer, ASK)
    assert (409, "action-not-allowed") == code(again)


async def test_the_seller_grants_it_by_cancelling(order_in: OrderIn) -> None:
    in_play = await asked(await order_in("in_progress"))
    await in_play.act("cancel", in_play.seller)
    assert ("cancelled", None) == (in_play.order["state"], in_play.order["cancellation_request"])
    assert (10_000, 0) == await wallets(in_play)


async def test_a_refusal_lets_the_buyer_open_a_dispute(order_in: OrderIn) -> None:
    in_play = await asked(await order_in("in_progress"))
    await in_play.act("refuse_cancellation", in_play.seller, REFUSE)
    assert ("in_progress", "refused") == (
        in_play.order["state"],
        in_play.order["cancellation_request"]["status"],
    )
    assert "open_dispute" in (await in_play.now())["actions"]
    await in_play.act("open_dispute", in_play.buyer, {"reason": "Nothing happens."})
    assert ("disputed", "Nothing happens.") == (
        in_play.order["state"],
        in_play.order["dispute"]["reason"],
    )


async def test_asking_again_leaves_the_buyer_the_right_to_open_a_dispute(order_in: OrderIn) -> None:
    in_play = await asked(await order_in("in_progress"))
    await in_play.act("refuse_cancellation", in_play.seller, REFUSE)
    await asked(in_play)
    assert {"open_dispute"} <= set(in_play.order["actions"])
    preview = await in_play.api.act(
        in_play.order, "open_dispute/preview", in_play.buyer, {"reason": "No."}
    )
    assert (200, "disputed") == (preview.status_code, preview.json()["state"])
    await in_play.act("open_dispute", in_play.buyer, {"reason": "No."})
    assert "disputed" == in_play.order["state"]


async def test_the_second_refusal_before_any_delivery_opens_the_dispute(order_in: OrderIn) -> None:
    in_play = await order_in("in_progress")
    for _ in range(2):
        await asked(in_play)
        await in_play.act("refuse_cancellation", in_play.seller, REFUSE)
    assert ("disputed", "Too slow.", {"id": in_play.buyer.id, "role": "buyer"}) == (
        in_play.order["state"],
        in_play.order["dispute"]["reason"],
        in_play.order["dispute"]["opened_by"],
    )
    assert "seller: refuse_cancellation → disputed" == (await journal(in_play))[-1]


async def test_after_a_delivery_no_refusal_opens_it_by_itself(order_in: OrderIn) -> None:
    in_play = await order_in("revision_requested")
    await in_play.act("accept_revision", in_play.seller)
    for _ in range(3):
        await asked(in_play)
        await in_play.act("refuse_cancellation", in_play.seller, REFUSE)
    assert "in_progress" == in_play.order["state"]


async def test_a_delivery_ends_the_wish(order_in: OrderIn) -> None:
    in_play = await asked(await order_in("in_progress"))
    await in_play.act("deliver", in_play.seller, DELIVER)
    assert None is in_play.order["cancellation_request"]
    late = await in_play.api.act(in_play.order, "refuse_cancellation", in_play.seller, REFUSE)
    assert (409, "action-not-allowed") == code(late)


@pytest.mark.parametrize("state", ["pending", "delivered", "revision_refused", "disputed"])
async def test_it_is_a_wish_about_work_in_progress(walking: OrderInPlay, state: str) -> None:
    in_play = await walking.reach(state)
    answer = await in_play.api.act(in_play.order, "request_cancellation", in_play.buyer, ASK)
    assert (409, "action-not-allowed") == code(answer)


async def test_silence_lets_the_buyer_open_a_dispute(
    app: AppUnderTest, another_api: AnotherApi
) -> None:
    in_play = await app.place_order(api=await another_api(cancellation_answer_window="PT1S"))
    in_play.api = app.api
    await asked(await in_play.reach("in_progress"))
    in_play.order = await eventually(
        in_play.now, lambda order: order["cancellation_request"]["status"] == "unanswered"
    )
    assert "deadline: leave_cancellation_unanswered → in_progress" == (await journal(in_play))[-1]
    assert "open_dispute" in in_play.order["actions"]
    await in_play.act("open_dispute", in_play.buyer, {"reason": "No answer."})
    assert "disputed" == in_play.order["state"]
