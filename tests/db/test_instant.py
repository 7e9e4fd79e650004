"""A request and a deadline at the same instant: in time or late, and never lost."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from db import steps
from db.pool import Pool
from domain.order import Order
from domain.vocabulary import Action, State
from tests.db.crowd import until_waited_for
from tests.db.market import Market, Owner, act_of, buyer_of, expiry, now, seller_of


async def test_a_deadline_waits_for_a_request_that_is_being_written(
    market: Market, owner: Owner, database_url: str
) -> None:
    order = await market.order(State.DELIVERED, deadline_at=now() - timedelta(hours=1))
    writer = await asyncpg.connect(database_url)
    async with writer.transaction():
        await writer.execute(
            "SELECT write_request($1::text::uuid, 'in-time', 'complete', '{}', '{}',"
            ' \'{"request_id": "in-time"}\')',
            order.id,
        )
        await writer.execute("UPDATE requests SET received_at = now() - interval '1 day'")
        silence = asyncio.create_task(market.record(expiry(order)))
        await until_waited_for(writer, owner)
    await writer.close()
    answer = await silence
    assert answer.status == "deferred"
    assert [request["request_id"] for request in answer.requests] == ["in-time"]


async def test_a_request_waits_for_a_deadline_that_is_being_carried_out(
    market: Market, pool: Pool, owner: Owner
) -> None:
    order = await market.order(State.DELIVERED, deadline_at=now() - timedelta(hours=1))
    async with pool.acquire() as worker, worker.transaction():
        await steps.record(worker, expiry(order))
        asking = asyncio.create_task(
            market.ask(order, Action.COMPLETE, buyer_of(order), "too-late")
        )
        await until_waited_for(worker, owner)
        after_the_end = await owner.fetchval("SELECT clock_timestamp()")
    assert after_the_end < await asking


async def test_a_request_does_not_wait_for_an_ordinary_step(market: Market, pool: Pool) -> None:
    order = await market.order(State.DELIVERED)
    async with (
        pool.acquire() as worker,
        pool.acquire() as api,
        worker.transaction(),
        api.transaction(),
    ):
        await steps.record(worker, act_of(order, Action.REQUEST_REVISION, seller_of(order)))
        await api.execute("SET LOCAL lock_timeout = '100ms'")
        written = await api.fetchval(
            "SELECT write_request($1::text::uuid, 'meanwhile', 'cancel', '{}', '{}', '{}')",
            order.id,
        )
    assert written is not None


@pytest.mark.parametrize("milliseconds", range(-4, 4))
async def test_a_request_at_the_instant_of_a_deadline_is_in_time_or_late_and_never_lost(
    milliseconds: int, market: Market, pool: Pool
) -> None:
    deadline_at = now() + timedelta(milliseconds=120)
    asked_at = deadline_at + timedelta(milliseconds=milliseconds)
    orders = [await market.order(State.DELIVERED, deadline_at=deadline_at) for _ in range(8)]

    async def ask(order: Order) -> bool:
        async with pool.acquire() as connection:
            await connection.execute("SELECT pg_sleep_until($1)", asked_at)
        received_at = await market.ask(order, Action.COMPLETE, buyer_of(order), "content")
        return received_at <= deadline_at

    async def expire(order: Order) -> str:
        async with pool.acquire() as connection:
            await connection.execute("SELECT pg_sleep_until($1)", deadline_at)
        while (answer := await market.record(expiry(order))).status == "too_early":
            pass
        return answer.status

    both = (asyncio.gather(ask(order), expire(order)) for order in orders)
    for in_time, status in await asyncio.gather(*both):
        assert status == ("deferred" if in_time else "recorded")
