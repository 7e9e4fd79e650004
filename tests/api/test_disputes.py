"""Disputes: opened by the buyer, taken by a mediator, ended by one of four rulings."""

from typing import Any

from tests.api.assertions import At, code, instant, journal, later, ledger, wallets
from tests.api.conftest import OrderIn
from tests.app_under_test import (
    DELIVER,
    MEDIATOR,
    AppUnderTest,
    Json,
    OrderInPlay,
    Person,
    somebody,
)
from tests.contract import eur

REASONS = "It is as blue as was asked."
BY_MEDIATOR = {"by": "mediator", "cause": "resolve"}


def ruling(outcome: str, **fields: Any) -> Json:
    return {"outcome": outcome, "reasons": REASONS, **fields}


async def resolve(in_play: OrderInPlay, body: Json) -> None:
    """A mediator rules, which closes the case, and both sides read why."""
    opened = in_play.order["dispute"]["opened_at"]
    await in_play.act("resolve", MEDIATOR, body)
    assert {
        "opened_by": {"id": in_play.buyer.id, "role": "buyer"},
        "opened_at": opened,
        "reason": "It is not blue.",
        "mediator_id": MEDIATOR.id,
        "taken_at": in_play.order["updated_at"],
        "closed_at": in_play.order["updated_at"],
        "ruling": body["outcome"],
    } == in_play.order["dispute"]
    for party in (in_play.buyer, in_play.seller):
        assert body == (await in_play.api.events(in_play.order, party))[-1]["fields"]


