"""Custom offers: asked for, made, withdrawn, declined, accepted, lapsed."""

import asyncio
import json

import pytest

from tests.api.conftest import DealIn, OpenDoor
from tests.api.readings import code, eur, extra_id, instant, journal, later, ledger, purses
from tests.house import Deal, House, Json, eventually

OFFER = {
    "title": "A letterhead",
    "description": "In the same blue.",
    "price": eur(500),
    "delivery_time": "P2D",
}
STATES = ["in_progress", "delivered", "revision_refused"]


async def offered(deal: Deal, **changes: object) -> Deal:
    await deal.act("make_offer", deal.seller, {**OFFER, **changes})
    return deal


def naming(deal: Deal) -> Json:
    return {"offer_id": deal.order["offer"]["id"]}


@pytest.mark.parametrize("state", STATES)
async def test_an_accepted_offer_is_paid_and_worked_on(deal_in: DealIn, state: str) -> None:
    deal = await deal_in(state)
    due = deal.order["due_at"]
    await deal.act("request_offer", deal.buyer, {"description": "A letterhead, too."})
    await offered(deal)
    seen = deal.order["offer"]
    assert {name: seen[name] for name in OFFER} == OFFER
    assert later(seen["made_at"], days=7) == instant(seen["lapses_at"])
    await deal.act("accept_offer", deal.buyer, naming(deal))
    assert ("in_progress", None, eur(2500)) == (
        deal.order["state"],
        deal.order["offer"],
        deal.order["total"],
    )
    start = due if state == "in_progress" else deal.order["updated_at"]
    assert later(start, days=2) == instant(deal.order["due_at"])
    assert [("service", "A logo"), ("offer", "A letterhead")] == [
        (line["kind"], line["title"]) for line in deal.order["lines"]
    ]
    assert ["hold: buyer → escrow 2000", "hold: buyer → escrow 500"] == await ledger(deal)
    await deal.act("deliver", deal.seller, {"message": "Both."})
    await deal.act("complete", deal.buyer)
    assert (7_500, 2_000) == await purses(deal)


@pytest.mark.parametrize(
    ("action", "role"), [("withdraw_offer", "seller"), ("decline_offer", "buyer")]
)
async def test_an_offer_is_closed_by_either_side(deal_in: DealIn, action: str, role: str) -> None:
    deal = await offered(await deal_in("delivered"))
    named = naming(deal)
    await deal.act(action, getattr(deal, role), named)
    assert None is deal.order["offer"]
    late = await deal.door.act(deal.order, "accept_offer", deal.buyer, named)
    assert (409, "action-not-allowed") == code(late)
    assert eur(2000) == (await offered(deal)).order["total"]


async def test_at_most_one_offer_is_open(deal_in: DealIn) -> None:
    deal = await offered(await deal_in("in_progress"))
    second = await deal.door.act(deal.order, "make_offer", deal.seller, OFFER)
    assert (409, "action-not-allowed") == code(second)


async def test_an_offer_is_accepted_by_its_name(deal_in: DealIn) -> None:
    deal = await offered(await deal_in("in_progress"))
    first = naming(deal)
    await deal.act("withdraw_offer", deal.seller, first)
    await offered(deal, price=eur(900))
    answer = await deal.door.act(deal.order, "accept_offer", deal.buyer, first)
    assert (409, "action-not-allowed") == code(answer)
    assert eur(2000) == (await deal.now())["total"]


async def test_an_offer_that_the_buyer_cannot_pay_stays_open(deal_in: DealIn) -> None:
    deal = await offered(await deal_in("delivered"), price=eur(8_001))
    answer = await deal.door.act(deal.order, "accept_offer", deal.buyer, naming(deal))
    assert (402, "insufficient-funds") == code(answer)
    order = await deal.now()
    assert ("delivered", deal.order["offer"]) == (order["state"], order["offer"])
    assert (8_000, 0) == await purses(deal)
    await deal.door.top_up(deal.buyer, 1)
    await deal.act("accept_offer", deal.buyer, naming(deal))
    assert (0, 0) == await purses(deal)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("price", {"amount": 0, "currency": "EUR"}),
        ("price", {"amount": 500, "currency": "USD"}),
        ("delivery_time", "PT0S"),
        ("title", ""),
    ],
)
async def test_an_offer_that_is_none_is_refused(walking: Deal, field: str, value: object) -> None:
    deal = await walking.reach("in_progress")
    answer = await deal.door.act(deal.order, "make_offer", deal.seller, {**OFFER, field: value})
    assert (422, "invalid-request") == code(answer)
    assert answer.json()["errors"][0]["field"].startswith(f"body.{field}")
    assert None is (await deal.now())["offer"]


async def test_an_offer_lapses_by_itself(house: House, open_door: OpenDoor) -> None:
    deal = await house.deal(door=await open_door(offer_window="PT1S"))
    deal.door = house.door
    await offered(await deal.reach("delivered"))
    lapses = instant(deal.order["offer"]["lapses_at"])
    named = naming(deal)
    deal.order = await eventually(deal.now, lambda order: order["offer"] is None)
    assert "deadline: lapse_offer → delivered" == (await journal(deal))[-1]
    assert lapses < instant(deal.order["updated_at"])
    late = await house.door.act(deal.order, "accept_offer", deal.buyer, named)
    assert (409, "deadline-passed") == code(late)
    assert (8_000, 0) == await purses(deal)


async def test_accepting_and_cancelling_at_once_does_one_of_both(deal_in: DealIn) -> None:
    for _ in range(3):
        deal = await offered(await deal_in("delivered"))
        accepted, cancelled = await asyncio.gather(
            deal.door.act(deal.order, "accept_offer", deal.buyer, naming(deal)),
            deal.door.act(deal.order, "cancel", deal.seller),
        )
        order = await deal.now()
        assert cancelled.status_code == 200
        assert "cancelled" == order["state"]
        assert accepted.status_code in (200, 409)
        assert (10_000, 0) == await purses(deal)
        assert order["outcome"]["refunded"] == eur(2500 if accepted.status_code == 200 else 2000)


async def test_a_change_of_the_total_closes_the_proposals(deal_in: DealIn) -> None:
    deal = await deal_in("delivered")
    await deal.act("propose_settlement", deal.buyer, {"refund": eur(500)})
    await offered(deal)
    assert 1 == len(deal.order["settlements"])
    await deal.act("accept_offer", deal.buyer, naming(deal))
    assert [] == deal.order["settlements"]
    await deal.act("propose_settlement", deal.seller, {"refund": eur(500)})
    await deal.act("buy_extra", deal.buyer, extra_id(deal))
    assert [] == deal.order["settlements"]


async def test_a_long_time_is_written_in_days(house: House) -> None:
    """Whoever reads P1Y1D as of their calendar, or not at all, would have another deadline."""
    deal = await house.deal(delivery_time="P366D", revision_time="P365D", extras=[])
    await offered(await deal.reach("in_progress"), delivery_time="P366D")
    documents = (deal.service, deal.order, *await house.door.events(deal.order, deal.seller))
    assert "P1Y" not in json.dumps(documents)
    assert ("P366D", "P365D") == (deal.service["delivery_time"], deal.service["revision_time"])
    assert "P366D" == deal.order["offer"]["delivery_time"]
