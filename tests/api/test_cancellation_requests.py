"""A buyer's wish that the seller cancels: asked, granted, refused, left unanswered."""

import pytest

from tests.api.conftest import DealIn, OpenDoor
from tests.api.readings import INSTANT, code, instant, journal, later, purses
from tests.house import DELIVER, Deal, House, eventually

ASK = {"reason": "Too slow."}
REFUSE = {"reason": "Almost done."}


async def asked(deal: Deal) -> Deal:
    await deal.act("request_cancellation", deal.buyer, ASK)
    return deal


async def test_a_wish_gives_the_seller_two_days(deal_in: DealIn) -> None:
    deal = await asked(await deal_in("in_progress"))
    wish = deal.order["cancellation_request"]
    assert {
        "id": wish["id"],
        "status": "asked",
        "reason": "Too slow.",
        "asked_at": INSTANT,
        "answer_by": INSTANT,
    } == wish
    assert later(wish["asked_at"], days=2) == instant(wish["answer_by"])
    assert "in_progress" == deal.order["state"]
    assert "open_dispute" not in deal.order["actions"]
    again = await deal.door.act(deal.order, "request_cancellation", deal.buyer, ASK)
    assert (409, "action-not-allowed") == code(again)


async def test_the_seller_grants_it_by_cancelling(deal_in: DealIn) -> None:
    deal = await asked(await deal_in("in_progress"))
    await deal.act("cancel", deal.seller)
    assert ("cancelled", None) == (deal.order["state"], deal.order["cancellation_request"])
    assert (10_000, 0) == await purses(deal)


async def test_a_refusal_lets_the_buyer_open_a_dispute(deal_in: DealIn) -> None:
    deal = await asked(await deal_in("in_progress"))
    await deal.act("refuse_cancellation", deal.seller, REFUSE)
    assert ("in_progress", "refused") == (
        deal.order["state"],
        deal.order["cancellation_request"]["status"],
    )
    assert "open_dispute" in (await deal.now())["actions"]
    await deal.act("open_dispute", deal.buyer, {"reason": "Nothing happens."})
    assert ("disputed", "Nothing happens.") == (
        deal.order["state"],
        deal.order["dispute"]["reason"],
    )


async def test_asking_again_leaves_the_buyer_the_right_to_open_a_dispute(deal_in: DealIn) -> None:
    deal = await asked(await deal_in("in_progress"))
    await deal.act("refuse_cancellation", deal.seller, REFUSE)
    await asked(deal)
    assert {"open_dispute"} <= set(deal.order["actions"])
    preview = await deal.door.act(deal.order, "open_dispute/preview", deal.buyer, {"reason": "No."})
    assert (200, "disputed") == (preview.status_code, preview.json()["state"])
    await deal.act("open_dispute", deal.buyer, {"reason": "No."})
    assert "disputed" == deal.order["state"]


async def test_the_second_refusal_before_any_delivery_opens_the_dispute(deal_in: DealIn) -> None:
    deal = await deal_in("in_progress")
    for _ in range(2):
        await asked(deal)
        await deal.act("refuse_cancellation", deal.seller, REFUSE)
    assert ("disputed", "Too slow.", {"id": deal.buyer.id, "role": "buyer"}) == (
        deal.order["state"],
        deal.order["dispute"]["reason"],
        deal.order["dispute"]["opened_by"],
    )
    assert "seller: refuse_cancellation → disputed" == (await journal(deal))[-1]


async def test_after_a_delivery_no_refusal_opens_it_by_itself(deal_in: DealIn) -> None:
    deal = await deal_in("revision_requested")
    await deal.act("accept_revision", deal.seller)
    for _ in range(3):
        await asked(deal)
        await deal.act("refuse_cancellation", deal.seller, REFUSE)
    assert "in_progress" == deal.order["state"]


async def test_a_delivery_ends_the_wish(deal_in: DealIn) -> None:
    deal = await asked(await deal_in("in_progress"))
    await deal.act("deliver", deal.seller, DELIVER)
    assert None is deal.order["cancellation_request"]
    late = await deal.door.act(deal.order, "refuse_cancellation", deal.seller, REFUSE)
    assert (409, "action-not-allowed") == code(late)


@pytest.mark.parametrize("state", ["pending", "delivered", "revision_refused", "disputed"])
async def test_it_is_a_wish_about_work_in_progress(walking: Deal, state: str) -> None:
    deal = await walking.reach(state)
    answer = await deal.door.act(deal.order, "request_cancellation", deal.buyer, ASK)
    assert (409, "action-not-allowed") == code(answer)


async def test_silence_lets_the_buyer_open_a_dispute(house: House, open_door: OpenDoor) -> None:
    deal = await house.deal(door=await open_door(cancellation_answer_window="PT1S"))
    deal.door = house.door
    await asked(await deal.reach("in_progress"))
    deal.order = await eventually(
        deal.now, lambda order: order["cancellation_request"]["status"] == "unanswered"
    )
    assert "deadline: leave_cancellation_unanswered → in_progress" == (await journal(deal))[-1]
    assert "open_dispute" in deal.order["actions"]
    await deal.act("open_dispute", deal.buyer, {"reason": "No answer."})
    assert "disputed" == deal.order["state"]
