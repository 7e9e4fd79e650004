"""The journal: who did or tried what, when, and why it was refused."""

from tests.api.conftest import DealIn
from tests.api.readings import INSTANT, instant, line
from tests.house import DELIVER, OPERATOR, House, Json, eventually, somebody


async def test_a_refused_attempt_is_kept_with_who_when_what_and_why(
    house: House, deal_in: DealIn
) -> None:
    deal = await deal_in("pending")
    answer = await house.door.act(deal.order, "deliver", deal.seller, DELIVER)
    event = (await house.door.events(deal.order, deal.buyer))[-1]
    assert {
        "seq": 2,
        "at": INSTANT,
        "received_at": INSTANT,
        "actor": {"id": deal.seller.id, "role": "seller"},
        "action": "deliver",
        "event": None,
        "accepted": False,
        "code": "action-not-allowed",
        "reason": answer.json()["detail"],
        "state": "pending",
        "version": 1,
        "request_id": event["request_id"],
        "fields": DELIVER | {"links": []},
    } == event


async def test_a_step_is_kept_with_who_when_and_what(house: House, deal_in: DealIn) -> None:
    deal = await deal_in("in_progress")
    event = (await house.door.events(deal.order, deal.seller))[-1]
    assert {
        "seq": 2,
        "at": INSTANT,
        "received_at": INSTANT,
        "actor": {"id": deal.seller.id, "role": "seller"},
        "action": "accept",
        "event": "order.accepted",
        "accepted": True,
        "code": None,
        "reason": None,
        "state": "in_progress",
        "version": 2,
        "request_id": event["request_id"],
        "fields": {},
    } == event
    assert instant(event["received_at"]) <= instant(event["at"])


async def test_an_attempt_by_the_wrong_side_is_kept(house: House, deal_in: DealIn) -> None:
    deal = await deal_in("pending")
    refused = [
        await house.door.act(deal.order, "accept", deal.buyer),
        await house.door.act(deal.order, "accept", OPERATOR),
    ]
    events = await house.door.events(deal.order, deal.buyer)
    assert [403, 403] == [answer.status_code for answer in refused]
    assert ["buyer: accept ✗ forbidden", "operator: accept ✗ forbidden"] == [
        line(event) for event in events[-2:]
    ]


async def test_refusals_and_steps_stand_in_the_order_in_which_they_came(
    house: House, deal_in: DealIn
) -> None:
    deal = await deal_in("pending")
    await house.door.act(deal.order, "complete", deal.buyer)
    await deal.act("accept", deal.seller)
    await house.door.act(deal.order, "accept", deal.seller)
    await deal.act("cancel", deal.seller)
    await house.door.act(deal.order, "deliver", deal.seller, DELIVER)
    events = await house.door.events(deal.order, deal.buyer)
    assert [
        "buyer: place → pending",
        "buyer: complete ✗ action-not-allowed",
        "seller: accept → in_progress",
        "seller: accept ✗ action-not-allowed",
        "seller: cancel → cancelled",
        "seller: deliver ✗ action-not-allowed",
    ] == [line(event) for event in events]
    assert [1, 2, 3, 4, 5, 6] == [event["seq"] for event in events]
    assert [1, 1, 2, 2, 3, 3] == [event["version"] for event in events]


async def test_a_stale_attempt_is_kept(house: House, deal_in: DealIn) -> None:
    deal = await deal_in("in_progress")
    answer = await house.door.act(deal.order, "cancel", deal.seller, if_match='"1"')
    events = await house.door.events(deal.order, deal.buyer)
    assert 412 == answer.status_code
    assert "seller: cancel ✗ version-mismatch" == line(events[-1])


async def test_what_never_reached_the_order_is_not_in_it(house: House, deal_in: DealIn) -> None:
    deal = await deal_in("pending")
    answers = [
        await house.door.act(deal.order, "accept", somebody("stranger")),
        await house.door.act(deal.order, "deliver", deal.seller, {}),
        await house.door.act(deal.order, "accept", deal.seller, if_match='"not a version"'),
    ]
    assert [404, 422, 412] == [answer.status_code for answer in answers]
    assert 1 == len(await house.door.events(deal.order, deal.buyer))


async def test_both_parties_and_operators_read_the_same_journal(
    house: House, deal_in: DealIn
) -> None:
    deal = await deal_in("revision_refused")
    first, second, third = [
        await house.door.events(deal.order, who) for who in (deal.buyer, deal.seller, OPERATOR)
    ]
    assert first == second == third


async def test_a_request_tells_the_same_as_the_journal(house: House, deal_in: DealIn) -> None:
    deal = await deal_in("pending")
    answer = await house.door.act(deal.order, "deliver", deal.seller, DELIVER)
    event = (await house.door.events(deal.order, deal.buyer))[-1]
    path = f"/v1/orders/{deal.order['id']}/requests/{event['request_id']}"
    request = await house.door.get(path, deal.buyer)
    assert {
        "id": event["request_id"],
        "order_id": deal.order["id"],
        "action": "deliver",
        "actor": {"id": deal.seller.id, "role": "seller"},
        "received_at": event["received_at"],
        "outcome": {
            "accepted": False,
            "seq": 2,
            "code": "action-not-allowed",
            "detail": answer.json()["detail"],
        },
    } == request.json()


async def test_what_came_by_hand_and_could_not_be_read_can_be_looked_up(
    house: House, deal_in: DealIn
) -> None:
    deal = await deal_in("pending")
    before = len(await house.door.events(deal.order, deal.buyer))
    handle = house.temporal.get_workflow_handle(f"order-{deal.order['id']}")
    await handle.signal("foo", {"x": 1})
    await handle.signal("accept", 17)

    async def new() -> list[Json]:
        return (await house.door.events(deal.order, deal.buyer))[before:]

    entries = await eventually(new, lambda found: len(found) == 2)
    for entry in entries:
        path = f"/v1/orders/{deal.order['id']}/requests/{entry['request_id']}"
        found = await house.door.get(path, OPERATOR)
        assert found.status_code == 200, found.text
        request = found.json()
        assert (entry["action"], None) == (request["action"], request["actor"])
        assert (False, entry["seq"]) == (request["outcome"]["accepted"], request["outcome"]["seq"])
