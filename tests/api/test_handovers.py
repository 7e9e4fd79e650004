"""Cases that are handed over by operators and given back by mediators: never stuck."""

import asyncio

import pytest

from tests.api.assertions import At, code, instant, later
from tests.api.conftest import OrderIn
from tests.api.test_list_parts import parts
from tests.app_under_test import (
    MEDIATOR,
    OPERATOR,
    AppUnderTest,
    Json,
    OrderInPlay,
    Person,
    somebody,
)

WHY = {"reason": "I know one of them."}
COLLEAGUE = Person("the-colleague", ("mediator",))
BOTH = Person("mediator-and-operator", ("mediator", "operator"))


def to(who: Person) -> Json:
    """The body that gives somebody the case."""
    return {"mediator_id": who.id}


async def newest(in_play: OrderInPlay, who: Person) -> Json | None:
    """The newest that somebody was told of this order: mediators are told of all others, too."""
    told = await parts(in_play.api, "/v1/notifications", who)
    items = (one for part in told for one in part)
    return next((one for one in items if one["order_id"] == in_play.order["id"]), None)


async def has_it(in_play: OrderInPlay) -> str | None:
    """Who has the case."""
    found: str | None = (await in_play.now())["dispute"]["mediator_id"]
    return found


@pytest.mark.parametrize("taken", [False, True])
async def test_an_operator_gives_a_case_to_whom_they_name(order_in: OrderIn, taken: bool) -> None:
    in_play = await order_in("disputed")
    if taken:
        await in_play.act("assign", MEDIATOR)
    order = await in_play.act("assign", OPERATOR, to(COLLEAGUE))
    at = order["updated_at"]
    assert (COLLEAGUE.id, at) == (order["dispute"]["mediator_id"], order["dispute"]["taken_at"])
    assert ("ruling", At(later(at, days=7))) == (
        order["deadline"]["reason"],
        order["deadline"]["at"],
    )
    assert ["cancel", "assign", "release"] == order["actions"]
    refused = await in_play.api.act(in_play.order, "resolve", MEDIATOR, _ruling("refund"))
    assert (409, "action-not-allowed") == code(refused)
    await in_play.act("resolve", COLLEAGUE, _ruling("pay_seller"))
    assert "completed" == in_play.order["state"]


def _ruling(outcome: str) -> Json:
    return {"outcome": outcome, "reasons": "It is as blue as was asked."}


async def test_who_had_the_case_is_told_and_who_has_it_too(order_in: OrderIn) -> None:
    in_play = await order_in("disputed")
    had, has = somebody("mediator", "mediator"), somebody("mediator", "mediator")
    await in_play.act("assign", had)
    await in_play.act("assign", OPERATOR, to(has))
    said = {who.id: await newest(in_play, who) for who in (had, has, in_play.buyer, in_play.seller)}
    assert {"order.dispute_handed_over"} == {one["event"] for one in said.values() if one}
    texts = {who: " ".join(one["text"]) for who, one in said.items() if one}
    assert "The case is yours" in texts[has.id]
    assert "The case is yours" not in texts[had.id]
    assert "no longer yours" in texts[had.id]
    assert "Another mediator has the case now." in texts[in_play.buyer.id]
    assert "order.dispute_opened" == (await newest(in_play, COLLEAGUE) or {})["event"]


async def test_a_case_that_was_given_back_is_taken_by_the_next_who_reads_why(
    order_in: OrderIn,
) -> None:
    in_play = await order_in("disputed")
    await in_play.act("assign", MEDIATOR)
    order = await in_play.act("release", MEDIATOR, WHY)
    assert (None, None) == (order["dispute"]["mediator_id"], order["dispute"]["taken_at"])
    assert ("assignment", At(later(order["updated_at"], days=2))) == (
        order["deadline"]["reason"],
        order["deadline"]["at"],
    )
    told = await newest(in_play, COLLEAGUE)
    assert told is not None
    assert "“I know one of them.”" in " ".join(told["text"])
    await in_play.act("assign", COLLEAGUE)
    case = (await in_play.api.get(f"/v1/orders/{in_play.order['id']}/case", COLLEAGUE)).json()
    assert [
        ("assign", MEDIATOR.id, {}),
        ("release", MEDIATOR.id, WHY),
        ("assign", COLLEAGUE.id, {}),
    ] == [(one["action"], one["actor"]["id"], one["fields"]) for one in case["hand_overs"]]


async def test_an_operator_gives_a_case_back_whose_mediator_is_gone(order_in: OrderIn) -> None:
    in_play = await order_in("disputed")
    gone = somebody("mediator", "mediator")
    await in_play.act("assign", gone)
    await in_play.act("release", OPERATOR, WHY)
    refused = await in_play.api.act(in_play.order, "release", OPERATOR, WHY)
    assert (409, "action-not-allowed") == code(refused)
    await in_play.act("assign", MEDIATOR)


