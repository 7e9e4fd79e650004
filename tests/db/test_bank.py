"""Many writers among few accounts: the sums stay, nobody waits in a circle or for commission."""

import asyncio
import itertools
from contextlib import suppress

import asyncpg
import pytest

from db import steps, wallet_entries
from db.errors import InsufficientFunds
from db.pool import Connection, Pool, no_overdraft, speak_json
from domain.ledger import COMMISSION, WORLD, wallet
from domain.order import Order
from domain.step import ToRecord
from domain.vocabulary import State
from tests.db.crowd import at_once, posted, statuses, until_waited_for
from tests.db.market import PRICE, Market, Owner, completion, leg, post
from tests.db.oracles import violations

FEE = PRICE // 5


# --- the bank ----------------------------------------------------------------------------------

WALLETS = ("ann", "bob", "cat", "dan", "eve")
FUNDS = 100


async def test_whatever_moves_between_wallets_the_sum_stays(
    market: Market, bank: Pool, owner: Owner
) -> None:
    for user_id in WALLETS:
        await market.top_up(user_id, FUNDS)
    done = asyncio.Event()
    readers = [asyncio.create_task(sums_until(bank, done)) for _ in range(2)]
    try:
        written = await asyncio.gather(*(many_transfers(bank, writer) for writer in range(12)))
    finally:
        done.set()
    seen = set().union(*await asyncio.gather(*readers))
    assert seen == {(len(WALLETS) * FUNDS,) * 2}
    assert 0 < sum(written) < 12 * 60
    assert await violations(owner, oracles=["ledger"]) == []


async def many_transfers(pool: Pool, writer: int) -> int:
    """Sends money round three wallets again and again; gives how often there was enough."""
    written = 0
    routes = list(itertools.permutations(WALLETS, 3))
    for n, (a, b, c) in enumerate(routes[5 * writer :] + routes[: 5 * writer]):
        legs = [leg(wallet(a), wallet(b), 30 + n), leg(wallet(b), wallet(c), 30 + n)]
        async with pool.acquire() as connection:
            with suppress(InsufficientFunds), no_overdraft():
                written += await post(connection, f"round-trip-{writer}-{n}", legs)
    return written


async def sums_until(pool: Pool, done: asyncio.Event) -> set[tuple[int, int]]:
    """Every sum of the balances and of the entries that a reader saw."""
    seen = set()
    async with pool.acquire() as connection:
        while not done.is_set():
            row = await connection.fetchrow(
                "SELECT (SELECT sum(balance)::bigint FROM ledger.balance),"
                " (SELECT sum(amount)::bigint FROM ledger.entry JOIN ledger.account"
                "  ON id = account_id WHERE kind = 'wallet')"
            )
            assert row is not None
            seen.add((row[0], row[1]))
    return seen


async def test_the_newest_entry_of_a_wallet_leaves_its_balance(
    market: Market, bank: Pool, owner: Owner
) -> None:
    for user_id in ("ann", "bob"):
        await market.top_up(user_id, FUNDS)
    async with bank.acquire() as holder, holder.transaction():
        await post(holder, "holds-up-ann", [leg(WORLD, wallet("ann"), 1)])
        gift = [leg(wallet("ann"), wallet("bob"), 5)]
        slow = asyncio.create_task(posted(bank, "from-ann-to-bob", gift))
        await until_waited_for(holder, owner)
        await post(owner, "overtakes-it", [leg(WORLD, wallet("bob"), 10)])
    await slow
    (newest,) = await wallet_entries.entries(owner, "bob", None, 1)
    assert newest.balance_after == await market.held_by("bob")


async def test_accounts_are_locked_by_number_and_not_as_their_rows_lie(
    market: Market, bank: Pool, owner: Owner
) -> None:
    for user_id in ("ann", "bob"):
        await market.top_up(user_id, FUNDS)
    await owner.execute(  # the row of the lower number now lies behind the other
        "ALTER TABLE ledger.balance DISABLE TRIGGER stays;"
        " WITH ann AS (DELETE FROM ledger.balance USING ledger.account WHERE id = account_id"
        " AND owner = 'ann' RETURNING balance.*) INSERT INTO ledger.balance SELECT * FROM ann;"
        " ALTER TABLE ledger.balance ENABLE ALWAYS TRIGGER stays"
    )
    async with bank.acquire() as holder, holder.transaction():
        await post(holder, "holds-up-ann", [leg(WORLD, wallet("ann"), 1)])
        gift = [leg(wallet("bob"), wallet("ann"), 1)]
        waiting = asyncio.create_task(posted(bank, "from-bob-to-ann", gift))
        await until_waited_for(holder, owner)
        await owner.execute("SET lock_timeout = '100ms'")
        bob_is_free = await post(owner, "bob-is-free", [leg(WORLD, wallet("bob"), 1)])
    assert (bob_is_free, await waiting) == (True, True)


