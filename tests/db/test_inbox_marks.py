"""What is unread is found beyond a mark, and is what nobody has read: no more, and nothing less."""

import asyncpg
import pytest

from db import audit, notifications
from db.notifications import ABOVE_ALL, InboxOwner
from domain.actions import OpenDispute
from domain.vocabulary import Action, Role, State
from tests.db.market import Market, act_of, buyer_of

MIA = InboxOwner("mia", (Role.MEDIATOR,))
BOTH = InboxOwner("mia", (Role.MEDIATOR, Role.OPERATOR))


async def told(market: Market, times: int) -> list[int]:
    """So many disputes, of which every mediator is told; the numbers of those notices."""
    for _ in range(times):
        order = await market.order(State.REVISION_REFUSED)
        reason = OpenDispute(reason="It is not blue.")
        await market.record(act_of(order, Action.OPEN_DISPUTE, buyer_of(order), reason))
    async with market.pool.acquire() as connection:
        rows = await connection.fetch(
            "SELECT id FROM notices WHERE user_id IS NULL AND role = 'mediator' ORDER BY id"
        )
    return [row["id"] for row in rows]


async def unread(market: Market, who: InboxOwner = MIA) -> list[int]:
    async with market.pool.acquire() as connection:
        found = await notifications.page(connection, who, None, 100, unread=True)
        assert len(found) == await notifications.unread(connection, who, 100)
    return sorted(one.id for one in found)


async def grown_old(owner: asyncpg.Connection, ids: list[int]) -> None:
    await owner.execute(
        "UPDATE notices SET created_at = created_at - interval '2 hours' WHERE id = ANY ($1)", ids
    )


async def mark(owner: asyncpg.Connection) -> int:
    found: int = await owner.fetchval("SELECT up_to FROM inbox_marks WHERE user_id = 'mia'")
    return found


async def test_a_mark_stays_before_what_was_not_read(
    market: Market, owner: asyncpg.Connection
) -> None:
    ids = await told(market, 4)
    await grown_old(owner, ids[:3])
    async with market.pool.acquire() as connection:
        await notifications.read(connection, MIA, ids[1])
    assert (ids[0] - 1, [ids[0], *ids[2:]]) == (await mark(owner), await unread(market))
    async with market.pool.acquire() as connection:
        await notifications.read(connection, MIA, ids[0])
    assert (ids[2] - 1, ids[2:]) == (await mark(owner), await unread(market))


async def test_a_mark_stays_behind_what_may_still_be_written(
    market: Market, owner: asyncpg.Connection
) -> None:
    """A notice with a lower number may be committed after one that was read."""
    ids = await told(market, 3)
    await grown_old(owner, ids[:1])
    async with market.pool.acquire() as connection:
        await notifications.read_up_to(connection, MIA, ids[2])
    assert ids[0] <= await mark(owner) < ids[1]
    await owner.execute("DELETE FROM notice_reads WHERE notice_id = $1", ids[1])
    assert [ids[1]] == await unread(market)


async def test_what_was_read_of_ones_own_is_no_longer_unread(market: Market) -> None:
    order = await market.order()
    seller = InboxOwner(order.seller_id, ())
    (number,) = await unread(market, seller)
    async with market.pool.acquire() as connection:
        await notifications.read(connection, seller, number)
    assert await unread(market, seller) == []


async def test_who_has_two_roles_is_told_once_and_has_read_it_in_both(
    market: Market, owner: asyncpg.Connection
) -> None:
    ids = await told(market, 2)
    await owner.execute(
        "INSERT INTO notices (order_id, seq, role, event)"
        " SELECT order_id, seq, 'operator', event FROM notices WHERE id = ANY ($1)",
        ids,
    )
    await owner.execute("UPDATE notices SET created_at = created_at - interval '2 hours'")
    assert len(await unread(market, BOTH)) == 2
    async with market.pool.acquire() as connection:
        await notifications.read_up_to(connection, BOTH, ABOVE_ALL)
    assert await unread(market, BOTH) == []
    assert [one for one in await audit.findings(owner) if one.check == "differing-inbox"] == []


@pytest.mark.parametrize("number", [1, 100])
async def test_no_more_unread_are_counted_than_asked_for(market: Market, number: int) -> None:
    await told(market, 3)
    async with market.pool.acquire() as connection:
        assert min(number, 3) == await notifications.unread(connection, MIA, number)