async def test_a_dispute_freezes_the_order_for_its_parties(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("disputed")
    refused = [
        await app.api.act(in_play.order, "complete", in_play.buyer),
        await app.api.act(in_play.order, "cancel", in_play.seller),
        await app.api.act(in_play.order, "open_dispute", in_play.buyer, {"reason": "Again."}),
    ]
    assert [(409, "action-not-allowed")] * 3 == [code(answer) for answer in refused]
    assert "disputed" == (await in_play.now())["state"]


async def test_a_mediator_takes_the_case_and_should_rule_within_a_week(order_in: OrderIn) -> None:
    in_play = await order_in("disputed")
    await in_play.act("assign", MEDIATOR)
    order = in_play.order
    taken_at = order["updated_at"]
    assert (MEDIATOR.id, taken_at) == (
        order["dispute"]["mediator_id"],
        order["dispute"]["taken_at"],
    )
    assert ("disputed", ["release", "add_statement", "resolve"]) == (
        order["state"],
        order["actions"],
    )
    assert {
        "at": At(later(taken_at, days=7)),
        "waits_for": "mediator",
        "reason": "ruling",
        "on_expiry": "escalate",
        "consequence": "mediators and operators are told again; a dispute never ends by itself",
    } == order["deadline"]


async def test_a_case_that_is_taken_is_not_another_mediators(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("disputed")
    await in_play.act("assign", MEDIATOR)
    another = somebody("mediator", "mediator")
    refused = [
        await app.api.act(in_play.order, "assign", another),
        await app.api.act(in_play.order, "resolve", another, ruling("refund")),
    ]
    assert [(409, "action-not-allowed")] * 2 == [code(answer) for answer in refused]
    assert MEDIATOR.id == (await in_play.now())["dispute"]["mediator_id"]


async def test_a_refund_gives_the_buyer_everything_back(order_in: OrderIn) -> None:
    in_play = await order_in("disputed")
    await resolve(in_play, ruling("refund"))
    assert {
        "kind": "cancelled",
        **BY_MEDIATOR,
        "refunded": eur(2000),
        "paid_to_seller": eur(0),
        "commission": eur(0),
        "charged_back": None,
    } == in_play.order["outcome"]
    assert (10_000, 0) == await wallets(in_play)
    assert ["hold: buyer → escrow 2000", "refund: escrow → buyer 2000"] == await ledger(in_play)


async def test_paying_the_seller_completes_the_order(order_in: OrderIn) -> None:
    in_play = await order_in("disputed")
    await resolve(in_play, ruling("pay_seller"))
    assert {
        "kind": "completed",
        **BY_MEDIATOR,
        "refunded": eur(0),
        "paid_to_seller": eur(1600),
        "commission": eur(400),
        "charged_back": None,
    } == in_play.order["outcome"]
    assert (8_000, 1_600) == await wallets(in_play)


async def test_a_split_takes_the_commission_on_the_sellers_share_alone(app: AppUnderTest) -> None:
    in_play = await (await app.place_order(price=eur(1999))).reach("disputed")
    await resolve(in_play, ruling("split", refund=eur(1000)))
    assert {
        "kind": "settled",
        **BY_MEDIATOR,
        "refunded": eur(1000),
        "paid_to_seller": eur(800),
        "commission": eur(199),
        "charged_back": None,
    } == in_play.order["outcome"]
    assert (9_001, 800) == await wallets(in_play)
    assert [
        "hold: buyer → escrow 1999",
        "split: escrow → buyer 1000",
        "split: escrow → seller 800",
        "split: escrow → commission 199",
    ] == await ledger(in_play)


async def test_a_restart_gives_the_seller_a_new_due_date_and_the_order_goes_on(
    order_in: OrderIn,
) -> None:
    in_play = await order_in("disputed")
    await resolve(in_play, ruling("restart", delivery_time="P2D"))
    assert ("in_progress", None, eur(2000)) == (
        in_play.order["state"],
        in_play.order["outcome"],
        in_play.order["total"],
    )
    assert later(in_play.order["updated_at"], days=2) == instant(in_play.order["due_at"])
    assert in_play.order["due_at"] == in_play.order["deadline"]["at"]
    assert ["hold: buyer → escrow 2000"] == await ledger(in_play)
    await in_play.act("deliver", in_play.seller, DELIVER)
    await in_play.act("complete", in_play.buyer)
    assert [
        "buyer: open_dispute → disputed",
        "mediator: resolve → in_progress",
        "seller: deliver → delivered",
        "buyer: complete → completed",
    ] == (await journal(in_play))[-4:]


async def test_a_ruling_is_final(app: AppUnderTest, order_in: OrderIn) -> None:
    in_play = await order_in("disputed")
    await in_play.act("resolve", MEDIATOR, ruling("refund"))
    again = await app.api.act(in_play.order, "resolve", MEDIATOR, ruling("pay_seller"))
    assert (409, "action-not-allowed") == code(again)
    assert (10_000, 0) == await wallets(in_play)


async def test_a_split_that_is_none_is_refused(app: AppUnderTest, order_in: OrderIn) -> None:
    in_play = await order_in("disputed")
    for refund in (eur(2000), eur(2001), {"amount": 1000, "currency": "USD"}):
        body = ruling("split", refund=refund)
        answer = await app.api.act(in_play.order, "resolve", MEDIATOR, body)
        assert (422, "invalid-request") == code(answer)
        assert ["body.refund"] == [error["field"] for error in answer.json()["errors"]]
    order = await in_play.now()
    assert ("disputed", None) == (order["state"], order["dispute"]["mediator_id"])


async def test_mediators_see_an_order_from_its_dispute_on(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("revision_refused")
    path = f"/v1/orders/{in_play.order['id']}"
    before = await app.api.get(path, MEDIATOR)
    await in_play.act("open_dispute", in_play.buyer, {"reason": "It is not blue."})
    during = await app.api.get(path, MEDIATOR)
    await in_play.act("resolve", MEDIATOR, ruling("refund"))
    after = await app.api.get(path, MEDIATOR)
    assert [404, 200, 200] == [answer.status_code for answer in (before, during, after)]
    assert ["assign", "add_statement", "resolve"] == during.json()["actions"]


async def test_a_mediator_does_not_decide_their_own_case(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("disputed")
    as_mediator = Person(in_play.seller.id, ("user", "mediator"))
    refused = [
        await app.api.act(in_play.order, "assign", as_mediator),
        await app.api.act(in_play.order, "resolve", as_mediator, ruling("pay_seller")),
    ]
    assert [(403, "forbidden")] * 2 == [code(answer) for answer in refused]
    assert ["propose_settlement", "add_statement"] == refused[0].json()["actions"]
