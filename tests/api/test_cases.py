"""A case on one read: all that a mediator needs to decide it."""

from tests.api.assertions import code
from tests.api.conftest import OrderIn
from tests.app_under_test import MEDIATOR, OPERATOR, Json, Person, somebody
from tests.contract import eur

STATEMENT = {"statement": "It is blue.", "links": ["https://files.example/blue.png"]}


async def test_the_whole_case_is_on_one_read(order_in: OrderIn) -> None:
    in_play = await order_in("disputed")
    await in_play.act("add_statement", in_play.seller, STATEMENT)
    await in_play.act("assign", MEDIATOR)
    await in_play.act("add_statement", MEDIATOR, {"statement": "I am looking at it."})
    await in_play.act("propose_settlement", in_play.buyer, {"refund": eur(900), "reason": "Half."})
    await in_play.api.act(in_play.order, "complete", in_play.buyer)
    answer = await in_play.api.get(f"/v1/orders/{in_play.order['id']}/case", MEDIATOR)
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
    whole = await in_play.api.events(in_play.order, MEDIATOR)
    assert [bare(one) for one in whole] == [bare(one) for one in case["journal"]]
    assert (True, None) == (case["journal_whole"], case["next_cursor"])
    assert ["hold"] == [one["kind"] for one in case["ledger"]]


def bare(entry: Json) -> Json:
    """An entry of the journal without what was said."""
    return entry | {"fields": {}}


async def test_a_case_is_read_by_those_who_read_the_order(order_in: OrderIn) -> None:
    in_play = await order_in("disputed")
    path = f"/v1/orders/{in_play.order['id']}/case"
    for who in (in_play.buyer, in_play.seller, MEDIATOR, OPERATOR):
        assert 200 == (await in_play.api.get(path, who)).status_code
    assert (404, "not-found") == code(await in_play.api.get(path, somebody("stranger")))
    calm = await order_in("revision_refused")
    answer = await calm.api.get(f"/v1/orders/{calm.order['id']}/case", MEDIATOR)
    assert (404, "not-found") == code(answer)


async def test_statements_are_for_the_people_of_the_case(order_in: OrderIn) -> None:
    in_play = await order_in("disputed")
    await in_play.act("assign", MEDIATOR)
    await in_play.act("add_statement", somebody("mediator", "mediator"), STATEMENT)
    judge = Person(in_play.buyer.id, ("user", "mediator"))
    assert (403, "forbidden") == code(
        await in_play.api.act(in_play.order, "add_statement", OPERATOR, STATEMENT)
    )
    # A party speaks as a party, whatever else they are.
    await in_play.act("add_statement", judge, STATEMENT)
    last = (await in_play.api.events(in_play.order, in_play.buyer))[-1]
    assert {"id": in_play.buyer.id, "role": "buyer"} == last["actor"]


async def test_both_sides_read_the_reasons_of_a_ruling(order_in: OrderIn) -> None:
    in_play = await order_in("disputed")
    ruling = {"outcome": "split", "refund": eur(700), "reasons": "Blue, yet late."}
    await in_play.act("resolve", MEDIATOR, ruling)
    for who in (in_play.buyer, in_play.seller):
        inbox = (await in_play.api.get("/v1/notifications", who)).json()["items"]
        newest = inbox[0]
        assert ("order.dispute_resolved", in_play.order["id"]) == (
            newest["event"],
            newest["order_id"],
        )
        assert "Blue, yet late." in " ".join(newest["text"])
