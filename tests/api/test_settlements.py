"""Settlements: a split that one side proposes and the other one signs."""

import asyncio

import pytest

from tests.api.conftest import DealIn
from tests.api.readings import INSTANT, code, eur, journal, ledger, purses
from tests.house import MEDIATOR, Deal, Json, Person

STATES = ["in_progress", "delivered", "revision_requested", "revision_refused", "disputed"]


def named(deal: Deal, role: str) -> Json:
    """The open proposal of a side."""
    (found,) = (one for one in deal.order["settlements"] if one["by"] == role)
    return {"settlement_id": found["id"]}


async def proposed(deal: Deal, who: Person, cents: int, **more: str) -> Deal:
    await deal.act("propose_settlement", who, {"refund": eur(cents), **more})
    return deal


@pytest.mark.parametrize("state", STATES)
async def test_both_signatures_share_the_money(deal_in: DealIn, state: str) -> None:
    deal = await deal_in(state)
    await proposed(deal, deal.seller, 501, reason="Half way.")
    (proposal,) = deal.order["settlements"]
    assert {
        "id": proposal["id"],
        "by": "seller",
        "reason": "Half way.",
        "proposed_at": INSTANT,
        "refund": eur(501),
        "paid_to_seller": eur(1200),
        "commission": eur(299),
    } == proposal
    await deal.act("accept_settlement", deal.buyer, named(deal, "seller"))
    assert {
        "kind": "settled",
        "by": "buyer",
        "cause": "accept_settlement",
        "refunded": eur(501),
        "paid_to_seller": eur(1200),
        "commission": eur(299),
    } == deal.order["outcome"]
    agreement = deal.order["agreement"]
    assert ({"id": deal.seller.id, "role": "seller"}, {"id": deal.buyer.id, "role": "buyer"}) == (
        agreement["proposed_by"],
        agreement["accepted_by"],
    )
    assert (8_501, 1_200) == await purses(deal)
    assert [
        "split: escrow → buyer 501",
        "split: escrow → seller 1200",
        "split: escrow → commission 299",
    ] == (await ledger(deal))[-3:]
    assert ([], None) == (deal.order["settlements"], deal.order["deadline"])


async def test_nobody_accepts_their_own_proposal(deal_in: DealIn) -> None:
    deal = await deal_in("delivered")
    for who, role in ((deal.seller, "seller"), (deal.buyer, "buyer")):
        await proposed(deal, who, 500)
        answer = await deal.door.act(deal.order, "accept_settlement", who, named(deal, role))
        assert (409, "action-not-allowed") == code(answer)
    assert (8_000, 0) == await purses(deal)


@pytest.mark.parametrize(
    "refund",
    [
        eur(0),
        eur(-1),
        eur(2000),
        eur(2001),
        {"amount": 500, "currency": "USD"},
        {"amount": 5.5, "currency": "EUR"},
        {"amount": "500", "currency": "EUR"},
        None,
    ],
    ids=repr,
)
async def test_a_proposal_that_is_none_is_refused(walking: Deal, refund: object) -> None:
    deal = await walking.reach("revision_refused")
    answer = await deal.door.act(deal.order, "propose_settlement", deal.seller, {"refund": refund})
    assert (422, "invalid-request") == code(answer)
    assert answer.json()["errors"][0]["field"].startswith("body.refund")
    assert [] == (await deal.now())["settlements"]


async def test_a_new_proposal_replaces_ones_own_and_stands_beside_the_others(
    deal_in: DealIn,
) -> None:
    deal = await deal_in("disputed")
    await proposed(deal, deal.seller, 100)
    first = named(deal, "seller")
    await proposed(deal, deal.buyer, 1900)
    await proposed(deal, deal.seller, 700)
    assert {("buyer", 1900), ("seller", 700)} == {
        (one["by"], one["refund"]["amount"]) for one in deal.order["settlements"]
    }
    gone = await deal.door.act(deal.order, "accept_settlement", deal.buyer, first)
    assert (409, "action-not-allowed") == code(gone)
    await deal.act("accept_settlement", deal.seller, named(deal, "buyer"))
    assert eur(1900) == deal.order["outcome"]["refunded"]


async def test_who_proposed_can_withdraw_and_nobody_else(deal_in: DealIn) -> None:
    deal = await deal_in("in_progress")
    await proposed(deal, deal.seller, 500)
    own = named(deal, "seller")
    answer = await deal.door.act(deal.order, "withdraw_settlement", deal.buyer, own)
    assert (409, "action-not-allowed") == code(answer)
    await deal.act("withdraw_settlement", deal.seller, own)
    assert [] == deal.order["settlements"]
    late = await deal.door.act(deal.order, "accept_settlement", deal.buyer, own)
    assert (409, "action-not-allowed") == code(late)


async def test_two_proposals_that_cross_both_stand(deal_in: DealIn) -> None:
    deal = await deal_in("revision_refused")
    crossing = await asyncio.gather(
        deal.door.act(deal.order, "propose_settlement", deal.buyer, {"refund": eur(1500)}),
        deal.door.act(deal.order, "propose_settlement", deal.seller, {"refund": eur(500)}),
    )
    assert [200, 200] == [answer.status_code for answer in crossing]
    assert {"buyer", "seller"} == {one["by"] for one in (await deal.now())["settlements"]}


async def test_two_acceptances_that_cross_settle_once(deal_in: DealIn) -> None:
    for _ in range(2):
        deal = await deal_in("revision_refused")
        await proposed(deal, deal.buyer, 1500)
        await proposed(deal, deal.seller, 500)
        crossing = await asyncio.gather(
            deal.door.act(deal.order, "accept_settlement", deal.buyer, named(deal, "seller")),
            deal.door.act(deal.order, "accept_settlement", deal.seller, named(deal, "buyer")),
        )
        assert [200, 409] == sorted(answer.status_code for answer in crossing)
        assert "settled" == (await deal.now())["state"]
        commission = (await deal.now())["outcome"]["commission"]["amount"]
        assert 10_000 == sum(await purses(deal)) + commission


async def test_an_acceptance_and_a_ruling_at_once_end_the_order_once(deal_in: DealIn) -> None:
    for _ in range(2):
        deal = await deal_in("disputed")
        await proposed(deal, deal.seller, 500)
        ruling = {"outcome": "refund", "reasons": "It is not blue."}
        signed, ruled = await asyncio.gather(
            deal.door.act(deal.order, "accept_settlement", deal.buyer, named(deal, "seller")),
            deal.door.act(deal.order, "resolve", MEDIATOR, ruling),
        )
        assert [200, 409] == sorted((signed.status_code, ruled.status_code))
        won = signed if signed.status_code == 200 else ruled
        order = await deal.now()
        assert (won.json()["state"], won.json()["outcome"]) == (order["state"], order["outcome"])
        assert await purses(deal) == ((8_500, 1_200) if won is signed else (10_000, 0))


async def test_a_settlement_closes_the_dispute(deal_in: DealIn) -> None:
    deal = await deal_in("disputed")
    await deal.act("assign", MEDIATOR)
    await proposed(deal, deal.buyer, 1)
    await deal.act("accept_settlement", deal.seller, named(deal, "buyer"))
    assert ("settled", INSTANT, None) == (
        deal.order["state"],
        deal.order["dispute"]["closed_at"],
        deal.order["dispute"]["ruling"],
    )
    again = await deal.door.act(
        deal.order, "resolve", MEDIATOR, {"outcome": "refund", "reasons": "None."}
    )
    assert (409, "action-not-allowed") == code(again)
    assert "seller: accept_settlement → settled" == (await journal(deal))[-2]
