"""Values that PostgreSQL holds and Python cannot: no list is lost for one of them, and `check`
names each."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs

from api.gateway import Gateway
from api.relay import Relay
from db import orders, repairs, requests
from db.pool import connection
from db.unreadable_values import DOCUMENTS, INSTANTS
from domain.actions import Cancel
from domain.operator_text import instant
from domain.order import Actor
from domain.vocabulary import Role
from reconcile.proof import prove
from tests.api.assertions import code
from tests.api.spoiled_rows import UNREADABLE, changed, items, left_out, named, streamed
from tests.app_under_test import (
    OPERATOR,
    AppUnderTest,
    Json,
    OrderInPlay,
    Person,
    eventually,
    somebody,
)

NOT_IN_PYTHON = ["'290000-01-01'", "'0044-03-15 BC'", "'infinity'", "'-infinity'"]
"""Instants that its calendar has not."""

ODD = [*NOT_IN_PYTHON, "'0001-01-01 00:00Z'", "'9999-12-31 23:59:59.999999Z'", "'1600-01-01'"]
"""The same, and the ends of its calendar."""

OUT_OF_CALENDAR = "created_at holds an instant that no calendar has"
ENDPOINTS = "/v1/webhook-endpoints?limit=100"
TOO_LONG = "to_jsonb(('1' || repeat('0', 5000))::numeric)"
TOO_DEEP = "(repeat('[', 3000) || repeat(']', 3000))::jsonb"


async def all_of(app: AppUnderTest, path: str, who: Person) -> list[str]:
    """The ids of a list that is read one by one."""
    found: list[str] = []
    joined = "&" if "?" in path else "?"
    cursor = ""
    while True:
        answer = await app.api.get(f"{path}{joined}limit=1{cursor}", who)
        assert 200 == answer.status_code, answer.text
        page = answer.json()
        found += [one["id"] for one in page["items"]]
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


@pytest.mark.parametrize("at", ODD)
async def test_a_service_of_another_calendar_hides_no_other(app: AppUnderTest, at: str) -> None:
    seller = somebody("seller")
    made = [(await app.api.offer(seller))["id"] for _ in range(3)]
    bad = made[1]
    async with changed(app, "services", f"id = '{bad}'", created_at=at):
        path = f"/v1/services?seller_id={seller.id}"
        whole = {one["id"] for one in await items(app, path, seller)}
        assert set(await all_of(app, path, seller)) == whole
        assert 200 == (await app.api.get("/v1/services", seller)).status_code
        assert {made[0], made[2]} == whole - {bad}
        single = await app.api.get(f"/v1/services/{bad}", seller)
        is_shown = at not in NOT_IN_PYTHON
        assert (is_shown, 200 if is_shown else 409) == (bad in whole, single.status_code)
        said = (await named(app)).get(f"service {bad}", set())
        assert (set() if is_shown else {OUT_OF_CALENDAR}) == said


@pytest.mark.parametrize("at", ODD)
async def test_an_order_of_another_calendar_is_shown_by_its_document(
    app: AppUnderTest, at: str
) -> None:
    first = await app.place_order(money=9_000)
    ids = [first.order["id"]]
    for number in range(2):
        body = {"service_id": first.service["id"], "brief": "Another."}
        key = f"calendar-{first.buyer.id}-{number}"
        ids.append((await app.api.post("/v1/orders", first.buyer, body, key=key)).json()["id"])
    async with changed(app, "orders", f"id = '{ids[1]}'", created_at=at):
        for path, who in (("/v1/orders", first.buyer), ("/v1/orders?role=seller", first.seller)):
            assert set(ids) == {one["id"] for one in await items(app, path, who)}
            assert sorted(ids) == sorted(await all_of(app, path, who))
        assert 200 == (await app.api.get("/v1/orders", OPERATOR)).status_code
        single = await app.api.get(f"/v1/orders/{ids[1]}", first.buyer)
        assert 200 == single.status_code
        said = (await named(app)).get(f"order {ids[1]}", set())
        assert (OUT_OF_CALENDAR in said) == (at in NOT_IN_PYTHON)


@pytest.mark.parametrize("at", NOT_IN_PYTHON[:3])
async def test_a_dispute_of_another_calendar_hides_no_other(app: AppUnderTest, at: str) -> None:
    bad, good = await app.place_order(), await app.place_order()
    for in_play in (bad, good):
        await in_play.reach("disputed")
    doc = f"jsonb_set(doc, '{{dispute,opened_at}}', to_jsonb({at}::text))"
    async with changed(app, "orders", f"id = '{bad.order['id']}'", doc=doc):
        found = await all_of(app, "/v1/disputes", OPERATOR)
        assert (bad.order["id"] in found, good.order["id"] in found) == (False, True)
    for in_play in (bad, good):
        await in_play.act("cancel", OPERATOR)


@pytest.mark.parametrize("at", ODD)
@pytest.mark.parametrize("column", ["created_at", "disabled_at", "previous_until"])
async def test_an_endpoint_of_another_calendar_hides_no_other(
    app: AppUnderTest, column: str, at: str
) -> None:
    made = []
    for path in ("one", "two", "three"):
        body = {"url": f"https://hooks.example/{path}", "events": ["order.completed"]}
        answer = await app.api.post("/v1/webhook-endpoints", OPERATOR, body)
        made.append(answer.json()["id"])
    bad = made[1]
    async with changed(app, "webhook_endpoints", f"id = '{bad}'", **{column: at}):
        whole = {one["id"] for one in await items(app, ENDPOINTS, OPERATOR)}
        assert {made[0], made[2]} <= whole
        one_by_one = await all_of(app, "/v1/webhook-endpoints", OPERATOR)
        assert whole == set(one_by_one[: len(whole)])  # others may have made more than a page
        said = (await named(app)).get(f"webhook endpoint {bad}", set())
        off = {f"{column} holds an instant that no calendar has"}
        assert (off if at in NOT_IN_PYTHON else set()) == said
    for one in made:
        await app.api.post(f"/v1/webhook-endpoints/{one}/disable", OPERATOR)


@pytest.mark.parametrize("at", NOT_IN_PYTHON)
@pytest.mark.parametrize("column", ["at", "received_at"])
async def test_an_entry_of_another_calendar_hides_no_other(
    app: AppUnderTest, column: str, at: str
) -> None:
    in_play = await (await app.place_order()).reach("delivered")
    path = f"/v1/orders/{in_play.order['id']}"
    where = f"order_id = '{in_play.order['id']}' AND seq = 2"
    async with changed(app, "events", where, **{column: at}):
        with capture_logs() as logs:
            found = await items(app, f"{path}/events", in_play.buyer)
        assert [1, 3] == [one["seq"] for one in found]
        assert {f"entry 2 of the journal of order {in_play.order['id']}"} == left_out(logs)
        assert [1, 3] == await streamed(app, f"{path}/stream", in_play.buyer, 2)
        assert 200 == (await app.api.get(f"{path}/case", in_play.buyer)).status_code
        assert 200 == (await app.api.get("/v1/notifications", in_play.buyer)).status_code
        said = (await named(app))[f"order {in_play.order['id']}"]
        assert f"{column} holds an instant that no calendar has" in said


async def test_a_notice_that_was_read_at_no_time_hides_no_other(app: AppUnderTest) -> None:
    in_play = await (await app.place_order()).reach("delivered")
    before = await items(app, "/v1/notifications", in_play.buyer)
    await app.api.post(f"/v1/notifications/{before[0]['id']}/read", in_play.buyer)
    async with changed(app, "notice_reads", f"notice_id = {before[0]['id']}", read_at="'infinity'"):
        assert before[1:] == await items(app, "/v1/notifications", in_play.buyer)
        said = (await named(app))[f"order {in_play.order['id']}"]
        assert {"read_at holds an instant that no calendar has"} == said


async def test_a_movement_of_another_calendar_hides_no_other(app: AppUnderTest) -> None:
    in_play = await (await app.place_order()).reach("completed")
    path, buyer = f"/v1/orders/{in_play.order['id']}", in_play.buyer
    held = (await items(app, f"{path}/ledger", buyer))[0]["id"].partition("-")[0]
    async with changed(app, "ledger.tx", f"id = {held}", created_at="'290000-01-01'"):
        assert {"release"} == {one["kind"] for one in await items(app, f"{path}/ledger", buyer)}
        entries = await items(app, "/v1/wallet/entries", buyer)
        assert ["top_up"] == [one["kind"] for one in entries]
        assert 200 == (await app.api.get(f"{path}/case", buyer)).status_code
        assert OUT_OF_CALENDAR in (await named(app))[f"order {in_play.order['id']}"]


async def undecided(app: AppUnderTest, in_play: OrderInPlay) -> str:
    """Write a request down that nobody signals."""
    request_id = str(uuid4())
    async with connection(app.pool) as acquired:
        await requests.write(
            acquired,
            orders_id(in_play),
            request_id,
            "cancel",
            Actor(id=in_play.seller.id, role=Role.SELLER),
            Cancel(),
            None,
        )
    return request_id


def orders_id(in_play: OrderInPlay) -> UUID:
    return UUID(in_play.order["id"])


class _Gateway:
    """Takes what it is given."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self.signalled: list[str] = []

    async def signal(self, request: requests.Pending) -> None:
        await self._real.signal(request)
        self.signalled.append(request.request_id)


