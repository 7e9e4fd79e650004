"""Settlements: a split that one side proposes and the other one signs."""

import asyncio

import pytest

from tests.api.assertions import INSTANT, code, journal, ledger, wallets
from tests.api.conftest import OrderIn
from tests.app_under_test import MEDIATOR, Json, OrderInPlay, Person
from tests.contract import eur

STATES = ["in_progress", "delivered", "revision_requested", "revision_refused", "disputed"]


def named(in_play: OrderInPlay, role: str) -> Json:
    """The open proposal of a side."""
    (found,) = (one for one in in_play.order["settlements"] if one["by"] == role)
    return {"settlement_id": found["id"]}


async def proposed(in_play: OrderInPlay, who: Person, cents: int, **more: str) -> OrderInPlay:
    await in_play.act("propose_settlement", who, {"refund": eur(cents), **more})
    return in_play


@pytest.mark.parametrize("state", STATES)
async def test_both_signatures_share_the_money(order_in: OrderIn, state: str) -> None:
    in_play = await order_in(state)
    await proposed(in_play, in_play.seller, 501, reason="Half way.")
    (proposal,) = in_play.order["settlements"]
    assert {
        "id": proposal["id"],
        "by": "seller",
        "reason": "Half way.",
        "proposed_at": INSTANT,
        "refund": eur(501),
        "paid_to_seller": eur(1200),
        "commission": eur(299),
    } == proposal
    await in_play.act("accept_settlement", in_play.buyer, named(in_play, "seller"))
    assert {
        "kind": "settled",
        "by": "buyer",
        "cause": "accept_settlement",
        "refunded": eur(501),
        "paid_to_seller": eur(1200),
        "commission": eur(299),
        "charged_back": None,
    } == in_play.order["outcome"]
    agreement = in_play.order["agreement"]
    assert (
        {"id": in_play.seller.id, "role": "seller"},
        {"id": in_play.buyer.id, "role": "buyer"},
    ) == (
        agreement["proposed_by"],
        agreement["accepted_by"],
    )
    assert (8_501, 1_200) == await wallets(in_play)
    assert [
        "split: escrow → buyer 501",
        "split: escrow → seller 1200",
        "split: escrow → commission 299",
    ] == (await ledger(in_play))[-3:]
    assert ([], None) == (in_play.order["settlements"], in_play.order["deadline"])


async def test_nobody_accepts_their_own_proposal(order_in: OrderIn) -> None:
    in_play = await order_in("delivered")
    for who, role in ((in_play.seller, "seller"), (in_play.buyer, "buyer")):
        await proposed(in_play, who, 500)
        answer = await in_play.api.act(
            in_play.order, "accept_settlement", who, named(in_play, role)
        )
        assert (409, "action-not-allowed") == code(answer)
    assert (8_000, 0) == await wallets(in_play)


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
async def test_a_proposal_that_is_none_is_refused(walking: OrderInPlay, refund: object) -> None:
    in_play = await walking.reach("revision_refused")
    answer = await in_play.api.act(
        in_play.order, "propose_settlement", in_play.seller, {"refund": refund}
    )
    assert (422, "invalid-request") == code(answer)
    assert answer.json()["errors"][0]["field"].startswith("body.refund")
    assert [] == (await in_play.now())["settlements"]


async def test_a_new_proposal_replaces_ones_own_and_stands_beside_the_others(
    order_in: OrderIn,
) -> None:
    in_play = await order_in("disputed")
    await proposed(in_play, in_play.seller, 100)
    first = named(in_play, "seller")
    await proposed(in_play, in_play.buyer, 1900)
    await proposed(in_play, in_play.seller, 700)
    assert {("buyer", 1900), ("seller", 700)} == {
        (one["by"], one["refund"]["amount"]) for one in in_play.order["settlements"]
    }
    gone = await in_play.api.act(in_play.order, "accept_settlement", in_play.buyer, first)
    assert (409, "action-not-allowed") == code(gone)
    await in_play.act("accept_settlement", in_play.seller, named(in_play, "buyer"))
    assert eur(1900) == in_play.order["outcome"]["refunded"]


