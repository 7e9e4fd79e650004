"""What one person may try on one order: so much at once, and as much again over an hour."""

import asyncio

import pytest

from db.errors import TooManyAttempts
from db.pool import Pool
from domain.order import Actor, Order
from domain.vocabulary import Action, State
from tests.db.crowd import until_waited_for
from tests.db.market import Market, Owner, act_of, buyer_of, contents, seller_of

MOST = 5
HOUR = 3_600


async def attempts(market: Market, order: Order, actor: Actor, times: int, name: str) -> int:
    """How many of so many attempts at once were written down."""
    asked = (
        market.ask(order, Action.CANCEL, actor, f"{name}-{number}", MOST) for number in range(times)
    )
    answers = await asyncio.gather(*asked, return_exceptions=True)
    others = [
        answer
        for answer in answers
        if isinstance(answer, BaseException) and not isinstance(answer, TooManyAttempts)
    ]
    assert not others
    return sum(not isinstance(answer, BaseException) for answer in answers)


async def pass_by(owner: Owner, seconds: int) -> None:
    """Lets so much time pass, as far as attempts go."""
    await owner.execute(f"UPDATE attempts SET full_at = full_at - interval '{seconds} s'")


async def test_at_once_there_are_so_many_and_no_more_however_they_come(market: Market) -> None:
    order = await market.order(State.DELIVERED)
    assert await attempts(market, order, buyer_of(order), 3 * MOST, "first") == MOST


async def test_who_came_first_and_waited_for_others_has_no_less_for_it(
    market: Market, owner: Owner, superusers: Pool
) -> None:
    order = await market.order(State.DELIVERED)
    await attempts(market, order, buyer_of(order), 1, "first")
    async with superusers.acquire() as others:
        async with others.transaction():
            await others.execute("UPDATE attempts SET full_at = full_at")
            asked = market.ask(order, Action.CANCEL, buyer_of(order), "came-first", MOST)
            waiting = asyncio.create_task(asked)
            await until_waited_for(others, owner)
            await others.execute(
                "UPDATE attempts SET full_at = clock_timestamp() + $1 * interval '1 hour' / $2",
                MOST - 1,
                MOST,
            )
        await waiting
    assert await attempts(market, order, buyer_of(order), 1, "one-more") == 0


async def test_one_too_many_leaves_nothing_and_says_how_long_to_wait(
    market: Market, owner: Owner
) -> None:
    order = await market.order(State.DELIVERED)
    assert await attempts(market, order, buyer_of(order), MOST, "first") == MOST
    before = await contents(owner)
    with pytest.raises(TooManyAttempts) as refused:
        await market.ask(order, Action.CANCEL, buyer_of(order), "one-more", MOST)
    assert before == await contents(owner)
    assert 1 <= refused.value.wait_seconds <= HOUR / MOST


async def test_they_come_back_one_by_one(market: Market, owner: Owner) -> None:
    order = await market.order(State.DELIVERED)
    for name in ("first", "second", "third"):
        await attempts(market, order, buyer_of(order), MOST, name)
        await pass_by(owner, HOUR // MOST)
    assert await attempts(market, order, buyer_of(order), MOST, "fourth") == 1
    await pass_by(owner, 24 * HOUR)
    assert await attempts(market, order, buyer_of(order), 3 * MOST, "fifth") == MOST


async def test_it_keeps_nobody_else_and_no_other_order_from_being_asked(market: Market) -> None:
    order = await market.order(State.DELIVERED)
    other = await market.order(State.DELIVERED, buyer_id=order.buyer_id)
    await attempts(market, order, buyer_of(order), 2 * MOST, "first")
    assert await attempts(market, order, seller_of(order), MOST, "the-seller's") == MOST
    assert await attempts(market, other, buyer_of(other), MOST, "another-order's") == MOST


async def test_accepted_and_refused_ones_count_alike(market: Market) -> None:
    order = await market.order(State.DELIVERED)
    for number in range(MOST):
        name = f"asked-{number}"
        await market.ask(order, Action.ACCEPT, seller_of(order), name, MOST)
        await market.record(act_of(order, Action.ACCEPT, seller_of(order), request_id=name))
    assert await attempts(market, order, seller_of(order), 1, "one-more") == 0


async def test_without_a_limit_nothing_is_counted(market: Market, owner: Owner) -> None:
    order = await market.order(State.DELIVERED)
    for number in range(3 * MOST):
        await market.ask(order, Action.CANCEL, buyer_of(order), f"asked-{number}", 0)
    assert await owner.fetchval("SELECT count(*) FROM attempts") == 0
