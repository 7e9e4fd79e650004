"""Placing an order: its row, its journal and its money, or nothing at all."""

import asyncpg
import pytest

from db.errors import InsufficientFunds
from domain.vocabulary import State
from tests.db.market import PRICE, Market, Owner, contents, placing
from tests.db.oracles import violations
from tests.db.watch import Watch


async def test_placing_moves_the_price_into_escrow(market: Market) -> None:
    order = await market.order(funds=PRICE + 5)
    assert (await market.held_by(order.buyer_id), await market.in_escrow(order)) == (5, PRICE)


async def test_placing_opens_the_journal(market: Market, watch: Watch) -> None:
    order = await market.order()
    (event,) = await watch.rows("events", order)
    assert (event["seq"], event["version"], event["accepted"]) == (1, 1, True)
    assert (event["action"], event["event"], event["state"]) == ("place", "order.placed", "pending")


async def test_placing_tells_both_parties(market: Market, watch: Watch) -> None:
    order = await market.order()
    told = {row["user_id"] for row in await watch.rows("notices", order)}
    assert set(order.parties) == told
    assert await violations(watch.owner) == []


async def test_an_order_that_the_wallet_cannot_pay_is_not_placed(
    market: Market, owner: Owner
) -> None:
    step = placing(await market.terms(), "a-buyer")
    await market.top_up("a-buyer", PRICE - 1)
    before = await contents(owner)
    with pytest.raises(InsufficientFunds):
        await market.place(step)
    assert before == await contents(owner)


async def test_an_order_is_placed_once(market: Market, owner: Owner) -> None:
    step = placing(await market.terms(), "a-buyer")
    await market.top_up("a-buyer", 2 * PRICE)
    await market.place(step)
    before = await contents(owner)
    with pytest.raises(asyncpg.UniqueViolationError):
        await market.place(step)
    assert before == await contents(owner)


async def test_nobody_buys_from_themselves(market: Market, owner: Owner) -> None:
    step = placing(await market.terms("somebody"), "a-buyer")
    await market.top_up("somebody", PRICE)
    alone = step.order.model_copy(update={"buyer_id": "somebody"})
    before = await contents(owner)
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await market.place(step.model_copy(update={"order": alone}))
    assert (refused.value.constraint_name, await contents(owner)) == ("two_people", before)


async def test_an_order_is_not_placed_final(market: Market, owner: Owner) -> None:
    step = placing(await market.terms(), "a-buyer", State.COMPLETED)
    await market.top_up("a-buyer", PRICE)
    before = await contents(owner)
    with pytest.raises(asyncpg.PostgresError) as refused:
        await market.place(step)
    assert (refused.value.sqlstate, await contents(owner)) == ("LG005", before)
