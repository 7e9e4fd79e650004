"""Custom offers: asked for, made, withdrawn, declined, accepted, lapsed."""

import asyncio
import json

import pytest

from tests.api.assertions import code, extra_id, instant, journal, later, ledger, wallets
from tests.api.conftest import AnotherApi, OrderIn
from tests.app_under_test import AppUnderTest, Json, OrderInPlay, eventually, in_time
from tests.contract import eur

OFFER = {
    "title": "A letterhead",
    "description": "In the same blue.",
    "price": eur(500),
    "delivery_time": "P2D",
}
STATES = ["in_progress", "delivered", "revision_refused"]


async def offered(in_play: OrderInPlay, **changes: object) -> OrderInPlay:
    await in_play.act("make_offer", in_play.seller, {**OFFER, **changes})
    return in_play


def naming(in_play: OrderInPlay) -> Json:
    return {"offer_id": in_play.order["offer"]["id"]}


@pytest.mark.parametrize("state", STATES)
async def test_an_accepted_offer_is_paid_and_worked_on(order_in: OrderIn, state: str) -> None:
    in_play = await order_in(state)
    due = in_play.order["due_at"]
    await in_play.act("request_offer", in_play.buyer, {"description": "A letterhead, too."})
    await offered(in_play)
    seen = in_play.order["offer"]
    assert {name: seen[name] for name in OFFER} == OFFER
    assert later(seen["made_at"], days=7) == instant(seen["lapses_at"])
    await in_play.act("accept_offer", in_play.buyer, naming(in_play))
    assert ("in_progress", None, eur(2500)) == (
        in_play.order["state"],
        in_play.order["offer"],
        in_play.order["total"],
    )
    start = due if state == "in_progress" else in_play.order["updated_at"]
    assert later(start, days=2) == instant(in_play.order["due_at"])
    assert [("service", "A logo"), ("offer", "A letterhead")] == [
        (line["kind"], line["title"]) for line in in_play.order["lines"]
    ]
    assert ["hold: buyer → escrow 2000", "hold: buyer → escrow 500"] == await ledger(in_play)
    await in_play.act("deliver", in_play.seller, {"message": "Both."})
    await in_play.act("complete", in_play.buyer)
    assert (7_500, 2_000) == await wallets(in_play)


@pytest.mark.parametrize(
    ("action", "role"), [("withdraw_offer", "seller"), ("decline_offer", "buyer")]
)
async def test_an_offer_is_closed_by_either_side(order_in: OrderIn, action: str, role: str) -> None:
    in_play = await offered(await order_in("delivered"))
    named = naming(in_play)
    await in_play.act(action, getattr(in_play, role), named)
    assert None is in_play.order["offer"]
    late = await in_play.api.act(in_play.order, "accept_offer", in_play.buyer, named)
    assert (409, "action-not-allowed") == code(late)
    assert eur(2000) == (await offered(in_play)).order["total"]


async def test_at_most_one_offer_is_open(order_in: OrderIn) -> None:
    in_play = await offered(await order_in("in_progress"))
    second = await in_play.api.act(in_play.order, "make_offer", in_play.seller, OFFER)
    assert (409, "action-not-allowed") == code(second)


async def test_an_offer_is_accepted_by_its_name(order_in: OrderIn) -> None:
    in_play = await offered(await order_in("in_progress"))
    first = naming(in_play)
    await in_play.act("withdraw_offer", in_play.seller, first)
    await offered(in_play, price=eur(900))
    answer = await in_play.api.act(in_play.order, "accept_offer", in_play.buyer, first)
    assert (409, "action-not-allowed") == code(answer)
    assert eur(2000) == (await in_play.now())["total"]


