"""Cancelling: by the seller, by the buyer, by an operator. The buyer gets everything back."""

import pytest

from tests.api.conftest import DealIn
from tests.api.readings import code, eur, journal, ledger, purses
from tests.house import OPERATOR, Deal, House, Person, eventually, somebody

REASON = {"reason": "I am ill."}


def refunded(by: str) -> dict[str, object]:
    return {
        "kind": "cancelled",
        "by": by,
        "cause": "cancel",
        "refunded": eur(2000),
        "paid_to_seller": eur(0),
        "commission": eur(0),
    }


async def check_cancelled(deal: Deal, who: Person, role: str) -> None:
    await deal.act("cancel", who, REASON)
    assert refunded(role) == deal.order["outcome"]
    assert ("cancelled", None, []) == (
        deal.order["state"],
        deal.order["deadline"],
        deal.order["actions"],
    )
    assert (10_000, 0) == await purses(deal)
    assert ["hold: buyer → escrow 2000", "refund: escrow → buyer 2000"] == await ledger(deal)
    assert f"{role}: cancel → cancelled" == (await journal(deal))[-1]
    assert REASON == (await deal.door.events(deal.order, deal.seller))[-1]["fields"]


@pytest.mark.parametrize(
    "state", ["pending", "in_progress", "delivered", "revision_requested", "revision_refused"]
)
async def test_the_seller_cancels_whatever_is_not_disputed(deal_in: DealIn, state: str) -> None:
    deal = await deal_in(state)
    await check_cancelled(deal, deal.seller, "seller")


@pytest.mark.parametrize("state", ["in_progress", "disputed"])
async def test_an_operator_cancels_whatever_runs(deal_in: DealIn, state: str) -> None:
    deal = await deal_in(state)
    await check_cancelled(deal, OPERATOR, "operator")


async def test_the_buyer_cancels_what_nobody_has_accepted(deal_in: DealIn) -> None:
    deal = await deal_in("pending")
    await check_cancelled(deal, deal.buyer, "buyer")


async def test_the_buyer_cancels_what_is_late(house: House) -> None:
    deal = await (await house.deal(delivery_time="PT1S")).reach("in_progress")
    await eventually(deal.now, lambda order: order["late"] and order["deadline"] is None)
    await check_cancelled(deal, deal.buyer, "buyer")


@pytest.mark.parametrize("state", ["in_progress", "delivered"])
async def test_the_buyer_cancels_nothing_else(house: House, deal_in: DealIn, state: str) -> None:
    deal = await deal_in(state)
    answer = await house.door.act(deal.order, "cancel", deal.buyer)
    assert (409, "action-not-allowed") == code(answer)
    assert "cancel" not in answer.json()["actions"]
    assert 8_000 == await house.door.balance(deal.buyer)


async def test_an_operator_who_is_a_party_is_only_a_party(house: House, deal_in: DealIn) -> None:
    deal = await deal_in("disputed")
    for party in (deal.buyer, deal.seller):
        as_operator = Person(party.id, ("user", "operator"))
        answer = await house.door.act(deal.order, "cancel", as_operator)
        assert (409, "action-not-allowed") == code(answer)
        assert ["propose_settlement", "add_statement"] == answer.json()["actions"]


async def test_a_stranger_cancels_nothing(house: House, deal_in: DealIn) -> None:
    deal = await deal_in("pending")
    answer = await house.door.act(deal.order, "cancel", somebody("stranger"))
    assert (404, "not-found") == code(answer)
    assert ["buyer: place → pending"] == await journal(deal)
