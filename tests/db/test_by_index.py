"""A step takes no longer where there are many orders, wallets and people: it reads by index alone.

The planner reads small tables as a whole, and is told not to: what it still reads so cannot be
found in any other way.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import pytest

from db import order_search, steps
from db.order_search import Sought
from db.pool import speak_json
from domain.actions import OpenDispute
from domain.order import Order
from domain.step import ToRecord
from domain.vocabulary import Action, State
from tests.db.audience import Audience
from tests.db.market import (
    Market,
    act_of,
    buyer_of,
    cancellation,
    completion,
    expiry,
    now,
    seller_of,
)

MEANT = {"webhook_endpoints", "test_clock", "restorations"}
"""Every endpoint is asked whether it wants to hear of a step; a clock that can be moved has one
row, or none; and of restorations there are as many as there were."""


def acceptance(order: Order) -> ToRecord:
    return act_of(order, Action.ACCEPT, seller_of(order))


def dispute(order: Order) -> ToRecord:
    return act_of(order, Action.OPEN_DISPUTE, buyer_of(order), OpenDispute(reason="Not blue."))


STEPS: dict[str, tuple[State, Callable[[Order], ToRecord]]] = {
    "nothing moves": (State.PENDING, acceptance),
    "the seller is paid": (State.DELIVERED, completion),
    "the buyer is paid back": (State.PENDING, cancellation),
    "a deadline passes": (State.DELIVERED, expiry),
    "a role is told": (State.REVISION_REFUSED, dispute),
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
async def test_a_step_reads_no_table_as_a_whole(
    step: tuple[State, Callable[[Order], ToRecord]], market: Market, database_url: str
) -> None:
    state, record_of = step
    await Audience(market.pool).person("somebody")
    order = await market.order(state, deadline_at=now())
    connection = await asyncpg.connect(database_url)
    await speak_json(connection)
    async with connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off")
        recorded = await steps.record(connection, record_of(order))
        rows = await connection.fetch(
            "SELECT relname FROM pg_stat_xact_user_tables WHERE seq_scan > 0"
        )
    await connection.close()
    assert recorded.status == "recorded"
    assert {row["relname"] for row in rows} <= MEANT


async def test_who_asks_is_looked_up_by_index_however_short_the_queue_is(
    market: Market, owner: asyncpg.Connection
) -> None:
    """A plan that was made while it was short is used when it is long."""
    order = await market.order(State.DELIVERED)
    await market.ask(order, Action.COMPLETE, buyer_of(order), "waiting")
    await owner.execute("VACUUM ANALYZE undecided")
    async with owner.transaction():
        await owner.fetchval(
            "SELECT write_request($1, 'another', 'complete', $2, '{}', '{}')",
            UUID(order.id),
            {"id": order.buyer_id, "role": "buyer"},
        )
        read = "SELECT seq_scan FROM pg_stat_xact_user_tables WHERE relname = 'undecided'"
        assert await owner.fetchval(read) == 0


LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
BY: dict[str, Callable[[Order], Sought]] = {
    "buyer": lambda order: Sought(buyer_ids=[order.buyer_id], external_id=order.id),
    "seller": lambda order: Sought(seller_ids=[order.seller_id], external_id=order.id),
    "party": lambda order: Sought(party=order.buyer_id, external_id=order.id),
    "anyone": lambda order: Sought(external_id=order.id),
    "change": lambda order: Sought(updated_since=LONG_AGO, external_id=order.id),
}


@pytest.mark.parametrize("by", BY)
async def test_an_order_is_found_by_its_own_name_alone(
    by: str, market: Market, owner: asyncpg.Connection
) -> None:
    """Not by going through all that there are."""
    for _ in range(20):
        order = await market.order()
    await owner.execute("VACUUM ANALYZE orders, order_metadata")
    async with owner.transaction():
        await owner.execute("SET LOCAL enable_seqscan = off")
        # As it is for connections that have asked it often.
        await owner.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        read = "SELECT coalesce(sum(seq_tup_read + idx_tup_fetch), 0) FROM pg_stat_xact_user_tables"
        read += " WHERE relname = 'orders'"
        before = await owner.fetchval(read)
        (found,) = (await order_search.page(owner, BY[by](order), None, 10)).rows
        after = await owner.fetchval(read)
    assert order.id == str(found.id)
    assert after - before <= 6  # where it lies in its list, whether it fits, and all of it
