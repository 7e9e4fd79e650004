"""A small database with at least one row in every table."""

from dataclasses import dataclass

from db import idempotency
from domain.actions import OpenDispute
from domain.order import Order
from domain.vocabulary import Action, State
from tests.db.market import Market, act_of, buyer_of, completion


@dataclass(frozen=True)
class Sample:
    """The orders in the sample, as they stand."""

    open: Order
    """Delivered, 20.00 EUR in escrow; an undecided request of its buyer's waits."""
    final: Order
    """Completed: 16.00 EUR to the seller, 4.00 EUR commission."""
    disputed: Order
    """Every mediator has been told."""


async def fill(market: Market) -> Sample:
    """Writes the sample."""
    opened = await market.order(State.DELIVERED)
    await market.ask(opened, Action.COMPLETE, buyer_of(opened), "waiting")
    final = await market.record(completion(await market.order(State.DELIVERED), "content"))
    refused = await market.order(State.REVISION_REFUSED)
    reason = OpenDispute(reason="It is not blue.")
    dispute = act_of(refused, Action.OPEN_DISPUTE, buyer_of(refused), reason)
    disputed = await market.record(dispute)
    async with market.pool.acquire() as connection:
        await idempotency.claim(connection, "a-caller", "a-key", b"print")
    await market.top_up("dollars", 500, "USD")
    await market.top_up("euros", 500)
    return Sample(opened, final.order, disputed.order)