@pytest.mark.parametrize(
    ("column", "value", "is_sent"),
    [
        *(("received_at", at, True) for at in NOT_IN_PYTHON),
        ("signal", "'[]'", False),
        ("signal", f"jsonb_build_object('n', {TOO_LONG})", False),
        ("signal", TOO_DEEP, False),
    ],
)
async def test_a_request_that_cannot_be_read_keeps_no_other_from_its_order(
    app: AppUnderTest, column: str, value: str, *, is_sent: bool
) -> None:
    bad, good = await app.place_order(), await app.place_order()
    async with app.api_away():  # whose relay would be before this one
        bad_id = await undecided(app, bad)
        where = f"order_id = '{bad.order['id']}' AND request_id = '{bad_id}'"
        async with changed(app, "requests", where, **{column: value, "next_signal": "now()"}):
            good_id = await undecided(app, good)
            gateway = _Gateway(Gateway(app.temporal))
            relay = Relay(app.pool, gateway)  # type: ignore[arg-type]
            async with connection(app.pool) as acquired:
                await requests.due_now(acquired, orders_id(good))

            async def sent() -> bool:
                await relay._send_due()
                return good_id in gateway.signalled

            with capture_logs() as logs:
                await eventually(sent)  # behind whatever others have left due
            proof = await prove(app.pool, app.temporal, patience=0)
        assert is_sent or f"a request of order {bad.order['id']}" in {
            one.get("what") for one in logs
        }
        assert proof.uncompared is None
        assert f"order {bad.order['id']}" in {one.subject for one in proof.findings}


