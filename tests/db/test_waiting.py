"""What several processes share: keys of requests, and signals that still have to be sent."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from db import idempotency, requests
from db.idempotency import Claim, KeptAnswer, Key, claim, keep
from db.pool import Pool, transaction
from domain.order import Order
from domain.vocabulary import Action
from tests.db.market import Market, Owner, buyer_of, cancellation

PRINT, OTHER_PRINT = b"print", b"another"
ANNS = Key("ann", "a-key", PRINT)
ANSWER = KeptAnswer(201, "{}", {}, "application/json")
ANOTHER = replace(ANSWER, status=409)


async def claimed_and_answered(pool: Pool) -> Claim | None:
    """One POST: takes the key, works, keeps the answer, all in one transaction."""
    async with transaction(pool) as connection:
        earlier = await claim(connection, ANNS)
        if earlier is None:
            await keep(connection, ANNS, ANSWER)
        return earlier


async def test_a_free_key_is_taken(pool: Pool) -> None:
    assert await claimed_and_answered(pool) is None


async def test_a_key_that_was_taken_gives_the_first_answer(pool: Pool) -> None:
    await claimed_and_answered(pool)
    assert Claim(PRINT, None, None, ANSWER) == await claimed_and_answered(pool)


async def test_a_key_belongs_to_its_caller(pool: Pool) -> None:
    await claimed_and_answered(pool)
    async with transaction(pool) as connection:
        assert await claim(connection, replace(ANNS, caller="bob")) is None


async def test_a_key_remembers_what_it_came_with_first(pool: Pool) -> None:
    await claimed_and_answered(pool)
    async with transaction(pool) as connection:
        earlier = await claim(connection, replace(ANNS, fingerprint=OTHER_PRINT))
    assert earlier is not None
    assert earlier.fingerprint == PRINT


async def test_of_sixteen_at_once_one_works_and_the_others_get_its_answer(pool: Pool) -> None:
    earlier = await asyncio.gather(*(claimed_and_answered(pool) for _ in range(16)))
    assert earlier.count(None) == 1
    assert earlier.count(Claim(PRINT, None, None, ANSWER)) == 15


async def test_a_key_whose_work_failed_is_free_again(pool: Pool) -> None:
    async with pool.acquire() as connection:
        work = connection.transaction()
        await work.start()
        await claim(connection, ANNS)
        await work.rollback()
    assert await claimed_and_answered(pool) is None


async def test_the_first_answer_stays(pool: Pool) -> None:
    await claimed_and_answered(pool)
    async with transaction(pool) as connection:
        assert await idempotency.keep(connection, ANNS, ANOTHER) == ANSWER


# --- signals -----------------------------------------------------------------------------------


async def asked(market: Market, owner: Owner, count: int = 1) -> Order:
    """An order with requests whose signals are due, `request-0` the oldest."""
    order = await market.order()
    for n in range(count):
        await market.ask(order, Action.CANCEL, buyer_of(order), f"request-{n}")
    await owner.execute("UPDATE requests SET next_signal = received_at")
    return order


async def taken(pool: Pool, limit: int = 100) -> list[str]:
    """The ids of the requests that a relay gets to send."""
    async with pool.acquire() as connection:
        due = await requests.claim_due(connection, limit)
    return [request.request_id for request in due]


async def test_a_request_that_was_written_just_now_is_left_to_its_writer(
    market: Market, pool: Pool
) -> None:
    order = await market.order()
    await market.ask(order, Action.CANCEL, buyer_of(order), "new")
    async with transaction(pool) as connection:
        # Four seconds later, however long it has really been: the transaction has an instant.
        await connection.execute(
            "UPDATE requests SET next_signal = next_signal - received_at + now() - interval '4 s'"
        )
        assert await requests.claim_due(connection, 1) == []


async def test_signals_that_are_due_are_sent_oldest_first(
    market: Market, pool: Pool, owner: Owner
) -> None:
    await asked(market, owner, 3)
    assert await taken(pool, 2) == ["request-0", "request-1"]


async def test_of_several_relays_one_gets_each_signal(
    market: Market, pool: Pool, owner: Owner
) -> None:
    await asked(market, owner, 20)
    shares = await asyncio.gather(*(taken(pool, 5) for _ in range(8)))
    everything = [request_id for share in shares for request_id in share]
    assert {f"request-{n}" for n in range(20)} == set(everything)
    assert len(everything) == 20


async def test_a_decided_request_is_not_sent(market: Market, pool: Pool, owner: Owner) -> None:
    order = await asked(market, owner)
    await market.record(cancellation(order, "request-0"))
    assert await taken(pool) == []


@pytest.mark.parametrize(("sent", "seconds"), [(0, 10), (1, 20), (5, 320), (9, 3_600), (40, 3_600)])
async def test_a_signal_that_had_no_effect_is_sent_again_after_a_longer_pause(
    sent: int, seconds: int, market: Market, pool: Pool, owner: Owner
) -> None:
    order = await asked(market, owner)
    await owner.execute("UPDATE requests SET signals = $1", sent)
    async with transaction(pool) as connection:
        (due,) = await requests.claim_due(connection, 1)
        await requests.mark_signalled(connection, due)
        pause = await connection.fetchval(
            "SELECT extract(epoch FROM next_signal - now())::integer FROM requests"
            " WHERE order_id = $1",
            UUID(order.id),
        )
    assert pause == seconds
