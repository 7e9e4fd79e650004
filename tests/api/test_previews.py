"""Previews: what an action would do, told before it is done, by the code that does it."""

from typing import Any

import httpx
import pytest

from tests.api.assertions import code, extra_id, ledger, wallets
from tests.api.bodies import body_for
from tests.api.conftest import OrderIn
from tests.app_under_test import (
    DELIVER,
    MEDIATOR,
    OPERATOR,
    AppUnderTest,
    Json,
    OrderInPlay,
    Person,
    somebody,
)
from tests.contract import eur

SPLIT = {"outcome": "split", "refund": eur(501), "reasons": "Half way."}


async def look(
    in_play: OrderInPlay, action: str, who: Person, body: Any = None, **headers: str
) -> httpx.Response:
    path = f"/v1/orders/{in_play.order['id']}/actions/{action}/preview"
    return await in_play.api.call("POST", path, who, body, **headers)


def changes(seen: Json) -> dict[str, int]:
    return {one["account"]: one["amount"]["amount"] for one in seen["money"]}


CASES: list[tuple[str, str, str, Any, str, dict[str, int]]] = [
    # state, who, action, body, the state after it, the money
    ("pending", "seller", "accept", None, "in_progress", {}),
    ("pending", "buyer", "cancel", None, "cancelled", {"buyer_wallet": 2000, "escrow": -2000}),
    ("in_progress", "seller", "deliver", DELIVER, "delivered", {}),
    (
        "in_progress",
        "seller",
        "cancel",
        {"reason": "No."},
        "cancelled",
        {"buyer_wallet": 2000, "escrow": -2000},
    ),
    (
        "delivered",
        "buyer",
        "complete",
        None,
        "completed",
        {"seller_wallet": 1600, "escrow": -2000, "commission": 400},
    ),
    ("revision_requested", "seller", "refuse_revision", None, "revision_refused", {}),
    ("revision_refused", "buyer", "open_dispute", None, "disputed", {}),
    ("disputed", "mediator", "assign", None, "disputed", {}),
    ("disputed", "mediator", "release", None, "disputed", {}),
    ("disputed", "operator", "assign", {"mediator_id": MEDIATOR.id}, "disputed", {}),
    (
        "disputed",
        "mediator",
        "resolve",
        SPLIT,
        "settled",
        {"buyer_wallet": 501, "seller_wallet": 1200, "escrow": -2000, "commission": 299},
    ),
]


@pytest.mark.parametrize(("state", "role", "action", "body", "after", "money"), CASES)
async def test_a_preview_says_what_the_action_then_does(
    order_in: OrderIn,
    walking: OrderInPlay,
    state: str,
    role: str,
    action: str,
    body: Any,
    after: str,
    money: dict[str, int],
) -> None:
    in_play = await (order_in(state) if action in ("cancel", "complete") else walking.reach(state))
    who = {"mediator": MEDIATOR, "operator": OPERATOR}.get(role) or getattr(in_play, role)
    body = body or body_for(action)
    before, purses_before = await in_play.now(), await wallets(in_play)
    answer = await look(in_play, action, who, body)
    seen = answer.json()
    assert (200, after, money) == (answer.status_code, seen["state"], changes(seen))
    assert all(seen["notes"])
    assert (before, purses_before) == (await in_play.now(), await wallets(in_play))
    await in_play.act(action, who, body)
    assert after == in_play.order["state"]
    gained = [now - was for now, was in zip(await wallets(in_play), purses_before, strict=True)]
    assert [money.get("buyer_wallet", 0), money.get("seller_wallet", 0)] == gained


async def test_a_purchase_shows_its_price_and_the_new_due_date(order_in: OrderIn) -> None:
    in_play = await order_in("revision_refused")
    seen = (await look(in_play, "buy_extra", in_play.buyer, extra_id(in_play))).json()
    assert {"buyer_wallet": -500, "escrow": 500} == changes(seen)
    assert ("in_progress", "delivery", "late") == (
        seen["state"],
        seen["deadline"]["reason"],
        seen["deadline"]["on_expiry"],
    )
    assert ["hold: buyer → escrow 2000"] == await ledger(in_play)


