"""A request and its caller's key are written together: once, or not at all."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from db import idempotency, requests
from db.errors import TooManyAttempts
from db.idempotency import Claim, Key
from db.requests import Pending
from domain.actions import Fields
from domain.order import Order
from domain.vocabulary import Action
from tests.db.crowd import until_waited_for
from tests.db.market import Market, Owner, buyer_of, contents

KEY = Key("ann", "a-key", b"print")


async def ask(
    market: Market, order: Order, name: str, key: Key = KEY, most: int = 0
) -> Pending | Claim:
    """The buyer asks for a cancellation, under a key."""
    async with market.pool.acquire() as connection:
        return await requests.write_once(
            connection,
            key,
            UUID(order.id),
            name,
            Action.CANCEL,
            buyer_of(order),
            Fields(),
            None,
            most,
        )


async def test_of_sixteen_at_once_one_is_written_and_the_others_are_led_to_it(
    market: Market, owner: Owner
) -> None:
    order = await market.order()
    found = await asyncio.gather(*(ask(market, order, f"request-{n}") for n in range(16)))
    (written,) = [one for one in found if isinstance(one, Pending)]
    led = Claim(KEY.fingerprint, UUID(order.id), written.request_id, None)
    assert found.count(led) == 15
    assert [written.request_id] == [
        row["request_id"] for row in await owner.fetch("SELECT request_id FROM requests")
    ]


async def test_another_request_under_the_key_is_shown_what_it_came_with_first(
    market: Market,
) -> None:
    order = await market.order()
    await ask(market, order, "first")
    found = await ask(market, order, "second", replace(KEY, fingerprint=b"another"))
    assert found == Claim(KEY.fingerprint, UUID(order.id), "first", None)


async def test_one_attempt_too_many_leaves_its_key_free(market: Market, owner: Owner) -> None:
    order = await market.order()
    await ask(market, order, "first", most=1)
    before = await contents(owner)
    with pytest.raises(TooManyAttempts):
        await ask(market, order, "second", replace(KEY, key="another"), most=1)
    assert before == await contents(owner)


async def test_a_repetition_is_no_attempt(market: Market) -> None:
    order = await market.order()
    await ask(market, order, "first", most=1)
    assert isinstance(await ask(market, order, "again", most=1), Claim)


async def test_who_works_under_a_key_is_waited_for(market: Market, owner: Owner) -> None:
    order = await market.order()
    async with market.pool.acquire() as connection, connection.transaction():
        await idempotency.claim(connection, KEY, UUID(order.id), "first")
        second = asyncio.create_task(ask(market, order, "second"))
        await until_waited_for(connection, owner)
    assert await second == Claim(KEY.fingerprint, UUID(order.id), "first", None)


async def test_a_key_whose_work_failed_is_free_for_who_waited(market: Market, owner: Owner) -> None:
    order = await market.order()
    async with market.pool.acquire() as connection:
        work = connection.transaction()
        await work.start()
        await idempotency.claim(connection, KEY, UUID(order.id), "first")
        second = asyncio.create_task(ask(market, order, "second"))
        await until_waited_for(connection, owner)
        await work.rollback()
    assert isinstance(await second, Pending)
