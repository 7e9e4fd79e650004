"""Rows of the journal, the inbox, the ledger and the endpoints that this release cannot make sense
of: somebody else wrote to them, or a newer release did. No list is lost for one of its rows; it is
left out there, and named by `check` and in the log."""

import pytest
from structlog.testing import capture_logs

from tests.api.assertions import code
from tests.api.spoiled_rows import (
    UNREADABLE,
    changed,
    items,
    left_out,
    named,
    streamed,
    unconstrained,
)
from tests.app_under_test import OPERATOR, AppUnderTest
from tests.contract import eur

ENTRIES = {
    "an unknown state": {"state": "'paused'"},
    "an unknown role": {"actor": '\'{"id": "x", "role": "robot"}\''},
    "an actor without an id": {"actor": '\'{"role": "buyer"}\''},
    "an actor in words": {"actor": "'\"the buyer\"'"},
    "an unknown code": {"code": "'because'"},
}


@pytest.mark.parametrize("values", ENTRIES.values(), ids=list(ENTRIES))
async def test_an_entry_that_cannot_be_shown_hides_no_other(
    app: AppUnderTest, values: dict[str, str]
) -> None:
    in_play = await (await app.place_order()).reach("delivered")
    order_id = in_play.order["id"]
    where = f"order_id = '{order_id}' AND seq = 2"
    path = f"/v1/orders/{order_id}"
    async with changed(app, "events", where, **values):
        with capture_logs() as logs:
            assert [1, 3] == [
                one["seq"] for one in await items(app, f"{path}/events", in_play.buyer)
            ]
            case = (await app.api.get(f"{path}/case", in_play.buyer)).json()
            assert [1, 3] == await streamed(app, f"{path}/stream", in_play.buyer, 2)
        assert ([1, 3], False) == ([one["seq"] for one in case["journal"]], case["journal_whole"])
        assert {f"entry 2 of the journal of order {order_id}"} == left_out(logs)
        assert {"entry 2 of its journal cannot be shown"} <= (await named(app))[f"order {order_id}"]
        await in_play.act("complete", in_play.buyer)


STEPS = {
    "a document of another release": {"doc": "jsonb_set(doc, '{state}', '\"paused\"')"},
    "no document": {"doc": "'{}'"},
    "an unknown event": {"event": "'order.paused'"},
}


@pytest.mark.parametrize("values", STEPS.values(), ids=list(STEPS))
async def test_a_notice_that_cannot_be_shown_hides_no_other(
    app: AppUnderTest, values: dict[str, str]
) -> None:
    in_play = await (await app.place_order()).reach("delivered")
    order_id = in_play.order["id"]
    all_of_them = await items(app, "/v1/notifications", in_play.buyer)
    bad = next(one for one in all_of_them if one["seq"] == 2)
    async with changed(app, "events", f"order_id = '{order_id}' AND seq = 2", **values):
        with capture_logs() as logs:
            left = await items(app, "/v1/notifications", in_play.buyer)
        assert [one for one in all_of_them if one["seq"] != 2] == left
        assert {f"entry 2 of the journal of order {order_id}"} == left_out(logs)
        read = await app.api.post(f"/v1/notifications/{bad['id']}/read", in_play.buyer)
        assert UNREADABLE == code(read)
        assert [one for one in (await named(app))[f"order {order_id}"] if "entry 2" in one]


async def test_a_notice_for_nobody_known_hides_no_other(app: AppUnderTest) -> None:
    in_play = await (await app.place_order()).reach("in_progress")
    order_id = in_play.order["id"]
    where = f"order_id = '{order_id}' AND seq = 2 AND user_id = '{in_play.buyer.id}'"
    async with changed(app, "notices", where, role="'robot'"):
        found = await items(app, "/v1/notifications", in_play.buyer)
        assert 2 not in {one["seq"] for one in found}
        problem = "a notice of entry 2 of its journal is for nobody"
        assert problem in (await named(app))[f"order {order_id}"]


async def test_a_movement_of_a_kind_that_is_not_known_hides_no_other(app: AppUnderTest) -> None:
    in_play = await (await app.place_order()).reach("completed")
    order_id, buyer = in_play.order["id"], in_play.buyer
    path = f"/v1/orders/{order_id}"
    held = (await items(app, f"{path}/ledger", buyer))[0]["id"].partition("-")[0]
    async with (
        unconstrained(app, "ledger.tx"),
        changed(app, "ledger.tx", f"id = {held}", kind="'gift'"),
    ):
        ledger = await items(app, f"{path}/ledger", buyer)
        entries = await items(app, "/v1/wallet/entries", buyer)
        case = (await app.api.get(f"{path}/case", buyer)).json()
        assert {"release"} == {one["kind"] for one in ledger}
        assert ledger == case["ledger"]
        assert ["top_up"] == [one["kind"] for one in entries]
        assert f"order {order_id}" in await named(app)


async def test_a_request_that_cannot_be_shown_is_named(app: AppUnderTest) -> None:
    in_play = await (await app.place_order()).reach("in_progress")
    order_id = in_play.order["id"]
    request = (await app.api.events(in_play.order, in_play.buyer))[-1]["request_id"]
    where = f"order_id = '{order_id}' AND request_id = '{request}'"
    async with changed(app, "requests", where, outcome="'[]'"):
        answer = await app.api.get(f"/v1/orders/{order_id}/requests/{request}", in_play.buyer)
        assert UNREADABLE == code(answer)
        problem = f"request {request} of it cannot be shown"
        assert problem in (await named(app))[f"order {order_id}"]


async def test_an_endpoint_that_cannot_be_shown_hides_no_other(app: AppUnderTest) -> None:
    made = []
    for path in ("one", "two"):
        body = {"url": f"https://hooks.example/{path}", "events": ["order.completed"]}
        answer = await app.api.post("/v1/webhook-endpoints", OPERATOR, body)
        assert 201 == answer.status_code, answer.text
        made.append(answer.json()["id"])
    bad, good = made
    where = f"id = '{bad}'"
    async with changed(app, "webhook_endpoints", where, events="ARRAY['order.paused']"):
        found = {one["id"] for one in await items(app, "/v1/webhook-endpoints", OPERATOR)}
        assert (bad in found, good in found) == (False, True)
        single = await app.api.get(f"/v1/webhook-endpoints/{bad}", OPERATOR)
        assert UNREADABLE == code(single)
        assert {"wants events that there are not"} == (await named(app))[f"webhook endpoint {bad}"]
    for one in made:
        gone = await app.api.post(f"/v1/webhook-endpoints/{one}/disable", OPERATOR)
        assert 200 == gone.status_code


async def test_what_is_sound_is_named_by_nobody(own_app: AppUnderTest) -> None:
    in_play = await (await own_app.place_order()).reach("completed")
    await own_app.api.act(in_play.order, "cancel", in_play.buyer)
    await own_app.api.top_up(in_play.buyer, eur(1)["amount"])
    assert {} == await named(own_app)