@pytest.mark.parametrize("doc", [f"jsonb_set(doc, '{{version}}', {TOO_LONG})", TOO_DEEP])
async def test_a_document_that_is_too_much_for_a_reader_hides_no_other(
    app: AppUnderTest, doc: str
) -> None:
    bad = await app.place_order()
    async with changed(app, "orders", f"id = '{bad.order['id']}'", doc=doc):
        assert 200 == (await app.api.get("/v1/orders", OPERATOR)).status_code
        assert [] == await items(app, "/v1/orders", bad.buyer)
        assert UNREADABLE == code(await app.api.get(f"/v1/orders/{bad.order['id']}", OPERATOR))
        proof = await prove(app.pool, app.temporal, patience=0)
        assert proof.uncompared is None
        assert f"order {bad.order['id']}" in {one.subject for one in proof.findings}


@pytest.mark.parametrize("value", [TOO_DEEP, f"jsonb_build_object('n', {TOO_LONG})"])
@pytest.mark.parametrize("column", ["actor", "doc"])
async def test_an_entry_that_is_too_much_for_a_reader_hides_no_other(
    app: AppUnderTest, column: str, value: str
) -> None:
    in_play = await (await app.place_order()).reach("delivered")
    order_id = in_play.order["id"]
    where = f"order_id = '{order_id}' AND seq = 2"
    async with changed(app, "events", where, **{column: value}):
        for path in (f"/v1/orders/{order_id}/events", "/v1/notifications"):
            seqs = {one["seq"] for one in await items(app, path, in_play.buyer)}
            assert {1, 3} <= seqs | {1}
        said = (await named(app))[f"order {order_id}"]
        assert f"{column} holds a document that nobody can read" in said


