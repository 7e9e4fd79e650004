"""Many connections at once: nothing happens twice and no euro is spent twice."""

from collections import Counter
from datetime import timedelta

import asyncpg

from db import wallets
from db.errors import InsufficientFunds
from db.pool import Pool
from domain.ledger import WORLD, PostingKind, wallet
from domain.vocabulary import State
from tests.db.crowd import at_once, posted, statuses
from tests.db.market import (
    PRICE,
    Market,
    Owner,
    cancellation,
    completion,
    expiry,
    leg,
    now,
    placing,
)
from tests.db.oracles import violations

CROWD = 16


# --- the same thing at once --------------------------------------------------------------------


async def test_a_step_sixteen_times_at_once_is_written_once(market: Market, owner: Owner) -> None:
    record = completion(await market.order(State.DELIVERED))
    found = await statuses(market.record(record) for _ in range(CROWD))
    assert found == {"recorded": 1, "decided": CROWD - 1}
    assert await violations(owner) == []


async def test_sixteen_who_ask_for_the_same_at_once_get_it_once(
    market: Market, owner: Owner
) -> None:
    order = await market.order(State.DELIVERED)
    found = await statuses(market.record(completion(order)) for _ in range(CROWD))
    assert found == {"recorded": 1, "superseded": CROWD - 1}
    assert await violations(owner) == []


async def test_a_deadline_that_sixteen_workers_carry_out_passes_once(
    market: Market, owner: Owner
) -> None:
    order = await market.order(State.DELIVERED, deadline_at=now() - timedelta(hours=1))
    found = await statuses(market.record(expiry(order)) for _ in range(CROWD))
    assert found == {"recorded": 1, "superseded": CROWD - 1}
    assert await violations(owner) == []


async def test_of_two_who_end_an_order_at_once_one_wins(market: Market, owner: Owner) -> None:
    for _ in range(20):
        order = await market.order(State.DELIVERED)
        both = (completion(order), cancellation(order))
        found = await statuses(market.record(record) for record in both)
        assert found == {"recorded": 1, "superseded": 1}
    assert await violations(owner) == []


async def test_an_order_placed_sixteen_times_at_once_is_paid_once(
    market: Market, owner: Owner
) -> None:
    step = placing(await market.terms(), "a-buyer")
    await market.top_up("a-buyer", CROWD * PRICE)
    answers = await at_once(market.place(step) for _ in range(CROWD))
    assert Counter(map(type, answers)) == {type(None): 1, asyncpg.UniqueViolationError: CROWD - 1}
    assert await market.held_by("a-buyer") == (CROWD - 1) * PRICE
    assert await violations(owner) == []


async def test_a_top_up_sixteen_times_at_once_arrives_once(
    market: Market, bank: Pool, owner: Owner
) -> None:
    answers = await at_once(
        posted(bank, "a-top-up", [leg(WORLD, wallet("ann"), 70)]) for _ in range(CROWD)
    )
    assert Counter(answers) == {True: 1, False: CROWD - 1}
    assert await market.held_by("ann") == 70
    assert await violations(owner) == []


async def test_of_sixteen_top_ups_with_one_key_and_other_amounts_one_arrives(
    market: Market, bank: Pool, owner: Owner
) -> None:
    amounts = range(1, CROWD + 1)
    answers = await at_once(
        posted(bank, "a-top-up", [leg(WORLD, wallet("ann"), amount)]) for amount in amounts
    )
    refused = [answer for answer in answers if isinstance(answer, asyncpg.PostgresError)]
    assert [error.sqlstate for error in refused] == ["LG001"] * (CROWD - 1)
    assert await market.held_by("ann") == amounts[answers.index(True)]


async def test_sixteen_top_ups_of_a_new_wallet_all_arrive(
    market: Market, bank: Pool, owner: Owner
) -> None:
    answers = await at_once(
        posted(bank, f"top-up-{n:02}", [leg(WORLD, wallet("ann"), 70)]) for n in range(CROWD)
    )
    assert answers == [True] * CROWD
    assert await market.held_by("ann") == CROWD * 70
    assert await violations(owner) == []


# --- one euro is spent once --------------------------------------------------------------------


async def test_two_orders_of_one_buyer_at_once_do_not_spend_the_same_euro(
    market: Market, owner: Owner
) -> None:
    for n in range(40):
        await market.top_up(f"buyer-of-two-{n}", 2 * PRICE - 1)
        both = [placing(await market.terms(), f"buyer-of-two-{n}") for _ in range(2)]
        answers = await at_once(market.place(step) for step in both)
        assert Counter(map(type, answers)) == {type(None): 1, InsufficientFunds: 1}
        assert await market.held_by(f"buyer-of-two-{n}") == PRICE - 1
    assert await violations(owner) == []


async def test_an_order_and_a_payout_at_once_do_not_spend_the_same_euro(
    market: Market, pool: Pool, owner: Owner
) -> None:
    async def pay_out(user_id: str) -> None:
        async with pool.acquire() as connection:
            kind = PostingKind.PAYOUT
            await wallets.move(connection, f"payout-{user_id}", kind, user_id, PRICE, "EUR")

    for n in range(20):
        user_id = f"buyer-and-payee-{n}"
        await market.top_up(user_id, PRICE)
        step = placing(await market.terms(), user_id)
        answers = await at_once([market.place(step), pay_out(user_id)])
        assert answers.count(None) == 1
        assert await market.held_by(user_id) == 0
    assert await violations(owner) == []
