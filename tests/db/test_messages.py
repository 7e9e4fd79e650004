"""Messages as the database writes them: numbered without a gap, counted as they come, for ever."""

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from db import audit, messages, orders
from db.errors import TooManyAttempts
from db.messages import NotWritten, ReadMark
from db.pool import Pool
from domain.conversation import ConversationMessage
from domain.order import Actor, Order
from domain.vocabulary import Action, State
from tests.aging import ended
from tests.db.crowd import until_waited_for
from tests.db.market import Market, Owner, act_of, buyer_of, completion, seller_of


async def say(
    pool: Pool, order: Order, author: Actor, text: str = "Hello!", most: int = 0
) -> ConversationMessage | NotWritten:
    async with pool.acquire() as connection, connection.transaction():
        return await messages.write(connection, order, author, text, (), most)


async def unread(pool: Pool, order: Order, who: str) -> int:
    async with pool.acquire() as connection:
        row = await orders.get(connection, UUID(order.id))
    assert row is not None
    return row.read_mark(who).unread


async def test_many_who_write_at_once_get_numbers_without_a_gap(pool: Pool, market: Market) -> None:
    order = await market.order(State.IN_PROGRESS)
    people = (buyer_of(order), seller_of(order))
    written = await asyncio.gather(*(say(pool, order, who) for who in people * 25))
    numbers = [one.number for one in written if isinstance(one, ConversationMessage)]
    assert sorted(numbers) == list(range(1, 51))
    in_order = sorted(written, key=lambda one: one.number)  # type: ignore[union-attr]
    assert [one.at for one in in_order] == sorted(one.at for one in in_order)  # type: ignore[union-attr]
    assert [await unread(pool, order, str(one.id)) for one in people] == [25, 25]


async def test_a_transaction_that_is_undone_leaves_no_gap(pool: Pool, market: Market) -> None:
    order = await market.order(State.IN_PROGRESS)
    await say(pool, order, buyer_of(order))
    async with pool.acquire() as connection:
        undone = connection.transaction()
        await undone.start()
        await messages.write(connection, order, buyer_of(order), "Never said.", (), 0)
        await undone.rollback()
    second = await say(pool, order, buyer_of(order))
    assert isinstance(second, ConversationMessage)
    assert second.number == 2
    assert await unread(pool, order, order.seller_id) == 2


async def test_marks_and_messages_at_once_leave_the_counts_right(
    pool: Pool, market: Market, owner: Owner
) -> None:
    order = await market.order(State.IN_PROGRESS)
    for _ in range(5):
        await say(pool, order, seller_of(order))

    async def mark(number: int) -> None:
        async with pool.acquire() as connection, connection.transaction():
            await messages.mark_read(connection, UUID(order.id), order.buyer_id, number)

    await asyncio.gather(
        *(say(pool, order, who) for who in (buyer_of(order), seller_of(order)) * 10),
        *(mark(number) for number in (3, 1, 5, 9, 2, 4, 12)),
    )
    assert await audit.findings(owner) == []
    left = await owner.fetchval(
        "SELECT count(*) FROM messages m JOIN conversation_members p USING (order_id)"
        " WHERE p.user_id = $1 AND m.number > p.up_to AND m.author_id <> $1",
        order.buyer_id,
    )
    assert await unread(pool, order, order.buyer_id) == left


async def test_no_process_of_the_product_counts_past_the_limit(pool: Pool, market: Market) -> None:
    order = await market.order(State.IN_PROGRESS)
    answers = await asyncio.gather(
        *(say(pool, order, buyer_of(order), most=5) for _ in range(12)), return_exceptions=True
    )
    refused = [one for one in answers if isinstance(one, TooManyAttempts)]
    assert len(refused) == 7
    assert all(1 <= one.wait_seconds <= 720 for one in refused)
    assert await unread(pool, order, order.seller_id) == 5


async def test_an_order_that_has_moved_on_is_judged_again(pool: Pool, market: Market) -> None:
    order = await market.order(State.IN_PROGRESS)
    await market.record(act_of(order, Action.DELIVER, seller_of(order)))
    assert await say(pool, order, buyer_of(order)) == NotWritten(is_too_late=False)


async def test_a_message_after_the_thirty_days_is_none_by_the_databases_clock(
    pool: Pool, market: Market
) -> None:
    order = await market.order(State.DELIVERED)
    final = (await market.record(completion(order, "content"))).order
    assert isinstance(await say(pool, final, buyer_of(final)), ConversationMessage)
    past = final.model_copy(update={"updated_at": final.updated_at - timedelta(days=30)})
    assert await say(pool, past, buyer_of(past)) == NotWritten(is_too_late=True)


async def test_pruning_leaves_what_was_said_as_it_leaves_the_journal(
    pool: Pool, market: Market, owner: Owner
) -> None:
    order = await market.order(State.DELIVERED)
    final = (await market.record(completion(order, "content"))).order
    await say(pool, final, buyer_of(final), "Thank you.")
    await ended(owner, final.id, 500)
    await owner.execute("UPDATE deliveries SET status = 'failed'")
    await owner.execute(
        "INSERT INTO proved_orders (order_id, row_version, ended_at)"
        " SELECT id, xmin, updated_at FROM orders WHERE id = $1",
        UUID(final.id),
    )
    await owner.fetchval("SELECT prune_ended_orders(interval '90 days', 1000)")
    async with pool.acquire() as connection:
        found = await messages.after(connection, UUID(final.id), 0, 100)
    assert [one.read().text for one in found.rows] == ["Thank you."]


@pytest.mark.parametrize("role", ["app", "owner"])
@pytest.mark.parametrize(
    "change", ["UPDATE messages SET text = 'x'", "DELETE FROM messages", "TRUNCATE messages"]
)
async def test_nobody_changes_or_takes_back_what_was_said(
    change: str, role: str, pool: Pool, market: Market, owner: Owner
) -> None:
    order = await market.order(State.IN_PROGRESS)
    await say(pool, order, buyer_of(order))
    if role == "app":
        await owner.execute("SET ROLE sequestre_app")
    with pytest.raises(asyncpg.PostgresError):
        await owner.execute(change)
    assert await unread(pool, order, order.seller_id) == 1


async def test_who_reads_before_anything_was_said_has_read_nothing_of_what_is_said_meanwhile(
    pool: Pool, market: Market, owner: Owner, superusers: Pool
) -> None:
    order = await market.order(State.IN_PROGRESS)
    async with superusers.acquire() as others:
        async with others.transaction():
            await others.execute("LOCK TABLE messages IN ACCESS EXCLUSIVE MODE")
            reading = asyncio.create_task(mark(pool, order, order.seller_id))
            await until_waited_for(others, owner)
            await messages.write(others, order, buyer_of(order), "Hello!", (), 0)
        assert await reading == ReadMark(0, 0)
    assert await mark(pool, order, order.seller_id) == ReadMark(1, 0)
    assert await audit.findings(owner) == []


async def mark(pool: Pool, order: Order, who: str) -> ReadMark:
    """How far somebody has read, once they have read the first message."""
    async with pool.acquire() as connection:
        return await messages.mark_read(connection, UUID(order.id), who, 1)
