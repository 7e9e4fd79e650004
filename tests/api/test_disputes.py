"""Disputes: opened by the buyer, taken by a mediator, ended by one of four rulings."""

from typing import Any

from tests.api.conftest import DealIn
from tests.api.readings import code, eur, instant, journal, later, ledger, purses
from tests.house import DELIVER, MEDIATOR, Deal, House, Json, Person, somebody

REASONS = "It is as blue as was asked."
BY_MEDIATOR = {"by": "mediator", "cause": "resolve"}


def ruling(outcome: str, **fields: Any) -> Json:
    return {"outcome": outcome, "reasons": REASONS, **fields}


async def resolve(deal: Deal, body: Json) -> None:
    """A mediator rules, which closes the case, and both sides read why."""
    opened = deal.order["dispute"]["opened_at"]
    await deal.act("resolve", MEDIATOR, body)
    assert {
        "opened_by": {"id": deal.buyer.id, "role": "buyer"},
        "opened_at": opened,
        "reason": "It is not blue.",
        "mediator_id": MEDIATOR.id,
        "closed_at": deal.order["updated_at"],
        "ruling": body["outcome"],
    } == deal.order["dispute"]
    for party in (deal.buyer, deal.seller):
        assert body == (await deal.door.events(deal.order, party))[-1]["fields"]


async def test_a_dispute_freezes_the_order_for_its_parties(house: House, deal_in: DealIn) -> None:
    deal = await deal_in("disputed")
    refused = [
        await house.door.act(deal.order, "complete", deal.buyer),
        await house.door.act(deal.order, "cancel", deal.seller),
        await house.door.act(deal.order, "open_dispute", deal.buyer, {"reason": "Again."}),
    ]
    assert [(409, "action-not-allowed")] * 3 == [code(answer) for answer in refused]
    assert "disputed" == (await deal.now())["state"]


async def test_a_mediator_takes_the_case_and_nothing_runs_out_any_more(deal_in: DealIn) -> None:
    deal = await deal_in("disputed")
    await deal.act("assign", MEDIATOR)
    assert MEDIATOR.id == deal.order["dispute"]["mediator_id"]
    assert ("disputed", None, ["add_statement", "resolve"]) == (
        deal.order["state"],
        deal.order["deadline"],
        deal.order["actions"],
    )


async def test_a_case_that_is_taken_is_not_another_mediators(house: House, deal_in: DealIn) -> None:
    deal = await deal_in("disputed")
    await deal.act("assign", MEDIATOR)
    another = somebody("mediator", "mediator")
    refused = [
        await house.door.act(deal.order, "assign", another),
        await house.door.act(deal.order, "resolve", another, ruling("refund")),
    ]
    assert [(409, "action-not-allowed")] * 2 == [code(answer) for answer in refused]
    assert MEDIATOR.id == (await deal.now())["dispute"]["mediator_id"]


async def test_a_refund_gives_the_buyer_everything_back(deal_in: DealIn) -> None:
    deal = await deal_in("disputed")
    await resolve(deal, ruling("refund"))
    assert {
        "kind": "cancelled",
        **BY_MEDIATOR,
        "refunded": eur(2000),
        "paid_to_seller": eur(0),
        "commission": eur(0),
    } == deal.order["outcome"]
    assert (10_000, 0) == await purses(deal)
    assert ["hold: buyer → escrow 2000", "refund: escrow → buyer 2000"] == await ledger(deal)


async def test_paying_the_seller_completes_the_order(deal_in: DealIn) -> None:
    deal = await deal_in("disputed")
    await resolve(deal, ruling("pay_seller"))
    assert {
        "kind": "completed",
        **BY_MEDIATOR,
        "refunded": eur(0),
        "paid_to_seller": eur(1600),
        "commission": eur(400),
    } == deal.order["outcome"]
    assert (8_000, 1_600) == await purses(deal)


async def test_a_split_takes_the_commission_on_the_sellers_share_alone(house: House) -> None:
    deal = await (await house.deal(price=eur(1999))).reach("disputed")
    await resolve(deal, ruling("split", refund=eur(1000)))
    assert {
        "kind": "settled",
        **BY_MEDIATOR,
        "refunded": eur(1000),
        "paid_to_seller": eur(800),
        "commission": eur(199),
    } == deal.order["outcome"]
    assert (9_001, 800) == await purses(deal)
    assert [
        "hold: buyer → escrow 1999",
        "split: escrow → buyer 1000",
        "split: escrow → seller 800",
        "split: escrow → commission 199",
    ] == await ledger(deal)


async def test_a_restart_gives_the_seller_a_new_due_date_and_the_order_goes_on(
    deal_in: DealIn,
) -> None:
    deal = await deal_in("disputed")
    await resolve(deal, ruling("restart", delivery_time="P2D"))
    assert ("in_progress", None, eur(2000)) == (
        deal.order["state"],
        deal.order["outcome"],
        deal.order["total"],
    )
    assert later(deal.order["updated_at"], days=2) == instant(deal.order["due_at"])
    assert deal.order["due_at"] == deal.order["deadline"]["at"]
    assert ["hold: buyer → escrow 2000"] == await ledger(deal)
    await deal.act("deliver", deal.seller, DELIVER)
    await deal.act("complete", deal.buyer)
    assert [
        "buyer: open_dispute → disputed",
        "mediator: resolve → in_progress",
        "seller: deliver → delivered",
        "buyer: complete → completed",
    ] == (await journal(deal))[-4:]


async def test_a_ruling_is_final(house: House, deal_in: DealIn) -> None:
    deal = await deal_in("disputed")
    await deal.act("resolve", MEDIATOR, ruling("refund"))
    again = await house.door.act(deal.order, "resolve", MEDIATOR, ruling("pay_seller"))
    assert (409, "action-not-allowed") == code(again)
    assert (10_000, 0) == await purses(deal)


async def test_a_split_that_is_none_is_refused(house: House, deal_in: DealIn) -> None:
    deal = await deal_in("disputed")
    for refund in (eur(2000), eur(2001), {"amount": 1000, "currency": "USD"}):
        body = ruling("split", refund=refund)
        answer = await house.door.act(deal.order, "resolve", MEDIATOR, body)
        assert (422, "invalid-request") == code(answer)
        assert ["body.refund"] == [error["field"] for error in answer.json()["errors"]]
    order = await deal.now()
    assert ("disputed", None) == (order["state"], order["dispute"]["mediator_id"])


async def test_mediators_see_an_order_from_its_dispute_on(house: House, deal_in: DealIn) -> None:
    deal = await deal_in("revision_refused")
    path = f"/v1/orders/{deal.order['id']}"
    before = await house.door.get(path, MEDIATOR)
    await deal.act("open_dispute", deal.buyer, {"reason": "It is not blue."})
    during = await house.door.get(path, MEDIATOR)
    await deal.act("resolve", MEDIATOR, ruling("refund"))
    after = await house.door.get(path, MEDIATOR)
    assert [404, 200, 200] == [answer.status_code for answer in (before, during, after)]
    assert ["assign", "add_statement", "resolve"] == during.json()["actions"]


async def test_a_mediator_does_not_decide_their_own_case(house: House, deal_in: DealIn) -> None:
    deal = await deal_in("disputed")
    as_mediator = Person(deal.seller.id, ("user", "mediator"))
    refused = [
        await house.door.act(deal.order, "assign", as_mediator),
        await house.door.act(deal.order, "resolve", as_mediator, ruling("pay_seller")),
    ]
    assert [(403, "forbidden")] * 2 == [code(answer) for answer in refused]
    assert ["propose_settlement", "add_statement"] == refused[0].json()["actions"]
