"""What was earned and not yet taken is all that can be taken, whoever asks and however often."""

import asyncio

import asyncpg
import pytest

from db import accounts, wallets
from db.errors import InsufficientFunds
from db.pool import Pool
from domain.ledger import COMMISSION, WORLD, PostingKind
from domain.vocabulary import State
from tests.db.constraint_violations import MODES
from tests.db.market import Market, Owner, completion, leg, post
from tests.db.oracles import violations
from tests.db.test_kept_lists import differences

EARNED = 400
"""Cents of one order of 20.00 EUR."""


@pytest.fixture
async def earning(market: Market) -> Market:
    """A market with one order that was completed."""
    await market.record(completion(await market.order(State.DELIVERED)))
    return market


async def take(pool: Pool, key: str, amount: int, currency: str = "EUR") -> bool:
    """Whether so much could be taken out."""
    kind = PostingKind.COMMISSION_PAYOUT
    try:
        async with pool.acquire() as connection:
            await wallets.move(connection, key, kind, None, amount, currency)
    except InsufficientFunds:
        return False
    return True


async def left(pool: Pool) -> int:
    async with pool.acquire() as connection:
        sums = await accounts.sums(connection)
    return sum(one.amount for one in sums if one.kind == "commission")


async def test_it_is_taken_to_the_last_cent_and_no_further(earning: Market, owner: Owner) -> None:
    taken = [await take(earning.pool, f"take-out-{n}", n) for n in (EARNED + 1, EARNED - 1, 2, 1)]
    assert taken == [False, True, False, True]
    assert await left(earning.pool) == 0
    assert await violations(owner) == []


async def test_what_is_in_another_currency_is_not_there(earning: Market) -> None:
    assert not await take(earning.pool, "in-dollars", 1, "USD")
    assert not await take(earning.pool, "in-nothing-yet", 1, "JPY")


async def test_many_at_once_take_what_there_is(earning: Market, owner: Owner) -> None:
    taken = await asyncio.gather(*(take(earning.pool, f"take-out-{n}", 30) for n in range(20)))
    assert sum(taken) == EARNED // 30
    assert await left(earning.pool) == EARNED % 30
    assert (await violations(owner), await differences(owner)) == ([], [])


async def test_it_is_taken_while_it_is_earned(earning: Market, owner: Owner) -> None:
    orders = [await earning.order(State.DELIVERED) for _ in range(10)]
    outcomes = await asyncio.gather(
        *(earning.record(completion(order)) for order in orders),
        *(take(earning.pool, f"take-out-{n}", 200) for n in range(30)),
        *(summed(earning.pool) for _ in range(5)),
    )
    taken = sum(one is True for one in outcomes[10:40])
    assert 2 <= taken <= 22
    assert 11 * EARNED - 200 * taken == await left(earning.pool)
    assert (await violations(owner), await differences(owner)) == ([], [])


async def summed(pool: Pool) -> None:
    async with pool.acquire() as connection:
        while await accounts.sum_up(connection):
            pass


async def test_the_database_refuses_it_to_its_owner_too(earning: Market, owner: Owner) -> None:
    legs = [leg(COMMISSION, WORLD, EARNED + 1)]
    for mode in MODES:
        await owner.execute(f"SET session_replication_role = {mode}")
        with pytest.raises(asyncpg.CheckViolationError) as refused:
            await post(owner, "too-much-of-it", legs, kind="commission_payout")
        assert refused.value.constraint_name == "commission_is_earned"
    assert await left(earning.pool) == EARNED


async def test_sums_are_the_same_before_and_after_they_are_summed_up(
    earning: Market, owner: Owner
) -> None:
    await earning.top_up("dollars", 500, "USD")
    async with earning.pool.acquire() as connection:
        before = await accounts.sums(connection)
        await summed(earning.pool)
        assert before == await accounts.sums(connection)
    assert await owner.fetchval("SELECT count(*) FROM ledger.unsummed") == 0
    for currency in ("EUR", "USD"):
        assert sum(one.amount for one in before if one.currency == currency) == 0


async def test_a_step_waits_for_nobody_who_takes_commission(earning: Market, owner: Owner) -> None:
    order = await earning.order(State.DELIVERED)
    async with owner.transaction():
        await post(owner, "a-slow-one", [leg(COMMISSION, WORLD, 1)], kind="commission_payout")
        recorded = await asyncio.wait_for(earning.record(completion(order)), 30)
    assert recorded.status == "recorded"
