"""What operators see first is right, and reads a bounded way, however much there is."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from db import console, console_history, last_checks, order_search, restorations, webhooks
from db.audit import Finding, Proof
from db.console import ENDPOINTS, LATEST, OVERVIEW, Frozen, Overview, overview
from db.needs import Need
from db.order_search import Sought
from db.pool import speak_json
from db.worker_heartbeats import FRESH
from domain.actions import PROVIDER_FIELDS
from domain.command import command
from domain.order import Actor, Order
from domain.payments import NEEDS_A_PERSON
from domain.rules import decide
from domain.step import ToRecord, record_of_command
from domain.vocabulary import OPEN_STATES, Action, ProviderAct, Role, State
from embedded.postgres import Postgres
from tests.conftest import copy_of_template
from tests.db.disputed import LOST, OPENED, Payments
from tests.db.market import Market, Owner, act_of, cancellation, expiry, now, seller_of
from tests.db.test_order_search import FILLED, TABLES, nodes, plan_of, read

HOUR = timedelta(hours=1)
WAY = 100
"""The way is shortened here, and the orders are many times as many."""


@pytest.fixture(scope="module")
async def crowded(postgres: Postgres) -> AsyncIterator[Owner]:
    """A database with many orders, of which as many are open as have ended."""
    connection = await asyncpg.connect(await copy_of_template(postgres))
    await speak_json(connection)
    await connection.execute(FILLED)
    await connection.execute(
        "UPDATE sought_orders SET state = 'delivered' WHERE hashtext(order_id::text) % 2 = 0"
    )
    await connection.execute("VACUUM (ANALYZE) orders, sought_orders")
    yield connection
    await connection.close()


async def test_the_overview_reads_a_bounded_way_by_index(crowded: Owner) -> None:
    needs = [one.value for one in Need]
    given = [list(OPEN_STATES), WAY, needs, now() + HOUR, FRESH, list(NEEDS_A_PERSON)]
    plan = await plan_of(crowded, OVERVIEW, given)
    for node in nodes(plan):
        assert node["Node Type"] != "Seq Scan" or node.get("Relation Name") not in TABLES
        assert read(node) <= 2 * WAY * len(OPEN_STATES), (node["Node Type"], read(node))


@pytest.mark.parametrize("name", ["ESCROW", "STATES", "BY_AGE"])
async def test_the_charts_read_a_bounded_way_by_index(name: str, crowded: Owner) -> None:
    states, first = [state.value for state in OPEN_STATES], now() - 30 * 24 * HOUR
    given: dict[str, list[Any]] = {
        "ESCROW": [first, WAY],
        "STATES": [first, WAY, states],
        "BY_AGE": [states, WAY, [0.0, 7.0, 30.0, 60.0]],
    }
    async with crowded.transaction():
        await crowded.execute("SET LOCAL enable_seqscan = off")
        plan = await plan_of(crowded, getattr(console_history, name), given[name])
    for node in nodes(plan):
        assert node["Node Type"] != "Seq Scan", node.get("Relation Name")
        assert read(node) <= 2 * WAY * len(OPEN_STATES), (node["Node Type"], read(node))


@pytest.mark.parametrize(
    "sought",
    [
        Sought(needs=[Need.LATE]),
        Sought(is_frozen=True),
        Sought(deadline_before=datetime(2030, 1, 1, tzinfo=UTC)),
        Sought(needs=list(Need), deadline_from=datetime(2020, 1, 1, tzinfo=UTC), party="whale"),
    ],
    ids=["late", "frozen", "deadline", "everything"],
)
async def test_orders_by_need_and_deadline_are_looked_for_along_a_bounded_way(
    sought: Sought, crowded: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_search, "WALK", WAY)
    plan = await plan_of(crowded, *order_search.statement(sought, None, None, 21))
    for node in nodes(plan):
        assert node["Node Type"] != "Seq Scan" or node.get("Relation Name") not in TABLES
        assert read(node) <= (len(OPEN_STATES) + 1) * WAY, (node["Node Type"], read(node))


async def test_an_order_that_runs_by_itself_needs_nobody(market: Market) -> None:
    await market.order(State.DELIVERED, deadline_at=now() + HOUR)
    async with market.pool.acquire() as connection:
        found = await overview(connection, now())
    assert found.needs == {}
    assert len(found.first) == 1  # it ends within a day
    assert found.states == {State.DELIVERED: 1}


async def test_a_deadline_that_nobody_carried_out_is_stuck(market: Market) -> None:
    at = now() - HOUR
    order = await market.order(State.DELIVERED, deadline_at=at)
    await market.order(State.DELIVERED, deadline_at=now() - timedelta(seconds=10))
    async with market.pool.acquire() as connection:
        found = await overview(connection, now())
    assert {Need.STUCK} == set(found.needs)
    assert (1, at) == (found.needs[Need.STUCK].count, found.needs[Need.STUCK].since)
    assert UUID(order.id) == found.first[0]


async def test_what_silence_leaves_standing_needs_a_person(market: Market) -> None:
    for state in (State.IN_PROGRESS, State.REVISION_REQUESTED, State.DISPUTED):
        order = await market.order(state, deadline_at=now() - HOUR)
        if state is not State.DISPUTED:
            await market.record(expiry(order))
    async with market.pool.acquire() as connection:
        found = await overview(connection, now())
        sought = Sought(needs=[Need.LATE, Need.ANSWER])
        listed = await order_search.page(connection, sought, None, 10)
        counted = await order_search.count(connection, sought, 1)
    assert {need: it.count for need, it in found.needs.items()} == {
        Need.LATE: 1,
        Need.ANSWER: 1,
        Need.STUCK: 1,
    }
    assert {Need.ANSWER, Need.STUCK} <= {one for one, it in found.needs.items() if it.since}
    assert {"in_progress", "revision_requested"} == {one.row["doc"]["state"] for one in listed.rows}
    assert counted == (1, False)


async def test_a_dispute_that_nobody_took_needs_a_mediator(market: Market) -> None:
    await market.order(State.DISPUTED, deadline_at=now() + 48 * HOUR)
    async with market.pool.acquire() as connection:
        found = await overview(connection, now())
    assert {Need.UNASSIGNED} == set(found.needs)


def dispute_of_payment(order: Order) -> ToRecord:
    """What the workflow would write once the provider has said that a bank disputes the payment."""
    act = ProviderAct.PAYMENT_DISPUTED
    said = {"chargeback_id": "dispute-1", "amount": {"amount": 2_000, "currency": "EUR"}}
    provider, fields = Actor(id="stripe", role=Role.PROVIDER), PROVIDER_FIELDS[act]
    told = command(act, provider, now(), fields.model_validate(said), "dispute-1")
    return record_of_command(order, told, decide(order, told, now()))


@pytest.mark.parametrize("state", [State.IN_PROGRESS, State.REVISION_REQUESTED, State.DISPUTED])
async def test_an_order_whose_payment_is_disputed_waits_for_no_person(
    state: State, market: Market
) -> None:
    order = await market.order(state, deadline_at=now() - HOUR)
    if state is not State.DISPUTED:
        order = (await market.record(expiry(order))).order
    await market.record(dispute_of_payment(order))
    async with market.pool.acquire() as connection:
        found = await overview(connection, now())
        listed = await order_search.page(connection, Sought(needs=list(Need)), None, 10)
    assert (found.needs, found.first, listed.rows) == ({}, [], [])


async def test_what_is_frozen_is_counted_with_its_money_and_since_when_and_has_its_list(
    market: Market,
) -> None:
    await market.order(State.DELIVERED)
    async with market.pool.acquire() as connection:
        assert (await overview(connection, now())).frozen == Frozen(0, None, {})
    asked = [await market.order(State.DELIVERED, price=price) for price in (2_000, 3_500)]
    frozen = [(await market.record(dispute_of_payment(one))).order for one in asked]
    assert frozen[0].payment_hold is not None
    async with market.pool.acquire() as connection:
        found = await overview(connection, now())
        listed = await order_search.page(connection, Sought(is_frozen=True), None, 10)
        counted = await order_search.count(connection, Sought(is_frozen=True), 10)
    assert found.frozen == Frozen(2, frozen[0].payment_hold.since, {"EUR": 5_500})
    assert {str(one.id) for one in listed.rows} == {one.id for one in frozen}
    assert counted == (2, True)


async def overview_beside(
    market: Market, owner: asyncpg.Connection, order: Order, doc: str
) -> Overview:
    """The overview while the document of an order is what this expression makes of it."""
    await owner.execute("ALTER TABLE orders DISABLE TRIGGER ALL")
    try:
        await owner.execute(f"UPDATE orders SET doc = {doc} WHERE id = $1", UUID(order.id))
        async with market.pool.acquire() as connection:
            return await overview(connection, now())
    finally:
        await owner.execute("ALTER TABLE orders ENABLE TRIGGER ALL")


async def test_a_dispute_of_a_payment_that_nobody_can_read_is_counted(
    market: Market, owner: asyncpg.Connection
) -> None:
    order = await market.order(State.DELIVERED)
    spoiled = 'doc || \'{"payment_hold": {"since": "?"}}\''
    found = await overview_beside(market, owner, order, spoiled)
    assert found.frozen == Frozen(1, None, {"EUR": 2_000})


async def test_a_document_that_nobody_can_read_costs_no_overview(
    market: Market, owner: asyncpg.Connection
) -> None:
    order = await market.order(State.DISPUTED, deadline_at=now() + HOUR)
    spoiled = '\'{"dispute": {"opened_at": "no day"}}\''
    found = await overview_beside(market, owner, order, spoiled)
    assert (found.needs[Need.UNASSIGNED].count, found.needs[Need.UNASSIGNED].since) == (1, None)


async def test_an_endpoint_fails_while_messages_to_it_do(
    market: Market, owner: asyncpg.Connection
) -> None:
    endpoint = uuid4()
    async with market.pool.acquire() as connection:
        await webhooks.add(connection, endpoint, "https://shop.example/", None, "sealed", "op")
    await market.order(State.DELIVERED)
    await owner.execute(
        "UPDATE deliveries SET attempts = 1, last_error = 'answers 503', last_attempt = now()"
        " WHERE id = (SELECT min(id) FROM deliveries)"
    )
    async with market.pool.acquire() as connection:
        (found,) = (await overview(connection, now())).endpoints
        assert (endpoint, 1, 0) == (found.id, found.waiting, found.given_up)
        assert found.last_error == "answers 503"
        assert [found] == await console.failing(connection)
        await webhooks.disable(connection, endpoint, "enough")
        assert (await overview(connection, now())).endpoints == []
    assert LATEST * ENDPOINTS == 10_000


async def test_what_was_given_up_is_not_tried_next(
    market: Market, owner: asyncpg.Connection
) -> None:
    async with market.pool.acquire() as connection:
        await webhooks.add(connection, uuid4(), "https://shop.example/", None, "sealed", "op")
    for _ in range(4):
        await market.order(State.DELIVERED)
    given_up, passed, later, latest = [
        row["id"] for row in await owner.fetch("SELECT id FROM deliveries ORDER BY id LIMIT 4")
    ]
    instant = now().replace(microsecond=0)
    for number, status, days in (
        (given_up, "failed", 1),
        (passed, "pending", -5),
        (later, "pending", 2),
        (latest, "pending", 3),
    ):
        await owner.execute(
            "UPDATE deliveries SET status = $2, next_attempt = $3, attempts = 1,"
            " last_attempt = now(), last_error = 'answers 503' WHERE id = $1",
            number,
            status,
            instant + timedelta(days=days),
        )
    async with market.pool.acquire() as connection:
        (found,) = await console.failing(connection)
        assert [found] == (await overview(connection, now())).endpoints
        assert (found.waiting, found.given_up) == (3, 1)
        assert found.next_attempt == instant + timedelta(days=2)
        await owner.execute("UPDATE deliveries SET status = 'failed' WHERE status = 'pending'")
        (found,) = await console.failing(connection)
    assert (found.waiting, found.next_attempt) == (0, None)


async def test_the_charts_go_back_from_what_is_now(market: Market) -> None:
    held = await market.order(State.DELIVERED)
    await market.record(cancellation(await market.order(State.PENDING)))
    async with market.pool.acquire() as connection:
        while await connection.fetchval("SELECT number_feed(100)"):
            pass
        money = await console_history.escrow(connection, now())
        states = await console_history.states(connection, now())
        (aged,) = await console_history.escrow_by_age(connection, 10)
    assert 30 == len(money.days) == len(states.days)
    assert ([0] * 29 + [held.total]) == money.values["EUR"]
    assert states.values[State.DELIVERED] == ([0] * 29 + [1])
    assert states.values[State.PENDING] == ([0] * 30)
    assert (0, 1, held.total) == (aged.from_days, aged.orders, aged.amount)


async def test_the_charts_go_back_across_a_restoration(market: Market, owner: Owner) -> None:
    order = await market.order(State.PENDING)
    await restorations.note(owner, anyway=True)
    await market.record(act_of(order, Action.ACCEPT, seller_of(order)))
    async with market.pool.acquire() as connection:
        while await connection.fetchval("SELECT number_feed(100)"):
            pass
        states = await console_history.states(connection, now())
    assert states.values[State.PENDING] == [0] * 30
    assert states.values[State.IN_PROGRESS] == [0] * 29 + [1]


async def test_what_a_bank_takes_out_of_escrow_is_in_the_chart_too(
    market: Market, payments: Payments
) -> None:
    pay_in, _ = await payments.order()
    for said in (OPENED, LOST):
        await payments.say(said, pay_in)
        await payments.carry_all()
    async with market.pool.acquire() as connection:
        money = await console_history.escrow(connection, now())
    assert money.values["EUR"] == [0] * 30


async def test_the_last_check_is_kept_by_its_kind(market: Market) -> None:
    wrong = Finding("escrow-empty", "order 1", "holds 5 cents")
    blind = Finding("no-worker", "orders that run", "no worker answers")
    async with market.pool.acquire() as connection:
        await last_checks.note(connection, "nightly", Proof(3, [wrong], [], None, [blind]))
        await last_checks.note(connection, "full", Proof(4, [], []))
        await last_checks.note(connection, "full", Proof(5, [], []))
        latest, before = await last_checks.read(connection)
    assert (latest.kind, latest.orders, latest.found) == ("full", 5, 0)
    assert (before.kind, before.books, before.unproved, before.found) == ("nightly", 1, 1, 2)
    assert [one.about for one in before.findings] == ["books", "proved"]
