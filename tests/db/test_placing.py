"""Placing an order: its row, its journal and its money, or nothing at all."""

import asyncio
from dataclasses import replace
from uuid import UUID

import asyncpg
import pytest

from db import orders, steps
from db.errors import ExternalIdTaken, InsufficientFunds, ServiceChanged
from db.idempotency import Claim, KeptAnswer, Key
from domain.order_texts import OrderTexts
from domain.step import Step
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


async def test_no_order_is_placed_on_what_is_archived(market: Market, owner: Owner) -> None:
    """Whoever asks: a process of before does not know that there is such a thing."""
    terms = await market.terms()
    step = placing(terms, "a-buyer")
    await market.top_up("a-buyer", PRICE)
    await owner.execute(
        "UPDATE services SET archived_at = now() WHERE id = $1::text::uuid", terms.service_id
    )
    before = await contents(owner)
    with pytest.raises(asyncpg.PostgresError) as refused:
        await market.place(step)
    assert ("LG007", before) == (refused.value.sqlstate, await contents(owner))


async def test_two_orders_are_not_called_the_same(market: Market, owner: Owner) -> None:
    words = OrderTexts("A logo", "For my shop.", {}, external_id="order-4711")
    taken = placing(await market.terms(), "a-buyer"), placing(await market.terms(), "a-buyer")
    await market.top_up("a-buyer", 2 * PRICE)
    async with market.pool.acquire() as connection:
        await steps.place(connection, taken[0], words)
        before = await contents(owner)
        with pytest.raises(ExternalIdTaken):
            await steps.place(connection, taken[1], words)
    assert before == await contents(owner)


async def test_an_order_of_a_process_of_before_is_called_nothing(market: Market) -> None:
    """It does not know that it could say so."""
    step = placing(await market.terms(), "a-buyer")
    await market.top_up("a-buyer", PRICE)
    event = {"action": "place", "accepted": True, "event": step.event, "notices": step.notices}
    document = {
        "doc": step.order,
        "postings": step.postings,
        "title": "A logo",
        "brief": "For my shop.",
        "titles": {},
        "event": event,
    }
    async with market.pool.acquire() as connection:
        await connection.execute("SELECT place_order($1)", document)
        row = await orders.get(connection, UUID(step.order.id))
    assert row is not None
    assert (row.words.external_id, row.words.metadata) == (None, {})


# --- once a key ----------------------------------------------------------------------------------

KEY = Key("a-buyer", "a-key", b"print")
ANSWER = KeptAnswer(201, "{}", {}, "application/json")
WORDS = OrderTexts("A logo", "For my shop.", {})


async def placed(market: Market, step: Step, version: int = 1, key: Key = KEY) -> Claim | None:
    async with market.pool.acquire() as connection:
        return await steps.place_once(connection, key, step, WORDS, version, ANSWER)


async def test_of_sixteen_at_once_one_is_placed_and_the_others_get_its_answer(
    market: Market, owner: Owner
) -> None:
    terms = await market.terms()
    await market.top_up("a-buyer", 16 * PRICE)
    found = await asyncio.gather(*(placed(market, placing(terms, "a-buyer")) for _ in range(16)))
    assert found.count(None) == 1
    assert found.count(Claim(KEY.fingerprint, None, None, ANSWER)) == 15
    assert await owner.fetchval("SELECT count(*) FROM orders") == 1


async def test_what_is_not_on_sale_as_it_was_read_is_not_placed_and_leaves_the_key_free(
    market: Market, owner: Owner
) -> None:
    step = placing(await market.terms(), "a-buyer")
    await market.top_up("a-buyer", PRICE)
    before = await contents(owner)
    with pytest.raises(ServiceChanged):
        await placed(market, step, version=2)
    assert await contents(owner) == before
    assert await placed(market, step) is None


async def test_an_order_that_cannot_be_paid_leaves_its_key_free(
    market: Market, owner: Owner
) -> None:
    step = placing(await market.terms(), "a-buyer")
    await market.top_up("a-buyer", PRICE - 1)
    before = await contents(owner)
    with pytest.raises(InsufficientFunds):
        await placed(market, step)
    assert await contents(owner) == before


async def test_another_order_under_the_key_is_shown_what_it_came_with_first(
    market: Market,
) -> None:
    terms = await market.terms()
    await market.top_up("a-buyer", 2 * PRICE)
    await placed(market, placing(terms, "a-buyer"))
    again = await placed(
        market, placing(terms, "a-buyer"), key=replace(KEY, fingerprint=b"another")
    )
    assert again == Claim(KEY.fingerprint, None, None, ANSWER)
