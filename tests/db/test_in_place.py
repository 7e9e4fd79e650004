"""What becomes of an order or a request is written in place: beside the row that it replaces, and
no index gets a new entry (a heap-only tuple). The database is empty: there is room on the page."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import asyncpg
import pytest

from db import orders, requests, steps
from db.pool import Connection, speak_json
from domain.actions import AddStatement, Resolve
from domain.order import Order
from domain.step import ToRecord
from domain.vocabulary import Action, Ruling, State
from tests.db.market import MEDIATOR, Market, Owner, act_of, buyer_of, now
from tests.db.test_by_index import STEPS
from tests.db.test_one_update import refused

WRITTEN = """
    SELECT relname, n_tup_upd AS updates, n_tup_hot_upd AS in_place FROM pg_stat_xact_user_tables
    WHERE relname IN ('orders', 'requests') AND n_tup_upd > 0
"""


def ruling(order: Order) -> ToRecord:
    fields = Resolve(outcome=Ruling.REFUND, reasons="Not what was asked for.")
    return act_of(order, Action.RESOLVE, MEDIATOR, fields)


def statement(order: Order) -> ToRecord:
    return act_of(order, Action.ADD_STATEMENT, buyer_of(order), AddStatement(statement="Look."))


ALL_STEPS: dict[str, tuple[State, Callable[[Order], ToRecord]]] = {
    **STEPS,
    "an attempt is refused": (State.PENDING, refused),
    "a dispute goes on": (State.DISPUTED, statement),
    "a dispute is decided": (State.DISPUTED, ruling),
}


async def updates(
    database_url: str, work: Callable[[Connection], Awaitable[object]]
) -> dict[str, tuple[int, int]]:
    """How often a transaction updated either table, and how often in place."""
    connection = await asyncpg.connect(database_url)
    await speak_json(connection)
    async with connection.transaction():
        await work(connection)
        rows = await connection.fetch(WRITTEN)
    await connection.close()
    return {row["relname"]: (row["updates"], row["in_place"]) for row in rows}


async def asked(market: Market, record: ToRecord, order: Order) -> None:
    """Whoever acts has asked for it through the API."""
    if record.entry.request_id is not None:
        actor = record.entry.actor
        assert actor is not None
        await market.ask(order, Action(record.entry.action), actor, record.entry.request_id)


@pytest.mark.parametrize("step", ALL_STEPS.values(), ids=ALL_STEPS)
async def test_a_step_changes_its_order_and_its_request_in_place(
    step: tuple[State, Callable[[Order], ToRecord]], market: Market, database_url: str
) -> None:
    state, record_of = step
    order = await market.order(state, deadline_at=now())
    record = record_of(order)
    await asked(market, record, order)
    written = await updates(database_url, lambda one: steps.record(one, record))
    expected = {"orders": (1, 1), "requests": (1, 1)}
    if record.entry.request_id is None:
        del expected["requests"]
    assert written == expected


async def test_that_a_workflow_has_started_is_noted_in_place(
    market: Market, database_url: str
) -> None:
    order_id = UUID((await market.order()).id)
    written = await updates(database_url, lambda one: orders.mark_started(one, [order_id]))
    assert written == {"orders": (1, 1)}


async def test_a_signal_is_taken_and_noted_in_place(
    market: Market, owner: Owner, database_url: str
) -> None:
    order = await market.order()
    await market.ask(order, Action.CANCEL, buyer_of(order), "a-request")
    await owner.execute("UPDATE requests SET next_signal = received_at")

    async def signalled(connection: Connection) -> None:
        (due,) = await requests.claim_due(connection, 1)
        await requests.mark_signalled(connection, due)

    assert await updates(database_url, signalled) == {"requests": (2, 2)}