async def test_a_wallet_that_was_opened_meanwhile_is_locked_in_its_turn(
    market: Market, owner: Owner, database_url: str
) -> None:
    await market.top_up("somebody")
    sessions = [await asyncpg.connect(database_url) for _ in range(4)]
    for session in sessions:
        await speak_json(session)
        await session.execute("SET deadlock_timeout = '10ms'")
    opener, holder, first, second = sessions
    ann, bob, cat = wallet("ann"), wallet("bob"), wallet("cat")
    holding = holder.transaction()
    async with opener.transaction():
        await post(opener, "opens-ann", [leg(WORLD, ann, FUNDS)])
        for opened in (bob, cat):
            await post(owner, f"opens-{opened.owner}", [leg(WORLD, opened, FUNDS)])
        await holding.start()
        await post(holder, "holds-up-cat", [leg(WORLD, cat, 1)])
        legs = [leg(bob, ann, 1), leg(bob, cat, 1)]
        slow = asyncio.create_task(post(first, "from-bob-to-both", legs))
        await until_waited_for(opener, owner)
    await until_waited_for(holder, owner)
    back = asyncio.create_task(post(second, "from-ann-to-bob", [leg(ann, bob, 1)]))
    await until_waited_for(first, owner)
    await holding.commit()
    answers = await at_once([slow, back])
    for session in sessions:
        await session.close()
    assert answers == [True, True]


# --- many ends on one commission account -------------------------------------------------------


async def delivered_orders(market: Market, count: int) -> list[Order]:
    """Orders that their buyers can complete, each between two people of its own."""
    return await asyncio.gather(*(market.order(State.DELIVERED) for _ in range(count)))


async def commission(connection: Connection) -> int:
    """What the platform has earned, in cents."""
    earned: int = await connection.fetchval(
        "SELECT sum(amount)::bigint FROM ledger.entry JOIN ledger.account ON id = account_id"
        " WHERE kind = $1",
        COMMISSION.kind,
    )
    return earned


async def test_a_hundred_orders_end_at_once(market: Market, owner: Owner) -> None:
    orders = await delivered_orders(market, 100)
    found = await statuses(market.record(completion(order)) for order in orders)
    assert found == {"recorded": 100}
    assert await commission(owner) == 100 * FEE
    assert await violations(owner) == []


async def test_no_reader_sees_an_end_without_its_money(
    market: Market, pool: Pool, owner: Owner
) -> None:
    orders = await delivered_orders(market, 40)
    done = asyncio.Event()
    reader = asyncio.create_task(differences_until(pool, done))
    try:
        await statuses(market.record(completion(order)) for order in orders)
    finally:
        done.set()
    assert await reader == {0}


async def differences_until(pool: Pool, done: asyncio.Event) -> set[int]:
    """Every difference that a reader saw between the open orders and the money in escrow."""
    seen = set()
    async with pool.acquire() as connection:
        while not done.is_set():
            difference = await connection.fetchval(
                "SELECT (SELECT count(*) FROM orders WHERE state = 'delivered') * $1"
                " - (SELECT sum(balance)::bigint FROM ledger.balance JOIN ledger.account"
                "    ON id = account_id WHERE kind = 'escrow')",
                PRICE,
            )
            seen.add(difference)
    return seen


async def test_the_commission_account_has_no_row_to_wait_for(market: Market, owner: Owner) -> None:
    await market.record(completion(await market.order(State.DELIVERED)))
    kinds = await owner.fetch(
        "SELECT DISTINCT kind FROM ledger.account JOIN ledger.balance ON account_id = id"
    )
    assert {"wallet", "escrow"} == {row["kind"] for row in kinds}


async def recorded_at_once(connection: Connection, record: ToRecord) -> str:
    """The status of a step that may wait for nobody's lock.

    Raises:
        LockNotAvailableError: it would have had to wait.
    """
    async with connection.transaction():
        await connection.execute("SET LOCAL lock_timeout = '100ms'")
        return (await steps.record(connection, record)).status


async def test_two_open_transactions_earn_commission_without_waiting(
    market: Market, pool: Pool
) -> None:
    first, second, third = await delivered_orders(market, 3)
    await market.record(completion(first))
    async with pool.acquire() as one, pool.acquire() as other, one.transaction():
        await steps.record(one, completion(second))
        assert await recorded_at_once(other, completion(third)) == "recorded"


async def test_two_open_transactions_of_one_seller_wait_for_each_other(
    market: Market, pool: Pool
) -> None:
    first, second, third = [
        await market.order(State.DELIVERED, seller_id="a-seller") for _ in range(3)
    ]
    await market.record(completion(first))
    async with pool.acquire() as one, pool.acquire() as other, one.transaction():
        await steps.record(one, completion(second))
        with pytest.raises(asyncpg.LockNotAvailableError):
            await recorded_at_once(other, completion(third))
