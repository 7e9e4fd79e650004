"""An order that this release cannot make sense of: no list is lost for it, nobody else waits for
it, and `check` and the log name it."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from api.relay import Relay
from db import orders
from db.pool import connection
from reconcile.proof import prove
from tests.api.assertions import code
from tests.api.spoiled_rows import UNREADABLE, changed, items, left_out, named
from tests.api.test_list_parts import parts
from tests.app_under_test import MEDIATOR, OPERATOR, AppUnderTest, OrderInPlay, somebody

DOCUMENTS = {
    "an unknown state": "jsonb_set(doc, '{state}', '\"paused\"')",
    "no lines": "doc - 'lines'",
    "a price in words": "jsonb_set(doc, '{lines,0,price}', '\"dear\"')",
    "no object": "'[]'",
    "nothing": "'null'",
    "an instant that is none": "jsonb_set(doc, '{created_at}', '\"yesterday\"')",
    "an id that is none": "jsonb_set(doc, '{service_id}', '\"logo\"')",
    "an id of its own that is none": "jsonb_set(doc, '{id}', '\"logo\"')",
    "an extra's id that is none": "jsonb_set(doc, '{extras,0,id}', '\"logo\"')",
    "a dispute of another day": (
        'jsonb_set(doc, \'{dispute}\', \'{"opened_at": "yesterday", "opened_by": 7}\')'
    ),
}


@pytest.fixture
async def two(app: AppUnderTest) -> tuple[OrderInPlay, OrderInPlay]:
    """Two disputed orders of one buyer, of which the first will be spoiled."""
    first, second = await app.place_order(), await app.place_order()
    for in_play in (first, second):
        await in_play.reach("disputed")
    return first, second


@pytest.mark.parametrize("doc", DOCUMENTS.values(), ids=list(DOCUMENTS))
async def test_an_order_that_cannot_be_read_hides_no_other(
    app: AppUnderTest, two: tuple[OrderInPlay, OrderInPlay], doc: str
) -> None:
    bad, good = two
    bad_id, good_id = bad.order["id"], good.order["id"]
    async with changed(app, "orders", f"id = '{bad_id}'", doc=doc):
        with capture_logs() as logs:
            newest = await items(app, "/v1/orders?limit=100", OPERATOR)
            # Those that have waited the longest come first: others' may be more than a part has.
            disputes = await parts(app.api, "/v1/disputes", MEDIATOR)
            for listed in (newest, [one for part in disputes for one in part]):
                found = {one["id"] for one in listed}
                assert (bad_id in found, good_id in found) == (False, True)
            assert [] == await items(app, "/v1/orders", bad.buyer)
        assert {f"order {bad_id}"} == left_out(logs)
        with capture_logs() as logs:
            await check_single_reads(app, bad)
        shown = {one["what"] for one in logs if one["event"] == "cannot be shown"}
        assert {f"order {bad_id}"} == shown
        proof = await prove(app.pool, app.temporal, patience=0)
        assert f"order {bad_id}" in {one.subject for one in proof.findings}
    await bad.act("cancel", OPERATOR)


async def check_single_reads(app: AppUnderTest, bad: OrderInPlay) -> None:
    """Who may know of it is told what is the matter, and nobody else that there is an order."""
    path = f"/v1/orders/{bad.order['id']}"
    reads = ("", "/events", "/ledger", "/case", "/stream", f"/requests/{bad.order['id']}")
    whole = await app.api.get(path, bad.buyer)
    assert UNREADABLE == code(whole)
    assert f"order {bad.order['id']} cannot be read" in whole.json()["detail"]
    if (await app.api.get(f"{path}/ledger", bad.buyer)).status_code == 200:
        return  # the rules can read it, and only its whole cannot be shown
    for who, expected in ((bad.seller, 409), (OPERATOR, 409), (somebody("stranger"), 404)):
        for rest in reads:
            assert expected == (await app.api.get(path + rest, who)).status_code, rest
    acted = await app.api.act(bad.order, "cancel", bad.seller)
    seen = await app.api.post(f"{path}/actions/cancel/preview", bad.seller)
    assert [UNREADABLE, UNREADABLE] == [code(acted), code(seen)]


async def test_the_parts_of_a_list_go_on_over_a_row_that_is_left_out(app: AppUnderTest) -> None:
    seller = somebody("seller")
    orders_in_play = [await app.place_order(money=5_000) for _ in range(2)]
    buyer = orders_in_play[0].buyer
    await app.api.top_up(buyer, 20_000)
    service = await app.api.offer(seller)
    placed = []
    for number in range(4):
        body = {"service_id": service["id"], "brief": "A logo."}
        answer = await app.api.post("/v1/orders", buyer, body, key=f"part-{buyer.id}-{number}")
        placed.append(answer.json()["id"])
    async with changed(app, "orders", f"id = '{placed[2]}'", doc="'{}'"):
        seen, cursor = [], ""
        while True:
            answer = await app.api.get(f"/v1/orders?limit=1{cursor}", buyer)
            page = answer.json()
            seen += [one["id"] for one in page["items"]]
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
    assert [placed[3], placed[1], placed[0], orders_in_play[0].order["id"]] == seen


@pytest.mark.parametrize("titles", ["'[]'", "'7'", "'null'"])
async def test_an_order_whose_titles_are_odd_is_named(app: AppUnderTest, titles: str) -> None:
    in_play = await app.place_order()
    name = f"order {in_play.order['id']}"
    async with changed(app, "orders", f"id = '{in_play.order['id']}'", titles=titles):
        assert [] == await items(app, "/v1/orders", in_play.buyer)
        assert UNREADABLE == code(await app.api.get(f"/v1/orders/{in_play.order['id']}", OPERATOR))
        assert {"its titles cannot be read"} <= (await named(app))[name]


async def test_an_order_that_lacks_a_title_is_shown_without_it(app: AppUnderTest) -> None:
    in_play = await app.place_order()
    async with changed(app, "orders", f"id = '{in_play.order['id']}'", titles="'{}'"):
        [order] = await items(app, "/v1/orders", in_play.buyer)
    assert ("A logo", "", ["", ""]) == (
        order["title"],
        order["lines"][0]["title"],
        [one["title"] for one in order["extras"]],
    )


async def test_an_order_that_cannot_be_read_keeps_no_other_from_its_start(
    app: AppUnderTest,
) -> None:
    bad, good = await app.place_order(), await app.place_order()
    started = {"started_at": "NULL", "created_at": "now() - interval '1 minute'"}
    gateway = _Gateway()
    relay = Relay(app.pool, gateway)  # type: ignore[arg-type]
    bad_id, good_id = bad.order["id"], good.order["id"]
    async with (
        app.api_away(),  # whose relay would be before this one
        changed(app, "orders", f"id = '{bad_id}'", doc="'{}'", **started),
        changed(app, "orders", f"id = '{good_id}'", **started),
    ):
        with capture_logs() as logs:
            await relay._start_missing()
        async with connection(app.pool) as acquired:
            left = {str(one.id) for one in await orders.not_started(acquired, 100)}
    assert (bad_id in left, good_id in gateway.started) == (True, True)
    assert f"order {bad_id}" in {one.get("what") for one in logs}


class _Gateway:
    """Starts nothing, and says so to nobody."""

    def __init__(self) -> None:
        self.started: list[str] = []

    async def start(self, order: Any, _clock: object) -> None:
        self.started.append(order.id)


@pytest.mark.parametrize(
    "doc",
    [
        "jsonb_set(doc, '{outcome,by}', '\"robot\"')",
        "jsonb_set(doc, '{outcome,counts_as}', '\"half\"')",
        "jsonb_set(doc, '{outcome,cause}', 'null')",
    ],
)
async def test_an_order_behind_a_rate_hides_no_other(app: AppUnderTest, doc: str) -> None:
    first = await (await app.place_order()).reach("completed")
    seller = first.seller
    service = await app.api.offer(seller)
    body = {"service_id": service["id"], "brief": "Another."}
    placed = await app.api.post("/v1/orders", first.buyer, body, key=f"rate-{seller.id}")
    second = OrderInPlay(app.api, first.buyer, seller, service, placed.json())
    await second.reach("completed")
    async with changed(app, "orders", f"id = '{first.order['id']}'", doc=doc):
        path = f"/v1/sellers/{seller.id}/reputation"
        behind = await items(app, f"{path}/orders", seller)
        assert [second.order["id"]] == [one["order_id"] for one in behind]
        assert 200 == (await app.api.get(path, seller)).status_code