@pytest.mark.parametrize("value", [TOO_DEEP, f"jsonb_build_object('n', {TOO_LONG})"])
async def test_metadata_that_is_too_much_for_a_reader_hides_no_other(
    app: AppUnderTest, value: str
) -> None:
    in_play, key = await app.place_order(), f"noted-{uuid4()}"
    body = {"service_id": in_play.service["id"], "brief": "Two.", "metadata": {"basket": "b"}}
    order = (await app.api.post("/v1/orders", in_play.buyer, body, key=key)).json()
    service = await app.api.offer(in_play.seller)
    hooks = {"url": "https://hooks.example/one", "events": ["order.completed"]}
    endpoint = (await app.api.post("/v1/webhook-endpoints", OPERATOR, hooks)).json()
    for table, column, one, path, who, subject in (
        ("services", "id", service, "services", in_play.seller, "service"),
        ("order_metadata", "order_id", order, "orders", in_play.buyer, "order"),
        ("webhook_endpoints", "id", endpoint, "webhook-endpoints", OPERATOR, "webhook endpoint"),
    ):
        async with changed(app, table, f"{column} = '{one['id']}'", metadata=value):
            listed = await items(app, f"/v1/{path}?limit=100", who)
            assert one["id"] not in {found["id"] for found in listed}
            assert UNREADABLE == code(await app.api.get(f"/v1/{path}/{one['id']}", who))
            said = (await named(app))[f"{subject} {one['id']}"]
            assert "metadata holds a document that nobody can read" in said
    await app.api.post(f"/v1/webhook-endpoints/{endpoint['id']}/disable", OPERATOR)


async def test_an_answer_that_cannot_be_read_is_told_as_what_it_is(app: AppUnderTest) -> None:
    seller, key = somebody("seller"), f"kept-{uuid4()}"
    body: Json = {
        "title": "A logo",
        "price": {"amount": 100, "currency": "EUR"},
        "delivery_time": "P1D",
        "extras": [],
    }
    first = await app.api.post("/v1/services", seller, body, key=key)
    assert 201 == first.status_code
    where = f"caller = '{seller.id}' AND key = '{key}'"
    for answer in (TOO_DEEP, "'[]'"):
        async with changed(app, "idempotency_keys", where, answer=answer):
            assert UNREADABLE == code(await app.api.post("/v1/services", seller, body, key=key))


async def test_a_repair_of_another_calendar_is_told_with_the_others(app: AppUnderTest) -> None:
    in_play = await app.place_order()
    async with connection(app.pool) as acquired:
        await repairs.write(acquired, orders_id(in_play), "ops", "odd", "looks")
        where = f"order_id = '{in_play.order['id']}'"
        async with changed(app, "repairs", where, at="'infinity'"):
            latest = await repairs.latest(acquired, 100)
    assert "no day in UTC" in {instant(one.at) for one in latest}


@pytest.mark.parametrize(
    ("kind", "known"), [("timestamptz", INSTANTS), ("jsonb", DOCUMENTS)], ids=["instants", "json"]
)
async def test_check_looks_at_every_column_that_can_hold_such_a_value(
    app: AppUnderTest, kind: str, known: dict[str, Any]
) -> None:
    async with connection(app.pool) as acquired:
        rows = await acquired.fetch(
            "SELECT c.oid::regclass::text AS of, a.attname AS name FROM pg_attribute a"
            " JOIN pg_class c ON c.oid = a.attrelid"
            " WHERE c.relkind IN ('r', 'p') AND NOT a.attisdropped"
            " AND c.relnamespace IN ('public'::regnamespace, 'ledger'::regnamespace)"
            " AND a.atttypid = $1::text::regtype"
            " AND has_column_privilege(c.oid, a.attnum, 'SELECT')",
            kind,
        )
    looked_at = {(table, name) for table, (_, names) in known.items() for name in names}
    assert {(row["of"], row["name"]) for row in rows} == looked_at


async def test_orders_are_started_whatever_their_calendar(app: AppUnderTest) -> None:
    in_play = await app.place_order()
    where = f"id = '{in_play.order['id']}'"
    async with (
        app.api_away(),  # whose relay would be before this one
        changed(app, "orders", where, created_at="'-infinity'", started_at="NULL"),
    ):
        async with connection(app.pool) as acquired:
            missing = await orders.not_started(acquired, 100)
        assert in_play.order["id"] in {str(one.id) for one in missing}
