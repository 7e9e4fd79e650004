"""Orders that all run out at one instant, as many as are wanted.

They are placed by the product's own `domain.placing` and `db.steps`, as its API places them, but
each under a policy of its own: its acceptance window is what is left until the common instant. So
all of them run out at the same microsecond, however long it takes to place them, unless nobody is
quick enough to place them before it. Halfway each of them reminds its seller, as short windows do.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID, uuid4

from temporalio.client import Client

from db import orders, steps
from db.pool import Pool, connection, create_pool
from domain.command import Refusal
from domain.duration import SHORTEST
from domain.order_texts import OrderTexts
from domain.placing import Terms, place
from domain.policy import Policy
from infra import order_workflows

AT_ONCE = 16
CONNECTIONS = 20
TOO_SLOW = "the instant came before all orders were placed: give them longer"

Given = TypeVar("Given")
Gives = TypeVar("Gives")


@dataclass(frozen=True)
class Desk:
    """Where orders are placed that run out at one instant."""

    pool: Pool
    temporal: Client
    instant: datetime
    sold: list[UUID] = field(default_factory=list)
    """Whose workflows have started."""

    async def sell(self, buyer_id: str, terms: Terms) -> UUID:
        """Place one order and start its workflow; return the order's id.

        Raises:
            TimeoutError: the instant is too near.
        """
        now = datetime.now(UTC)
        if self.instant - now < SHORTEST:
            raise TimeoutError(TOO_SLOW)
        policy = Policy(acceptance_window=self.instant - now)
        step = place(str(uuid4()), buyer_id, terms, (), policy, now)
        if isinstance(step, Refusal):
            raise AssertionError(step)
        titles = {terms.service_id: "A logo"}
        async with connection(self.pool) as acquired:
            await steps.place(acquired, step, OrderTexts("A logo", "A logo for my shop.", titles))
        await order_workflows.begin(self.temporal, step.order)
        self.sold.append(UUID(step.order.id))
        return self.sold[-1]


@asynccontextmanager
async def open_desk(database_url: str, temporal: Client, instant: datetime) -> AsyncIterator[Desk]:
    """Open a desk for as long as the block lasts; at its end every start is noted."""
    pool = await create_pool(database_url, CONNECTIONS)
    try:
        desk = Desk(pool, temporal, instant)
        yield desk
        async with connection(pool) as acquired:
            await orders.mark_started(acquired, desk.sold)
    finally:
        await pool.close()


def terms_of(service_id: str, seller_id: str, price: int) -> Terms:
    """Return the terms of a service without extras at so many cents of EUR."""
    return Terms(
        service_id=service_id,
        seller_id=seller_id,
        currency="EUR",
        price=price,
        delivery_time=timedelta(days=3),
        revision_time=timedelta(days=1),
        extras=(),
    )


async def some_at_once(
    work: Callable[[Given], Awaitable[Gives]], given: Iterable[Given], at_once: int = AT_ONCE
) -> list[Gives]:
    """Return what the work gives for each, with so many of them under way at a time."""
    gate = asyncio.Semaphore(at_once)

    async def one(each: Given) -> Gives:
        async with gate:
            return await work(each)

    return await asyncio.gather(*map(one, given))
