"""Money between a wallet and the payment provider, as the application moves it."""

from typing import Any

import asyncpg
import pytest

from db import wallet_entries, wallets
from db.errors import AnotherContent, InsufficientFunds
from db.pool import Pool
from db.wallets import Balance
from domain.ledger import PostingKind
from tests.db.market import Market, Owner, contents
from tests.db.oracles import violations


async def move(pool: Pool, key: str, kind: Any, amount: int, user_id: str = "ann") -> None:
    """Moves euros of one user."""
    async with pool.acquire() as connection:
        await wallets.move(connection, key, kind, user_id, amount, "EUR")


async def test_a_top_up_arrives(market: Market, owner: Owner) -> None:
    await move(market.pool, "a-top-up", PostingKind.TOP_UP, 70)
    assert await market.held_by("ann") == 70
    assert await violations(owner) == []


async def test_a_payout_leaves(market: Market, owner: Owner) -> None:
    await move(market.pool, "a-top-up", PostingKind.TOP_UP, 70)
    await move(market.pool, "a-payout", PostingKind.PAYOUT, 30)
    assert await market.held_by("ann") == 40
    assert await violations(owner) == []


@pytest.mark.parametrize("kind", [PostingKind.TOP_UP, PostingKind.PAYOUT])
async def test_the_same_again_does_nothing(kind: PostingKind, market: Market, owner: Owner) -> None:
    await move(market.pool, "some-money", PostingKind.TOP_UP, 100)
    await move(market.pool, "a-movement", kind, 30)
    before = await contents(owner)
    await move(market.pool, "a-movement", kind, 30)
    assert before == await contents(owner)


OTHERS = {
    "kind": (PostingKind.PAYOUT, 30, "ann"),
    "amount": (PostingKind.TOP_UP, 31, "ann"),
    "user": (PostingKind.TOP_UP, 30, "bob"),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
async def test_the_same_key_for_something_else_is_refused(
    other: tuple[PostingKind, int, str], market: Market
) -> None:
    await move(market.pool, "some-money", PostingKind.TOP_UP, 30)
    with pytest.raises(AnotherContent):
        await move(market.pool, "some-money", *other)


async def test_more_than_the_wallet_holds_is_not_paid_out(market: Market, owner: Owner) -> None:
    await move(market.pool, "a-top-up", PostingKind.TOP_UP, 70)
    before = await contents(owner)
    with pytest.raises(InsufficientFunds):
        await move(market.pool, "a-payout", PostingKind.PAYOUT, 71)
    assert before == await contents(owner)


@pytest.mark.parametrize("amount", [0, -70, 10**12 + 1])
async def test_a_strange_amount_is_refused(amount: int, market: Market, owner: Owner) -> None:
    await move(market.pool, "some-money", PostingKind.TOP_UP, 100)
    before = await contents(owner)
    with pytest.raises(asyncpg.CheckViolationError):
        await move(market.pool, "a-movement", PostingKind.TOP_UP, amount)
    assert before == await contents(owner)


@pytest.mark.parametrize("kind", ["hold", "release", "refund", "split", "gift"])
async def test_nothing_else_moves_outside_an_order(kind: str, market: Market) -> None:
    with pytest.raises(asyncpg.PostgresError) as refused:
        await move(market.pool, "a-movement", kind, 70)
    assert refused.value.sqlstate == "LG006"


async def test_a_wallet_has_a_balance_a_currency(market: Market) -> None:
    await market.top_up("ann", 70, "JPY")
    await market.top_up("ann", 30, "EUR")
    async with market.pool.acquire() as connection:
        found = await wallets.balances(connection, "ann")
    assert found == [Balance(30, "EUR"), Balance(70, "JPY")]


async def test_what_a_wallet_held_before_each_movement_is_what_that_began_with(
    market: Market,
) -> None:
    await market.top_up("ann", 100)
    async with market.pool.acquire() as slow, slow.transaction():
        await slow.execute("SELECT now()")  # from here on it is under way
        await market.top_up("ann", 50)
        await wallets.move(slow, "began-before", PostingKind.TOP_UP, "ann", 30, "EUR")
    async with market.pool.acquire() as connection:
        found = await wallet_entries.entries(connection, "ann", None, 10)
        held = [await wallet_entries.balances_at(connection, "ann", one.at) for one in found]
    assert [one.amount for one in found] == [30, 50, 100]
    assert [sum(one.amount for one in before) for before in held] == [150, 100, 0]
    assert [one.at for one in found] == sorted((one.at for one in found), reverse=True)