async def test_the_queue_shows_who_has_a_case_since_when_and_until_when(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("disputed")
    await in_play.act("assign", OPERATOR, to(MEDIATOR))
    listed = await parts(app.api, "/v1/disputes", OPERATOR)
    (found,) = [one for part in listed for one in part if one["id"] == in_play.order["id"]]
    assert in_play.order["dispute"] == found["dispute"]
    assert MEDIATOR.id == found["dispute"]["mediator_id"]
    assert instant(found["dispute"]["taken_at"]) < instant(found["deadline"]["at"])


@pytest.mark.parametrize("way", ["actions/assign", "actions/assign/preview"])
async def test_who_is_to_have_the_case_is_named_by_operators_and_is_no_party(
    order_in: OrderIn, way: str
) -> None:
    in_play = await order_in("disputed")
    path = f"/v1/orders/{in_play.order['id']}/{way}"
    wrong = [
        (OPERATOR, None),
        (OPERATOR, {}),
        (OPERATOR, {"mediator_id": None}),
        (OPERATOR, to(in_play.buyer)),
        (OPERATOR, to(in_play.seller)),
        (MEDIATOR, to(COLLEAGUE)),
        (MEDIATOR, to(in_play.buyer)),
    ]
    for number, (who, body) in enumerate(wrong):
        answer = await in_play.api.post(path, who, body, key=f"{way}-{number}")
        assert (422, "invalid-request") == code(answer), (who, body)
        assert ["body.mediator_id"] == [one["field"] for one in answer.json()["errors"]]
        assert answer.json()["detail"].startswith("mediator_id: ")
    assert await has_it(in_play) is None


async def test_a_mediator_may_name_themself(order_in: OrderIn) -> None:
    in_play = await order_in("disputed")
    await in_play.act("assign", MEDIATOR, to(MEDIATOR))
    assert MEDIATOR.id == await has_it(in_play)


async def test_two_hand_overs_at_once_follow_each_other(order_in: OrderIn) -> None:
    in_play = await order_in("disputed")
    await in_play.act("assign", MEDIATOR)
    others = [somebody("mediator", "mediator") for _ in range(2)]
    answers = await asyncio.gather(
        *(in_play.api.act(in_play.order, "assign", OPERATOR, to(one)) for one in others)
    )
    assert [200, 200] == [answer.status_code for answer in answers]
    steps = (await in_play.api.events(in_play.order, in_play.buyer))[-2:]
    named = [one["fields"]["mediator_id"] for one in steps]
    assert {one.id for one in others} == set(named)
    assert named[-1] == await has_it(in_play)
    # The first of them got the case, and lost it: each is told once of each.
    texts = {who.id: (await newest(in_play, who) or {})["text"][0] for who in others}
    assert "The case is yours" in texts[named[1]]
    assert "no longer yours" in texts[named[0]]


async def test_of_two_who_saw_the_same_order_one_hands_it_over(order_in: OrderIn) -> None:
    in_play = await order_in("disputed")
    seen = f'"{in_play.order["version"]}"'
    answers = await asyncio.gather(
        *(
            in_play.api.act(in_play.order, "assign", who, body, **{"If-Match": seen})
            for who, body in ((OPERATOR, to(COLLEAGUE)), (MEDIATOR, None))
        )
    )
    assert [200, 412] == sorted(answer.status_code for answer in answers)


async def test_of_two_mediators_at_once_one_takes_the_case(order_in: OrderIn) -> None:
    in_play = await order_in("disputed")
    answers = await asyncio.gather(
        *(in_play.api.act(in_play.order, "assign", who) for who in (MEDIATOR, COLLEAGUE))
    )
    assert [200, 409] == sorted(answer.status_code for answer in answers)


async def test_who_is_mediator_and_operator_takes_as_the_one_and_hands_over_as_the_other(
    order_in: OrderIn,
) -> None:
    in_play = await order_in("disputed")
    for action, body in (
        ("assign", None),
        ("assign", to(MEDIATOR)),
        ("release", WHY),
        ("assign", to(BOTH)),
        ("release", WHY),
    ):
        await in_play.act(action, BOTH, body)
    steps = (await in_play.api.events(in_play.order, in_play.buyer))[-5:]
    assert ["mediator", "operator", "operator", "mediator", "mediator"] == [
        one["actor"]["role"] for one in steps
    ]
    party = await in_play.api.act(in_play.order, "assign", BOTH, to(in_play.buyer))
    assert (422, "invalid-request") == code(party)
    assert "a party to the order" in party.json()["detail"]
