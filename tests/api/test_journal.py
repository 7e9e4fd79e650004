"""The journal: who did or tried what, when, and why it was refused."""

from tests.api.assertions import INSTANT, instant, line
from tests.api.conftest import OrderIn
from tests.app_under_test import DELIVER, OPERATOR, AppUnderTest, Json, eventually, somebody


async def test_a_refused_attempt_is_kept_with_who_when_what_and_why(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("pending")
    answer = await app.api.act(in_play.order, "deliver", in_play.seller, DELIVER)
    event = (await app.api.events(in_play.order, in_play.buyer))[-1]
    assert {
        "seq": 2,
        "at": INSTANT,
        "received_at": INSTANT,
        "actor": {"id": in_play.seller.id, "role": "seller"},
        "action": "deliver",
        "event": None,
        "accepted": False,
        "code": "action-not-allowed",
        "reason": answer.json()["detail"],
        "state": "pending",
        "version": 1,
        "request_id": event["request_id"],
        "shortened": False,
        "fields": DELIVER | {"links": []},
    } == event


async def test_a_step_is_kept_with_who_when_and_what(app: AppUnderTest, order_in: OrderIn) -> None:
    in_play = await order_in("in_progress")
    event = (await app.api.events(in_play.order, in_play.seller))[-1]
    assert {
        "seq": 2,
        "at": INSTANT,
        "received_at": INSTANT,
        "actor": {"id": in_play.seller.id, "role": "seller"},
        "action": "accept",
        "event": "order.accepted",
        "accepted": True,
        "code": None,
        "reason": None,
        "state": "in_progress",
        "version": 2,
        "request_id": event["request_id"],
        "shortened": False,
        "fields": {},
    } == event
    assert instant(event["received_at"]) <= instant(event["at"])


async def test_an_attempt_by_the_wrong_side_is_kept(app: AppUnderTest, order_in: OrderIn) -> None:
    in_play = await order_in("pending")
    refused = [
        await app.api.act(in_play.order, "accept", in_play.buyer),
        await app.api.act(in_play.order, "accept", OPERATOR),
    ]
    events = await app.api.events(in_play.order, in_play.buyer)
    assert [403, 403] == [answer.status_code for answer in refused]
    assert ["buyer: accept ✗ forbidden", "operator: accept ✗ forbidden"] == [
        line(event) for event in events[-2:]
    ]


async def test_refusals_and_steps_stand_in_the_order_in_which_they_came(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("pending")
    await app.api.act(in_play.order, "complete", in_play.buyer)
    await in_play.act("accept", in_play.seller)
    await app.api.act(in_play.order, "accept", in_play.seller)
    await in_play.act("cancel", in_play.seller)
    await app.api.act(in_play.order, "deliver", in_play.seller, DELIVER)
    events = await app.api.events(in_play.order, in_play.buyer)
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


async def test_a_stale_attempt_is_kept(app: AppUnderTest, order_in: OrderIn) -> None:
    in_play = await order_in("in_progress")
    answer = await app.api.act(in_play.order, "cancel", in_play.seller, if_match='"1"')
    events = await app.api.events(in_play.order, in_play.buyer)
    assert 412 == answer.status_code
    assert "seller: cancel ✗ version-mismatch" == line(events[-1])


async def test_what_never_reached_the_order_is_not_in_it(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("pending")
    answers = [
        await app.api.act(in_play.order, "accept", somebody("stranger")),
        await app.api.act(in_play.order, "deliver", in_play.seller, {}),
        await app.api.act(in_play.order, "accept", in_play.seller, if_match='"not a version"'),
    ]
    assert [404, 422, 412] == [answer.status_code for answer in answers]
    assert 1 == len(await app.api.events(in_play.order, in_play.buyer))


async def test_both_parties_and_operators_read_the_same_journal(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("revision_refused")
    first, second, third = [
        await app.api.events(in_play.order, who)
        for who in (in_play.buyer, in_play.seller, OPERATOR)
    ]
    assert first == second == third


async def test_a_request_tells_the_same_as_the_journal(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("pending")
    answer = await app.api.act(in_play.order, "deliver", in_play.seller, DELIVER)
    event = (await app.api.events(in_play.order, in_play.buyer))[-1]
    path = f"/v1/orders/{in_play.order['id']}/requests/{event['request_id']}"
    request = await app.api.get(path, in_play.buyer)
    assert {
        "id": event["request_id"],
        "order_id": in_play.order["id"],
        "action": "deliver",
        "actor": {"id": in_play.seller.id, "role": "seller"},
        "received_at": event["received_at"],
        "outcome": {
            "accepted": False,
            "seq": 2,
            "code": "action-not-allowed",
            "detail": answer.json()["detail"],
        },
    } == request.json()


async def test_what_came_by_hand_and_could_not_be_read_can_be_looked_up(
    app: AppUnderTest, order_in: OrderIn
) -> None:
    in_play = await order_in("pending")
    before = len(await app.api.events(in_play.order, in_play.buyer))
    handle = app.temporal.get_workflow_handle(f"order-{in_play.order['id']}")
    await handle.signal("foo", {"x": 1})
    await handle.signal("accept", 17)

    async def new() -> list[Json]:
        return (await app.api.events(in_play.order, in_play.buyer))[before:]

    entries = await eventually(new, lambda found: len(found) == 2)
    for entry in entries:
        path = f"/v1/orders/{in_play.order['id']}/requests/{entry['request_id']}"
        found = await app.api.get(path, OPERATOR)
        assert found.status_code == 200, found.text
        request = found.json()
        assert (entry["action"], None) == (request["action"], request["actor"])
        assert (False, entry["seq"]) == (request["outcome"]["accepted"], request["outcome"]["seq"])