async def test_who_proposed_can_withdraw_and_nobody_else(order_in: OrderIn) -> None:
    in_play = await order_in("in_progress")
    await proposed(in_play, in_play.seller, 500)
    own = named(in_play, "seller")
    answer = await in_play.api.act(in_play.order, "withdraw_settlement", in_play.buyer, own)
    assert (409, "action-not-allowed") == code(answer)
    await in_play.act("withdraw_settlement", in_play.seller, own)
    assert [] == in_play.order["settlements"]
    late = await in_play.api.act(in_play.order, "accept_settlement", in_play.buyer, own)
    assert (409, "action-not-allowed") == code(late)


async def test_two_proposals_that_cross_both_stand(order_in: OrderIn) -> None:
    in_play = await order_in("revision_refused")
    crossing = await asyncio.gather(
        in_play.api.act(in_play.order, "propose_settlement", in_play.buyer, {"refund": eur(1500)}),
        in_play.api.act(in_play.order, "propose_settlement", in_play.seller, {"refund": eur(500)}),
    )
    assert [200, 200] == [answer.status_code for answer in crossing]
    assert {"buyer", "seller"} == {one["by"] for one in (await in_play.now())["settlements"]}


async def test_two_acceptances_that_cross_settle_once(order_in: OrderIn) -> None:
    for _ in range(2):
        in_play = await order_in("revision_refused")
        await proposed(in_play, in_play.buyer, 1500)
        await proposed(in_play, in_play.seller, 500)
        crossing = await asyncio.gather(
            in_play.api.act(
                in_play.order, "accept_settlement", in_play.buyer, named(in_play, "seller")
            ),
            in_play.api.act(
                in_play.order, "accept_settlement", in_play.seller, named(in_play, "buyer")
            ),
        )
        assert [200, 409] == sorted(answer.status_code for answer in crossing)
        assert "settled" == (await in_play.now())["state"]
        commission = (await in_play.now())["outcome"]["commission"]["amount"]
        assert 10_000 == sum(await wallets(in_play)) + commission


async def test_an_acceptance_and_a_ruling_at_once_end_the_order_once(order_in: OrderIn) -> None:
    for _ in range(2):
        in_play = await order_in("disputed")
        await proposed(in_play, in_play.seller, 500)
        ruling = {"outcome": "refund", "reasons": "It is not blue."}
        signed, ruled = await asyncio.gather(
            in_play.api.act(
                in_play.order, "accept_settlement", in_play.buyer, named(in_play, "seller")
            ),
            in_play.api.act(in_play.order, "resolve", MEDIATOR, ruling),
        )
        assert [200, 409] == sorted((signed.status_code, ruled.status_code))
        won = signed if signed.status_code == 200 else ruled
        order = await in_play.now()
        assert (won.json()["state"], won.json()["outcome"]) == (order["state"], order["outcome"])
        assert await wallets(in_play) == ((8_500, 1_200) if won is signed else (10_000, 0))


async def test_a_settlement_closes_the_dispute(order_in: OrderIn) -> None:
    in_play = await order_in("disputed")
    await in_play.act("assign", MEDIATOR)
    await proposed(in_play, in_play.buyer, 1)
    await in_play.act("accept_settlement", in_play.seller, named(in_play, "buyer"))
    assert ("settled", INSTANT, None) == (
        in_play.order["state"],
        in_play.order["dispute"]["closed_at"],
        in_play.order["dispute"]["ruling"],
    )
    again = await in_play.api.act(
        in_play.order, "resolve", MEDIATOR, {"outcome": "refund", "reasons": "None."}
    )
    assert (409, "action-not-allowed") == code(again)
    assert "seller: accept_settlement → settled" == (await journal(in_play))[-2]
