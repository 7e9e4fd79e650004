"""Thousands of deadlines at one instant: how fast they are carried out, and how long people wait
who act meanwhile."""

import asyncio
import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from bench.closed_loop import lap
from bench.figures import Latency
from bench.life import PRICE, SERVICE, STEPS, Act, Failed, Marketplace, Pair
from bench.one_instant import open_desk, some_at_once, terms_of
from bench.open_loop import Actions, Arrivals, open_loop
from bench.plan import Plan
from bench.product import Product
from bench.stack import MeasuredStack

SEED = 16
SHARE = 0.25
"""Of the greatest rate, at which people act before the instant and after it."""
ORDERS_A_BUYER = 10
ORDERS_A_SECOND = 25
"""How many are placed a second at least."""
LEAD_SECONDS = 30.0
STANDSTILL_SECONDS = 120.0
"""So long nothing may run out before the rest is given up."""


class Storm(BaseModel):
    """What a storm of deadlines was like."""

    model_config = ConfigDict(frozen=True)

    orders: int
    lives_a_second: float
    """The greatest rate, measured just before."""
    expiries_a_second: float
    """From the instant to the last of them."""
    actions_a_second: float
    seconds: float
    """From the instant on for which people's actions are looked at."""
    usual: Latency
    meanwhile: Latency

    @property
    def rate(self) -> float:
        """Return the expiries for each life that the same time would hold."""
        return self.expiries_a_second / self.lives_a_second

    @property
    def waiting(self) -> float:
        """Return a person's p99 meanwhile as a multiple of the usual one."""
        return self.meanwhile.p99 / self.usual.p99


@dataclass(frozen=True)
class People:
    """Who act, at a rate that the product carries easily."""

    marketplace: Marketplace
    pairs: list[Pair]
    a_second: float
    gap: float

    async def act(self, seconds: float) -> list[float]:
        """Return how long each action took, in seconds, that was due within so many."""
        turn = itertools.cycle(self.pairs)

        async def place() -> tuple[Pair, str]:
            pair = next(turn)
            return pair, await self.marketplace.place(pair)

        async def act(order: tuple[Pair, str], act: Act) -> None:
            await self.marketplace.act(*order, act)

        return await open_loop(Actions(place, act), self.arrivals(seconds))

    def arrivals(self, seconds: float) -> Arrivals:
        """Return when they come."""
        return Arrivals(self.a_second, seconds, self.gap, SEED)


async def storm(measured: MeasuredStack, plan: Plan) -> Storm:
    """Place the orders, and look at what happens at their instant.

    Raises:
        Failed: some never run out.
    """
    marketplace = measured.marketplace
    pairs = await marketplace.pairs(plan.clients)
    product = Product(marketplace, pairs)
    greatest = await lap(product.live, plan.clients, plan.ramp, plan.seconds, {})
    rate = SHARE * greatest.lives_a_second * STEPS
    people = People(marketplace, pairs, rate, plan.gap)
    usual = await people.act(plan.meanwhile)
    instant, placed = await _placed(measured, plan.deadlines)
    begins = people.arrivals(plan.meanwhile).begins
    await _until(instant - timedelta(seconds=begins))
    meanwhile = await people.act(plan.meanwhile)
    return Storm(
        orders=plan.deadlines,
        lives_a_second=greatest.lives_a_second,
        expiries_a_second=len(placed) / await _all_over(measured, placed, instant),
        actions_a_second=rate,
        seconds=plan.meanwhile,
        usual=Latency.of(usual),
        meanwhile=Latency.of(meanwhile),
    )


async def _placed(measured: MeasuredStack, orders: int) -> tuple[datetime, list[UUID]]:
    marketplace = measured.marketplace
    buyers = [f"in-the-storm-{number}" for number in range(-(-orders // ORDERS_A_BUYER))]
    await some_at_once(lambda buyer: _top_up(marketplace, buyer), buyers)
    seller = "calm-seller"
    service = await marketplace.post("/v1/services", marketplace.signed(seller), SERVICE)
    terms = terms_of(service["id"], seller, PRICE)
    instant = datetime.now(UTC) + timedelta(seconds=LEAD_SECONDS + orders / ORDERS_A_SECOND)

    async with open_desk(measured.stack.database_url, measured.temporal, instant) as desk:
        turn = (buyers * ORDERS_A_BUYER)[:orders]
        return instant, await some_at_once(lambda buyer: desk.sell(buyer, terms), turn)


async def _top_up(marketplace: Marketplace, buyer: str) -> None:
    money = {"amount": ORDERS_A_BUYER * PRICE, "currency": "EUR"}
    await marketplace.post(f"/v1/wallets/{buyer}/top-ups", marketplace.operator, money)


async def _until(at: datetime) -> None:
    await asyncio.sleep(max(0.0, (at - datetime.now(UTC)).total_seconds()))


STILL_OPEN = "SELECT count(*) FROM orders WHERE id = ANY ($1) AND state = 'pending'"
LAST = """
    SELECT max(at) FROM events WHERE order_id = ANY ($1) AND accepted
    AND actor->>'role' = 'deadline' AND action = 'cancel'"""


async def _all_over(measured: MeasuredStack, placed: list[UUID], instant: datetime) -> float:
    """Return how many seconds after the instant the last order ran out."""
    database = await measured.database()
    try:
        left, moved = len(placed), datetime.now(UTC)
        while left:
            await asyncio.sleep(1.0)
            still = await database.fetchval(STILL_OPEN, placed)
            if still < left:
                left, moved = still, datetime.now(UTC)
            elif datetime.now(UTC) - moved > timedelta(seconds=STANDSTILL_SECONDS):
                raise Failed(f"{left} of {len(placed)} orders do not run out")
        last: datetime = await database.fetchval(LAST, placed)
        return (last - instant).total_seconds()
    finally:
        await database.close()
