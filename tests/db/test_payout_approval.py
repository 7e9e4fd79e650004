"""What of somebody's payouts is added to the next one, and what is kept of why that waits."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg
import pytest

from db import audit, payouts
from db.odd_values import on_calendar
from db.payouts import NewRow
from domain.payments import PayoutState
from domain.payout_approval import NeededApproval, Unapproved
from tests.db.crowd import until_waited_for
from tests.db.market import Market, Owner
from tests.db.test_payouts import ENDED, PROVIDER, SELLER, asked, read, said

REQUESTED = PayoutState.REQUESTED


async def added(market: Market, currency: str = "EUR", who: str = SELLER) -> tuple[int, int]:
    """What is added to somebody's next payout, and of how many it is."""
    async with market.pool.acquire() as connection:
        found = await payouts.unapproved(connection, who, currency)
    return (found.amount, found.count) if found else (0, 0)


async def test_what_is_let_go_is_added_up_since_its_first(market: Market) -> None:
    await market.top_up(SELLER, 1_000)
    assert await added(market) == (0, 0)
    first = await asked(market, 200)
    await said(market, await asked(market, 300), PayoutState.PAID)
    async with market.pool.acquire() as connection:
        found = await payouts.unapproved(connection, SELLER, "EUR")
    since = (await read(market, first)).created_at
    assert found == Unapproved(500, 2, on_calendar(since))


async def test_it_is_of_one_currency_and_of_one_person(market: Market) -> None:
    await market.top_up(SELLER, 1_000)
    await asked(market, 200)
    assert await added(market) == (200, 1)
    assert await added(market, currency="USD") == (0, 0)
    assert await added(market, who="another") == (0, 0)


@pytest.mark.parametrize("end", ENDED)
@pytest.mark.parametrize("first", [PayoutState.PENDING, PayoutState.PAID])
async def test_what_came_back_is_not_added(
    first: PayoutState, end: PayoutState, market: Market
) -> None:
    await market.top_up(SELLER, 1_000)
    one = await asked(market)
    await said(market, one, first)
    assert await added(market) == (700, 1)
    await said(market, one, end)
    assert await added(market) == (0, 0)


@pytest.mark.parametrize("is_paid", [False, True])
async def test_what_waits_for_a_person_or_was_approved_by_one_is_not_added(
    is_paid: bool, market: Market
) -> None:
    await market.top_up(SELLER, 1_000)
    one = await asked(market, state=REQUESTED)
    assert await added(market) == (0, 0)
    async with market.pool.acquire() as connection:
        assert await payouts.approve(connection, one, "fiona")
    if is_paid:
        await said(market, one, PayoutState.PAID)
    assert await added(market) == (0, 0)


@pytest.mark.parametrize(
    ("age", "count"),
    [
        ("interval '23 hours'", 1),
        ("interval '24 hours' - interval '1 microsecond'", 1),
        ("interval '24 hours'", 0),
        ("interval '3 days'", 0),
    ],
)
async def test_what_was_asked_for_24_hours_before_is_not_added(
    age: str, count: int, market: Market, owner: Owner
) -> None:
    await market.top_up(SELLER, 1_000)
    await asked(market)
    async with owner.transaction():
        await owner.execute(f"UPDATE payouts SET created_at = moved(now()) - ({age})")
        found = await payouts.unapproved(owner, SELLER, "EUR")
    assert (found.count if found else 0) == count


async def test_who_asks_for_another_at_the_same_instant_waits_and_sees_the_first(
    market: Market, owner: Owner
) -> None:
    await market.top_up(SELLER, 1_000)

    async def another() -> Unapproved | None:
        async with market.pool.acquire() as asking, asking.transaction():
            await payouts.lock_wallet(asking, SELLER, "EUR")
            return await payouts.unapproved(asking, SELLER, "EUR")

    async with market.pool.acquire() as first:
        async with first.transaction():
            await payouts.lock_wallet(first, SELLER, "EUR")
            second = asyncio.create_task(another())
            await until_waited_for(first, owner)
            new = NewRow(uuid4(), SELLER, 400, "EUR", PROVIDER, "account-1", PayoutState.PENDING)
            await payouts.add(first, new)
        found = await second
    assert found is not None
    assert (found.amount, found.count) == (400, 1)


def waiting(amount: int, why: NeededApproval, state: PayoutState = REQUESTED) -> NewRow:
    """A payout of so many cents that has to wait for a reason."""
    return NewRow(uuid4(), SELLER, amount, "EUR", PROVIDER, "account-1", state, why)


async def made(market: Market, new: NewRow) -> UUID:
    """A payout that is asked for."""
    async with market.pool.acquire() as connection:
        await payouts.add(connection, new)
    return new.id


SINCE = datetime(2026, 11, 30, 10, 0, 0, 123_456, tzinfo=UTC)


@pytest.mark.parametrize(
    "why", [NeededApproval(400, None), NeededApproval(900, Unapproved(600, 3, SINCE))]
)
async def test_why_it_waits_is_kept_as_it_was_decided(
    why: NeededApproval, market: Market, owner: Owner
) -> None:
    await market.top_up(SELLER, 1_000)
    one = await made(market, waiting(500, why))
    assert (await read(market, one)).approval == why
    async with market.pool.acquire() as connection:
        await payouts.approve(connection, one, "fiona")
    await said(market, one, PayoutState.RETURNED)
    assert (await read(market, one)).approval == why
    assert await audit.findings(owner) == []


async def test_what_nobody_has_to_approve_says_nothing_of_it(market: Market) -> None:
    await market.top_up(SELLER, 1_000)
    assert (await read(market, await asked(market))).approval is None


async def test_what_needs_a_second_person_is_not_let_go_without_them(
    market: Market, owner: Owner
) -> None:
    await market.top_up(SELLER, 1_000)
    why = NeededApproval(400, None)
    with pytest.raises(asyncpg.CheckViolationError, match="let_go_by_a_second_person"):
        await made(market, waiting(500, why, PayoutState.PENDING))
    await made(market, waiting(500, why))
    with pytest.raises(asyncpg.CheckViolationError, match="let_go_by_a_second_person"):
        await owner.execute("UPDATE payouts SET state = 'pending'")