async def test_what_would_be_refused_is_refused_alike(order_in: OrderIn) -> None:
    in_play = await order_in("delivered")
    for action, who, body in (
        ("accept", in_play.seller, None),
        ("complete", in_play.seller, None),
        ("complete", somebody("stranger"), None),
        ("propose_settlement", in_play.buyer, {"refund": eur(2000)}),
        ("propose_settlement", in_play.buyer, {"refund": eur(0)}),
        ("buy_extra", in_play.buyer, {"extra_id": "none"}),
        ("accept_offer", in_play.buyer, {"offer_id": "none"}),
    ):
        seen, done = (
            await look(in_play, action, who, body),
            await in_play.api.act(in_play.order, action, who, body),
        )
        assert seen.json() == done.json()
        assert seen.status_code == done.status_code >= 400


async def test_a_preview_leaves_nothing_in_the_journal(order_in: OrderIn) -> None:
    in_play = await order_in("delivered")
    before = await in_play.api.events(in_play.order, in_play.buyer)
    await look(in_play, "complete", in_play.buyer)
    await look(in_play, "accept", in_play.seller)
    assert before == await in_play.api.events(in_play.order, in_play.buyer)


async def test_who_cannot_pay_is_told_so(app: AppUnderTest) -> None:
    in_play = await app.place_order(money=2_499)
    answer = await look(in_play, "buy_extra", in_play.buyer, extra_id(in_play))
    assert (402, "insufficient-funds") == code(answer)
    assert "4.99 EUR" in answer.json()["detail"]


async def test_a_preview_of_an_order_that_has_moved_on_says_so(order_in: OrderIn) -> None:
    in_play = await order_in("delivered")
    stale = await look(in_play, "complete", in_play.buyer, if_match='"1"')
    several = await look(in_play, "complete", in_play.buyer, if_match='"1", W/"7", "3"')
    assert 200 == several.status_code
    fresh = await look(in_play, "complete", in_play.buyer, if_match=f'"{in_play.order["version"]}"')
    assert (412, "version-mismatch") == code(stale)
    assert 200 == fresh.status_code


async def test_notes_come_in_the_readers_language_and_time_zone(order_in: OrderIn) -> None:
    in_play = await order_in("in_progress")
    asked = await look(
        in_play, "deliver", in_play.seller, DELIVER, accept_language="fr-CH, en;q=0.3"
    )
    assert "L’acheteur" in " ".join(asked.json()["notes"])
    wish = {
        "language": "fr",
        "email": None,
        "time_zone": "Europe/Paris",
        "channels": {"email": False},
    }
    said = await in_play.api.call("PUT", "/v1/me", in_play.buyer, wish)
    assert 200 == said.status_code
    seen = await look(in_play, "request_cancellation", in_play.buyer, {"reason": "Slow."})
    assert "Europe/Paris" in " ".join(seen.json()["notes"])


async def test_a_seller_sees_what_a_cancellation_would_do_to_their_rate(app: AppUnderTest) -> None:
    seller = somebody("seller")
    orders_in_play = [await order_of(app, seller, "completed") for _ in range(5)]
    last = await order_of(app, seller, "in_progress")
    seen = (await look(last, "cancel", seller)).json()
    assert {"before": 1.0, "after": 0.8333} == seen["completion_rate"]
    assert "83" in " ".join(seen["notes"])
    for who in (OPERATOR,):
        other = (await look(last, "cancel", who)).json()
        assert None is other["completion_rate"]
    assert 5 == len(orders_in_play)


async def order_of(app: AppUnderTest, seller: Person, state: str) -> OrderInPlay:
    return await (await app.place_order(seller=seller)).reach(state)