async def test_an_offer_that_the_buyer_cannot_pay_stays_open(order_in: OrderIn) -> None:
    in_play = await offered(await order_in("delivered"), price=eur(8_001))
    answer = await in_play.api.act(in_play.order, "accept_offer", in_play.buyer, naming(in_play))
    assert (402, "insufficient-funds") == code(answer)
    order = await in_play.now()
    assert ("delivered", in_play.order["offer"]) == (order["state"], order["offer"])
    assert (8_000, 0) == await wallets(in_play)
    await in_play.api.top_up(in_play.buyer, 1)
    await in_play.act("accept_offer", in_play.buyer, naming(in_play))
    assert (0, 0) == await wallets(in_play)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("price", {"amount": 0, "currency": "EUR"}),
        ("price", {"amount": 500, "currency": "USD"}),
        ("delivery_time", "PT0S"),
        ("title", ""),
    ],
)
async def test_an_offer_that_is_none_is_refused(
    walking: OrderInPlay, field: str, value: object
) -> None:
    in_play = await walking.reach("in_progress")
    answer = await in_play.api.act(
        in_play.order, "make_offer", in_play.seller, {**OFFER, field: value}
    )
    assert (422, "invalid-request") == code(answer)
    assert answer.json()["errors"][0]["field"].startswith(f"body.{field}")
    assert None is (await in_play.now())["offer"]


async def test_an_offer_lapses_by_itself(app: AppUnderTest, another_api: AnotherApi) -> None:
    async def attempt(window: str) -> OrderInPlay:
        in_play = await app.place_order(api=await another_api(offer_window=window))
        in_play.api = app.api
        await offered(await in_play.reach("delivered"))
        assert in_play.order["offer"]
        return in_play

    in_play = await in_time(attempt)
    lapses = instant(in_play.order["offer"]["lapses_at"])
    named = naming(in_play)
    in_play.order = await eventually(in_play.now, lambda order: order["offer"] is None)
    assert "deadline: lapse_offer → delivered" == (await journal(in_play))[-1]
    assert lapses < instant(in_play.order["updated_at"])
    late = await app.api.act(in_play.order, "accept_offer", in_play.buyer, named)
    assert (409, "deadline-passed") == code(late)
    assert (8_000, 0) == await wallets(in_play)


async def test_accepting_and_cancelling_at_once_does_one_of_both(order_in: OrderIn) -> None:
    for _ in range(3):
        in_play = await offered(await order_in("delivered"))
        accepted, cancelled = await asyncio.gather(
            in_play.api.act(in_play.order, "accept_offer", in_play.buyer, naming(in_play)),
            in_play.api.act(in_play.order, "cancel", in_play.seller),
        )
        order = await in_play.now()
        assert cancelled.status_code == 200
        assert "cancelled" == order["state"]
        assert accepted.status_code in (200, 409)
        assert (10_000, 0) == await wallets(in_play)
        assert order["outcome"]["refunded"] == eur(2500 if accepted.status_code == 200 else 2000)


async def test_a_change_of_the_total_closes_the_proposals(order_in: OrderIn) -> None:
    in_play = await order_in("delivered")
    await in_play.act("propose_settlement", in_play.buyer, {"refund": eur(500)})
    await offered(in_play)
    assert 1 == len(in_play.order["settlements"])
    await in_play.act("accept_offer", in_play.buyer, naming(in_play))
    assert [] == in_play.order["settlements"]
    await in_play.act("propose_settlement", in_play.seller, {"refund": eur(500)})
    await in_play.act("buy_extra", in_play.buyer, extra_id(in_play))
    assert [] == in_play.order["settlements"]


async def test_a_long_time_is_written_in_days(app: AppUnderTest) -> None:
    """Whoever reads P1Y1D as of their calendar, or not at all, would have another deadline."""
    in_play = await app.place_order(delivery_time="P366D", revision_time="P365D", extras=[])
    await offered(await in_play.reach("in_progress"), delivery_time="P366D")
    documents = (
        in_play.service,
        in_play.order,
        *await app.api.events(in_play.order, in_play.seller),
    )
    assert "P1Y" not in json.dumps(documents)
    assert ("P366D", "P365D") == (
        in_play.service["delivery_time"],
        in_play.service["revision_time"],
    )
    assert "P366D" == in_play.order["offer"]["delivery_time"]
