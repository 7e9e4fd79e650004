"""A step writes an order's row once, whatever happens in it: each UPDATE leaves a whole row behind
that somebody has to clear away."""

from collections.abc import Callable

import asyncpg
import pytest

from db import steps
from db.pool import speak_json
from domain.order import Order
from domain.step import ToRecord
from domain.vocabulary import Action, State
from tests.db.market import Market, Owner, act_of, buyer_of, now
from tests.db.test_by_index import STEPS

COUNTED = """
    SELECT relname, n_tup_ins + n_tup_upd AS written FROM pg_stat_xact_user_tables
    WHERE relname IN ('orders', 'requests')
"""


def refused(order: Order) -> ToRecord:
    return act_of(order, Action.ACCEPT, buyer_of(order))


@pytest.mark.parametrize(
    "step", [*STEPS.values(), (State.PENDING, refused)], ids=[*STEPS, "an attempt is refused"]
)
async def test_a_step_writes_the_order_and_its_request_once(
    step: tuple[State, Callable[[Order], ToRecord]], market: Market, database_url: str
) -> None:
    state, record_of = step
    order = await market.order(state, deadline_at=now())
    record = record_of(order)
    connection = await asyncpg.connect(database_url)
    await speak_json(connection)
    async with connection.transaction():
        recorded = await steps.record(connection, record)
        written = {row["relname"]: row["written"] for row in await connection.fetch(COUNTED)}
    await connection.close()
    assert recorded.status == "recorded"
    requests = 0 if record.entry.request_id is None else 1
    assert (written["orders"], written.get("requests", 0)) == (1, requests)


async def test_pages_of_orders_and_requests_keep_room_for_what_becomes_of_them(
    owner: Owner,
) -> None:
    rows = await owner.fetch(
        "SELECT relname, reloptions FROM pg_class WHERE relname IN ('orders', 'requests')"
    )
    assert {row["relname"]: row["reloptions"] for row in rows} == {
        "orders": ["fillfactor=80"],
        "requests": ["fillfactor=85"],
    }
