"""The order with as much money as one can have: it comes in and goes out in one transfer."""

from datetime import timedelta
from uuid import uuid4

from domain.money import MAX_AMOUNT
from domain.order import Extra, Order
from domain.placing import place
from domain.policy import MOST_LINES, Policy
from domain.step import Step
from domain.vocabulary import State
from tests.db.market import Market, Owner, cancellation, completion, now
from tests.db.oracles import violations

TOTAL = MOST_LINES * MAX_AMOUNT


async def largest(market: Market, policy: Policy) -> Order:
    """An order with every line that there is room for, each at the largest price."""
    terms = await market.terms(price=MAX_AMOUNT)
    extras = tuple(
        Extra(id=str(uuid4()), price=MAX_AMOUNT, delivery_time=timedelta(days=1))
        for _ in range(MOST_LINES - 1)
    )
    terms = terms.model_copy(update={"extras": extras})
    await market.top_up("the-buyer", TOTAL)
    bought = tuple(extra.id for extra in extras)
    step = place(str(uuid4()), "the-buyer", terms, bought, policy, now())
    assert isinstance(step, Step)
    delivered = step.model_copy(
        update={"order": step.order.model_copy(update={"state": State.DELIVERED})}
    )
    await market.place(delivered)
    return delivered.order


async def test_the_buyer_gets_all_of_it_back(market: Market, owner: Owner) -> None:
    order = await largest(market, Policy(most_lines=MOST_LINES))
    assert await market.in_escrow(order) == TOTAL
    assert (await market.record(cancellation(order))).status == "recorded"
    assert await market.held_by(order.buyer_id) == TOTAL
    assert await violations(owner) == []


async def test_the_seller_earns_all_of_it(market: Market, owner: Owner) -> None:
    order = await largest(market, Policy(most_lines=MOST_LINES, commission_bps=0))
    assert (await market.record(completion(order))).status == "recorded"
    assert await market.held_by(order.seller_id) == TOTAL
    assert await violations(owner) == []
