"""Rows that this release cannot make sense of: somebody else wrote to them, or a newer release did.
No list is lost for one of its rows; it is left out there, and named by `check` and in the log."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from structlog.testing import capture_logs

from api.relay import Relay
from db import audit, orders
from db.pool import connection
from reconcile.proof import prove
from tests.api.assertions import code
from tests.app_under_test import (
    MEDIATOR,
    OPERATOR,
    AppUnderTest,
    Json,
    OrderInPlay,
    Person,
    somebody,
)
from tests.contract import eur
from tests.db.test_kept_lists import KEEPING

UNREADABLE = (409, "unreadable")


@asynccontextmanager
async def changed(app: AppUnderTest, table: str, where: str, **values: str) -> AsyncIterator[None]:
    """While the block lasts, a row has other values (SQL expressions), whatever guards it."""
    owner = await asyncpg.connect(app.database_url)
    before = await owner.fetchval(f"SELECT to_jsonb(t) FROM {table} t WHERE {where}")
    names = ", ".join(values)

    async def put(what: str, *arguments: Any) -> None:
        async with owner.transaction():
            await owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
            for one in KEEPING:  # what keeps lists guards nothing
                if one.startswith(f"{table}."):
                    name = one.removeprefix(f"{table}.")
                    await owner.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
            await owner.execute(f"UPDATE {table} {what}", *arguments)
            await owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER ALL")
            for trigger in await owner.fetch(
                "SELECT tgname FROM pg_trigger WHERE tgrelid = $1::text::regclass"
                " AND NOT tgisinternal",
                table,
            ):
                await owner.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger[0]}")

    other = ", ".join(f"{name} = {value}" for name, value in values.items())
    await put(f"SET {other} WHERE {where}")
    try:
        yield
    finally:
        await put(
            f"SET ({names}) = (SELECT {names} FROM jsonb_populate_record(NULL::{table}, $1::jsonb))"
            f" WHERE {where}",
            before,
        )
        await owner.close()


async def items(app: AppUnderTest, path: str, who: Person) -> list[Json]:
    answer = await app.api.get(path, who)
    assert 200 == answer.status_code, (path, answer.text)
    found: list[Json] = answer.json()["items"]
    return found


async def named(app: AppUnderTest) -> dict[str, set[str]]:
    """What `check` says of the rows, by their names."""
    async with connection(app.pool) as acquired:
        found = await audit.findings(acquired)
    problems: dict[str, set[str]] = {}
    for one in found:
        problems.setdefault(one.subject, set()).add(one.problem)
    return problems


def left_out(logs: list[Any]) -> set[str]:
    return {one["what"] for one in logs if one["event"] == "left out of a list"}


# --- orders ------------------------------------------------------------------------------------

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
            for path, who in (
                ("/v1/orders?limit=100", OPERATOR),
                ("/v1/disputes?limit=100", MEDIATOR),
            ):
                found = {one["id"] for one in await items(app, path, who)}
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


# --- services ----------------------------------------------------------------------------------

SERVICES = {
    "no currency": {"currency": "'eu1'"},
    "small letters": {"currency": "'eur'"},
    "blanks": {"currency": "''"},
    "for ever": {"delivery_time": "'infinity'"},
    "longer than there is time": {"revision_time": "'178000000 years'"},
}


@pytest.mark.parametrize("values", SERVICES.values(), ids=list(SERVICES))
async def test_a_service_that_cannot_be_shown_hides_no_other(
    app: AppUnderTest, values: dict[str, str]
) -> None:
    seller, buyer = somebody("seller"), somebody("buyer")
    bad, good = await app.api.offer(seller), await app.api.offer(seller)
    async with changed(app, "services", f"id = '{bad['id']}'", **values):
        with capture_logs() as logs:
            listed = await items(app, f"/v1/services?seller_id={seller.id}", buyer)
            everywhere = await items(app, "/v1/services?limit=100", buyer)
        assert [good["id"]] == [one["id"] for one in listed]
        assert bad["id"] not in {one["id"] for one in everywhere}
        assert {f"service {bad['id']}"} == left_out(logs)
        assert UNREADABLE == code(await app.api.get(f"/v1/services/{bad['id']}", buyer))
        await app.api.top_up(buyer, 5_000)
        body, key = {"service_id": bad["id"], "brief": "A logo."}, f"spoiled-{buyer.id}"
        refused = await app.api.post("/v1/orders", buyer, body, key=key)
        assert UNREADABLE == code(refused)
        assert 5_000 == await app.api.balance(buyer)
        assert {"cannot be shown"} == (await named(app))[f"service {bad['id']}"]
    assert f"service {bad['id']}" not in await named(app)


async def test_an_extra_that_cannot_be_shown_takes_its_service_along(app: AppUnderTest) -> None:
    seller = somebody("seller")
    bad, good = await app.api.offer(seller), await app.api.offer(seller)
    where = f"id = '{bad['extras'][0]['id']}'"
    async with changed(app, "extras", where, delivery_time="'178000000 years'"):
        listed = await items(app, f"/v1/services?seller_id={seller.id}", seller)
        assert [good["id"]] == [one["id"] for one in listed]
        assert {"cannot be shown"} == (await named(app))[f"service {bad['id']}"]


METADATA = {
    "a list": "'[]'",
    "a text": "'\"basket\"'",
    "nothing": "'null'",
    "a number in it": "'{\"basket\": 1}'",
    "an object in it": '\'{"basket": {"a": "b"}}\'',
    "null in it": "'{\"basket\": null}'",
}


@pytest.mark.parametrize("value", METADATA.values(), ids=list(METADATA))
async def test_metadata_that_is_none_hides_no_other(app: AppUnderTest, value: str) -> None:
    in_play, seller = await app.place_order(), somebody("seller")
    service, kept = await app.api.offer(seller), await app.api.offer(seller)
    body = {"service_id": in_play.service["id"], "brief": "Two.", "metadata": {"basket": "b"}}
    key = f"two-{in_play.buyer.id}"
    order = (await app.api.post("/v1/orders", in_play.buyer, body, key=key)).json()
    hooks = {"url": "https://hooks.example/one", "events": ["order.completed"]}
    other, endpoint = [
        (await app.api.post("/v1/webhook-endpoints", OPERATOR, hooks)).json() for _ in range(2)
    ]
    for table, column, one, path, who, subject in (
        ("services", "id", service, "services", seller, "service"),
        ("order_metadata", "order_id", order, "orders", in_play.buyer, "order"),
        ("webhook_endpoints", "id", endpoint, "webhook-endpoints", OPERATOR, "webhook endpoint"),
    ):
        name = f"{subject} {one['id']}"
        async with changed(app, table, f"{column} = '{one['id']}'", metadata=value):
            listed = await items(app, f"/v1/{path}?limit=100", who)
            assert one["id"] not in {found["id"] for found in listed}
            assert listed, "others are there"
            assert UNREADABLE == code(await app.api.get(f"/v1/{path}/{one['id']}", who))
            assert {"its metadata cannot be shown"} == (await named(app))[name]
            if path != "orders":
                change: Json = {"metadata": {"basket": "c"}}
                refused = await app.api.call("PATCH", f"/v1/{path}/{one['id']}", who, change)
                assert UNREADABLE == code(refused)
        assert name not in await named(app)
    assert kept["id"] in {one["id"] for one in await items(app, "/v1/services?limit=100", seller)}
    for one in (other, endpoint):
        await app.api.post(f"/v1/webhook-endpoints/{one['id']}/disable", OPERATOR)


# --- the journal, the inbox, the ledger ----------------------------------------------------------

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


async def streamed(app: AppUnderTest, path: str, who: Person, count: int) -> list[int]:
    """The numbers of the first entries of a stream."""
    found: list[int] = []
    async with app.api.client.stream("GET", path, headers=who.headers) as answer:
        async for line in answer.aiter_lines():
            if line.startswith("data:"):
                found.append(json.loads(line.removeprefix("data:"))["seq"])
            if len(found) == count:
                break
    return found


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


@asynccontextmanager
async def unconstrained(app: AppUnderTest) -> AsyncIterator[None]:
    """While the block lasts, a posting may be of any kind."""
    owner = await asyncpg.connect(app.database_url)
    rule = await owner.fetchval(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = 'ledger.tx'::regclass AND conname = 'tx_kind_check'"
    )
    await owner.execute("ALTER TABLE ledger.tx DROP CONSTRAINT tx_kind_check")
    try:
        yield
    finally:
        await owner.execute(f"ALTER TABLE ledger.tx ADD CONSTRAINT tx_kind_check {rule}")
        await owner.close()


async def test_a_movement_of_a_kind_that_is_not_known_hides_no_other(app: AppUnderTest) -> None:
    in_play = await (await app.place_order()).reach("completed")
    order_id, buyer = in_play.order["id"], in_play.buyer
    path = f"/v1/orders/{order_id}"
    held = (await items(app, f"{path}/ledger", buyer))[0]["id"].partition("-")[0]
    async with (
        unconstrained(app),
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


# --- reputation, endpoints -----------------------------------------------------------------------


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


async def test_what_is_sound_is_named_by_nobody(app: AppUnderTest) -> None:
    in_play = await (await app.place_order()).reach("completed")
    await app.api.act(in_play.order, "cancel", in_play.buyer)
    await app.api.top_up(in_play.buyer, eur(1)["amount"])
    assert {} == await named(app)
