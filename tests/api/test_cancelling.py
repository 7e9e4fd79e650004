"""Cancelling: by the seller, by the buyer, by an operator. The buyer gets everything back."""

import pytest

from tests.api.assertions import code, journal, ledger, wallets
from tests.api.conftest import OrderIn
from tests.app_under_test import OPERATOR, AppUnderTest, OrderInPlay, Person, eventually, somebody
from tests.contract import eur

REASON = {"reason": "I am ill."}


def refunded(by: str) -> dict[str, object]:
    return {
        "kind": "cancelled",
        "by": by,
        "cause": "cancel",
        "refunded": eur(2000),
        "paid_to_seller": eur(0),
        "commission": eur(0),
        "charged_back": None,
    }


async def check_cancelled(in_play: OrderInPlay, who: Person, role: str) -> None:
    await in_play.act("cancel", who, REASON)
    assert refunded(role) == in_play.order["outcome"]
    assert ("cancelled", None, []) == (
        in_play.order["state"],
        in_play.order["deadline"],
        in_play.order["actions"],
    )
    assert (10_000, 0) == await wallets(in_play)
    assert ["hold: buyer → escrow 2000", "refund: escrow → buyer 2000"] == await ledger(in_play)
    assert f"{role}: cancel → cancelled" == (await journal(in_play))[-1]
    assert REASON == (await in_play.api.events(in_play.order, in_play.seller))[-1]["fields"]


@pytest.mark.parametrize(
    "state", ["pending", "in_progress", "delivered", "revision_requested", "revision_refused"]
)
async def test_the_seller_cancels_whatever_is_not_disputed(order_in: OrderIn, state: str) -> None:
    in_play = await order_in(state)
    await check_cancelled(in_play, in_play.seller, "seller")


@pytest.mark.parametrize("state", ["in_progress", "disputed"])
async def test_an_operator_cancels_whatever_runs(order_in: OrderIn, state: str) -> None:
    in_play = await order_in(state)
    await check_cancelled(in_play, OPERATOR, "operator")


async def test_the_buyer_cancels_what_nobody_has_accepted(order_in: OrderIn) -> None:
    in_play = await order_in("pending")
    await check_cancelled(in_play, in_play.buyer, "buyer")


async def test_the_buyer_cancels_what_is_late(app: AppUnderTest) -> None:
    in_play = await (await app.place_order(delivery_time="PT1S")).reach("in_progress")
    await eventually(in_play.now, lambda order: order["late"] and order["deadline"] is None)
    await check_cancelled(in_play, in_play.buyer, "buyer")


@pytest.mark.parametrize("state", ["in_progress", "delivered"])
async def test_the_buyer_cancels_nothing_else(
    app: AppUnderTest, order_in: OrderIn, state: str
) -> None:
    in_play = await order_in(state)
    answer = await app.api.act(in_play.order, "cancel", in_play.buyer)
    assert (409, "action-not-allowed") == code(answer)
    assert "cancel" not in answer.json()["actions"]
    assert 8_000 == await app.api.balance(in_play.buyer)


async def test_an_operator_who_is_a_party_is_only_a_party(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("disputed")
    for party in (in_play.buyer, in_play.seller):
        as_operator = Person(party.id, ("user", "operator"))
        answer = await app.api.act(in_play.order, "cancel", as_operator)
        assert (409, "action-not-allowed") == code(answer)
        assert ["propose_settlement", "add_statement"] == answer.json()["actions"]


async def test_a_stranger_cancels_nothing(app: AppUnderTest, order_in: OrderIn) -> None:
    in_play = await order_in("pending")
    answer = await app.api.act(in_play.order, "cancel", somebody("stranger"))
    assert (404, "not-found") == code(answer)
    assert ["buyer: place → pending"] == await journal(in_play)
