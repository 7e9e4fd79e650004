"""What one caller may have waiting at one order."""

import asyncpg
import pytest

from db.errors import Crowded
from domain.order import Actor, Order
from domain.vocabulary import Action, State
from tests.db.market import Market, Owner, buyer_of, cancellation, completion, contents, seller_of

MOST = 50


async def waiting(market: Market, order: Order, actor: Actor) -> None:
    """As many undecided requests as somebody may have."""
    for number in range(MOST):
        await market.ask(order, Action.CANCEL, actor, f"{actor.role}-{number}")


async def test_a_caller_with_too_many_undecided_requests_is_refused_and_nothing_changes(
    market: Market, owner: Owner
) -> None:
    order = await market.order(State.DELIVERED)
    await waiting(market, order, buyer_of(order))
    before = await contents(owner)
    with pytest.raises(Crowded):
        await market.ask(order, Action.CANCEL, buyer_of(order), "one-more")
    assert before == await contents(owner)


async def test_it_keeps_nobody_else_and_no_other_order_from_being_asked(market: Market) -> None:
    order = await market.order(State.DELIVERED)
    await waiting(market, order, buyer_of(order))
    before = await market.ask(order, Action.CANCEL, seller_of(order), "the-seller's")
    other = await market.order(State.DELIVERED, buyer_id=order.buyer_id)
    assert before < await market.ask(other, Action.COMPLETE, buyer_of(other), "another-order's")


async def test_once_one_is_decided_there_is_room_for_another(market: Market) -> None:
    order = await market.order(State.DELIVERED)
    await waiting(market, order, buyer_of(order))
    assert (await market.record(completion(order, "buyer-0"))).status == "recorded"
    await market.ask(order, Action.CANCEL, buyer_of(order), "one-more")
    with pytest.raises(Crowded):
        await market.ask(order, Action.CANCEL, buyer_of(order), "two-more")


async def test_a_request_that_fails_otherwise_is_not_taken_for_a_crowd(market: Market) -> None:
    order = await market.order(State.DELIVERED)
    await market.ask(order, Action.CANCEL, buyer_of(order), "the-same")
    with pytest.raises(asyncpg.UniqueViolationError):
        await market.ask(order, Action.CANCEL, buyer_of(order), "the-same")


async def test_the_order_itself_decides_on(market: Market) -> None:
    order = await market.order(State.DELIVERED)
    await waiting(market, order, buyer_of(order))
    assert (await market.record(cancellation(order))).status == "recorded"
