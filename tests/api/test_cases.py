"""A case on one read: all that a mediator needs to decide it."""

import pytest

from api.routes import cases
from tests.api.conftest import DealIn
from tests.api.readings import code, eur
from tests.house import MEDIATOR, OPERATOR, Person, somebody

STATEMENT = {"statement": "It is blue.", "links": ["https://files.example/blue.png"]}


async def test_the_whole_case_is_on_one_read(deal_in: DealIn) -> None:
    deal = await deal_in("disputed")
    await deal.act("add_statement", deal.seller, STATEMENT)
    await deal.act("assign", MEDIATOR)
    await deal.act("add_statement", MEDIATOR, {"statement": "I am looking at it."})
    await deal.act("propose_settlement", deal.buyer, {"refund": eur(900), "reason": "Half."})
    await deal.door.act(deal.order, "complete", deal.buyer)
    answer = await deal.door.get(f"/v1/orders/{deal.order['id']}/case", MEDIATOR)
    case = answer.json()
    assert ("A logo for my shop.", "It is not blue.", MEDIATOR.id) == (
        case["order"]["brief"],
        case["order"]["dispute"]["reason"],
        case["order"]["dispute"]["mediator_id"],
    )
    assert ["Here it is."] == [one["fields"]["message"] for one in case["deliveries"]]
    assert [("vague", "How?")] == [
        (one["fields"]["ground"], one["fields"]["reason"]) for one in case["refusals"]
    ]
    said = [(one["actor"]["role"], one["fields"].get("statement")) for one in case["statements"]]
    assert [
        ("buyer", None),
        ("seller", "It is blue."),
        ("mediator", "I am looking at it."),
    ] == said
    assert STATEMENT["links"] == case["statements"][1]["fields"]["links"]
    assert [eur(900)] == [one["fields"]["refund"] for one in case["proposals"]]
    assert [("complete", "action-not-allowed")] == [
        (one["action"], one["code"]) for one in case["refused_attempts"]
    ]
    assert await deal.door.events(deal.order, MEDIATOR) == case["journal"]
    assert case["journal_whole"]
    assert ["hold"] == [one["kind"] for one in case["ledger"]]


async def test_who_is_refused_again_and_again_pushes_nothing_out_of_the_case(
    deal_in: DealIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cases, "MOST_REFUSED", 2)
    deal = await deal_in("disputed")
    for action in ("complete", "request_cancellation", "request_revision"):
        fields = {} if action == "complete" else {"reason": "Now!"}
        await deal.door.act(deal.order, action, deal.buyer, fields)
    await deal.act("add_statement", deal.seller, STATEMENT)
    answer = await deal.door.get(f"/v1/orders/{deal.order['id']}/case", MEDIATOR)
    case = answer.json()
    whole = await deal.door.events(deal.order, MEDIATOR)
    assert [one for one in whole if one["action"] != "complete"] == case["journal"]
    assert ["request_cancellation", "request_revision"] == [
        one["action"] for one in case["refused_attempts"]
    ]
    assert (3, False) == (sum(not one["accepted"] for one in whole), case["journal_whole"])
    monkeypatch.setattr(cases, "MOST_STEPS", 1)
    answer = await deal.door.get(f"/v1/orders/{deal.order['id']}/case", MEDIATOR)
    assert ["Now!", "Now!", STATEMENT["statement"]] == [
        one["fields"].get("reason") or one["fields"]["statement"]
        for one in answer.json()["journal"]
    ]


async def test_a_case_is_read_by_those_who_read_the_order(deal_in: DealIn) -> None:
    deal = await deal_in("disputed")
    path = f"/v1/orders/{deal.order['id']}/case"
    for who in (deal.buyer, deal.seller, MEDIATOR, OPERATOR):
        assert 200 == (await deal.door.get(path, who)).status_code
    assert (404, "not-found") == code(await deal.door.get(path, somebody("stranger")))
    calm = await deal_in("revision_refused")
    answer = await calm.door.get(f"/v1/orders/{calm.order['id']}/case", MEDIATOR)
    assert (404, "not-found") == code(answer)


async def test_statements_are_for_the_people_of_the_case(deal_in: DealIn) -> None:
    deal = await deal_in("disputed")
    await deal.act("assign", MEDIATOR)
    await deal.act("add_statement", somebody("mediator", "mediator"), STATEMENT)
    judge = Person(deal.buyer.id, ("user", "mediator"))
    assert (403, "forbidden") == code(
        await deal.door.act(deal.order, "add_statement", OPERATOR, STATEMENT)
    )
    # A party speaks as a party, whatever else they are.
    await deal.act("add_statement", judge, STATEMENT)
    last = (await deal.door.events(deal.order, deal.buyer))[-1]
    assert {"id": deal.buyer.id, "role": "buyer"} == last["actor"]


async def test_both_sides_read_the_reasons_of_a_ruling(deal_in: DealIn) -> None:
    deal = await deal_in("disputed")
    ruling = {"outcome": "split", "refund": eur(700), "reasons": "Blue, yet late."}
    await deal.act("resolve", MEDIATOR, ruling)
    for who in (deal.buyer, deal.seller):
        inbox = (await deal.door.get("/v1/notifications", who)).json()["items"]
        newest = inbox[0]
        assert ("order.dispute_resolved", deal.order["id"]) == (newest["event"], newest["order_id"])
        assert "Blue, yet late." in " ".join(newest["text"])
