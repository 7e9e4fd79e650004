"""Ten thousand deadlines at one instant.

Orders are placed by the product's own `domain.placing` and `db.steps`, as its API places them, but
each under a policy of its own: its acceptance window is what is left until one common instant. So
all of them run out at the same microsecond, however long it takes to place them, unless nobody is
quick enough to place them before it. Halfway each of them reminds its seller, as short windows do.
"""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import quantiles
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from api.gateway import Away, Gateway
from api.relay import Relay
from db import steps
from db.pool import Pool, connection, create_pool
from domain.command import Refusal
from domain.duration import SHORTEST
from domain.order_texts import OrderTexts
from domain.placing import Terms, place
from domain.policy import Policy
from tests.app_under_test import Person, somebody
from tests.endurance.stack_under_test import (
    CONNECTIONS,
    Findings,
    StackUnderTest,
    demand_proof,
    some_at_once,
)

ORDERS_A_BUYER = 10
PRICE = 1_999
MONEY = ORDERS_A_BUYER * PRICE
STANDSTILL_SECONDS = 120.0
"""So long nothing may expire before the rest is given up."""

TOO_SLOW = "the instant came before all orders were placed: give them longer"
LEAD = timedelta(seconds=30)
ORDERS_A_SECOND = 20
"""How many are placed a second at least, on a machine that has other things to do as well."""


def lead_for(orders: int) -> timedelta:
    """How long before the instant one begins to place so many."""
    return LEAD + timedelta(seconds=orders / ORDERS_A_SECOND)


@dataclass(frozen=True)
class Desk:
    """Where orders are placed that run out at one instant."""

    pool: Pool
    relay: Relay
    terms: Terms
    instant: datetime

    async def sell_to(self, buyer: Person) -> UUID:
        """Places one order and starts its workflow; gives the order's id."""
        now = datetime.now(UTC)
        if self.instant - now < SHORTEST:
            raise TimeoutError(TOO_SLOW)
        policy = Policy(acceptance_window=self.instant - now)
        step = place(str(uuid4()), buyer.id, self.terms, (), policy, now)
        assert not isinstance(step, Refusal), step
        titles = {self.terms.service_id: "A logo"}
        async with connection(self.pool) as acquired:
            await steps.place(acquired, step, OrderTexts("A logo", "A logo for my shop.", titles))
        with suppress(Away):  # it is started by the relay of the API
            await self.relay.start(step.order)
        return UUID(step.order.id)


async def deadlines(stack: StackUnderTest, orders: int, lead: timedelta) -> Findings:
    """Lets so many orders run out `lead` from now, and looks at what became of each.

    Raises:
        TimeoutError: they could not be placed in that time.
    """
    findings, began = Findings(), time.monotonic()
    instant = (datetime.now(UTC) + lead).replace(microsecond=0)
    buyers = [somebody("buyer") for _ in range(0, orders, ORDERS_A_BUYER)]
    await some_at_once(lambda buyer: stack.api.top_up(buyer, MONEY), buyers)
    placed = await _placed(stack, (buyers * ORDERS_A_BUYER)[:orders], instant)
    findings.figures["placed"] = f"{orders} in {time.monotonic() - began:.0f} s"
    if datetime.now(UTC) >= instant:
        raise TimeoutError(TOO_SLOW)
    owner = await asyncpg.connect(stack.database_url)
    await _all_over(owner, placed, instant)
    await _look(owner, findings, placed, instant)
    await _look_at_wallets(owner, findings, buyers)
    await owner.close()
    await demand_proof(stack, findings)
    return findings


async def _placed(stack: StackUnderTest, buyers: list[Person], instant: datetime) -> list[UUID]:
    seller = somebody("seller")
    service = await stack.api.offer(seller, price={"amount": PRICE, "currency": "EUR"}, extras=[])
    terms = Terms(
        service_id=service["id"],
        seller_id=seller.id,
        currency="EUR",
        price=PRICE,
        delivery_time=timedelta(days=3),
        revision_time=timedelta(days=1),
        extras=(),
    )
    pool = await create_pool(stack.database_url, CONNECTIONS)
    relay = Relay(pool, Gateway(stack.temporal))
    placed = await some_at_once(Desk(pool, relay, terms, instant).sell_to, buyers)
    await relay.note_started()
    await pool.close()
    return placed


async def _all_over(owner: Any, placed: list[UUID], instant: datetime) -> None:
    """Until nothing is open, or nothing moves any more."""
    await asyncio.sleep((instant - datetime.now(UTC)).total_seconds())
    left, since = -1, time.monotonic()
    while time.monotonic() - since < STANDSTILL_SECONDS:
        still = await owner.fetchval(OPEN, placed)
        if still == 0:
            return
        if still != left:
            left, since = still, time.monotonic()
        await asyncio.sleep(1)


OPEN = """
    SELECT count(*) FROM orders WHERE id = ANY ($1) AND state = 'pending'"""
EXPIRIES = """
    SELECT order_id, count(*) AS times, min(at) AS at
    FROM events WHERE order_id = ANY ($1) AND accepted AND actor->>'role' = 'deadline'
    AND action = 'cancel' GROUP BY 1"""
NOT_AT_THE_INSTANT = """
    SELECT count(*) FROM events
    WHERE order_id = ANY ($1) AND action = 'place'
    AND (doc->'deadline'->>'at')::timestamptz <> $2"""
ENDINGS = """
    SELECT count(*), count(DISTINCT order_id) FROM ledger.tx
    WHERE order_id = ANY ($1) AND kind <> 'hold'"""
WALLETS = """
    SELECT count(*) FROM ledger.account a JOIN ledger.balance b ON b.account_id = a.id
    WHERE a.owner = ANY ($1) AND a.kind = 'wallet' AND b.balance = $2"""
NOTICES = """
    SELECT count(*) FROM orders o WHERE o.id = ANY ($1) AND ARRAY['buyer', 'seller'] <> ARRAY(
        SELECT n.role FROM notices n JOIN events e USING (order_id, seq)
        WHERE n.order_id = o.id AND e.action = 'cancel' ORDER BY 1)"""
REMINDERS = """
    SELECT count(*), count(DISTINCT order_id) FROM events
    WHERE order_id = ANY ($1) AND event LIKE '%reminder'"""


async def _look(owner: Any, findings: Findings, placed: list[UUID], instant: datetime) -> None:
    orders = len(placed)
    expiries = await owner.fetch(EXPIRIES, placed)
    findings.demand(len(expiries) == orders, f"{len(expiries)} of {orders} expired")
    twice = sum(one["times"] != 1 for one in expiries)
    findings.demand(twice == 0, f"{twice} expired more than once")
    early = sum(one["at"] <= instant for one in expiries)
    findings.demand(early == 0, f"{early} expired before their instant")
    other = await owner.fetchval(NOT_AT_THE_INSTANT, placed, instant)
    findings.demand(other == 0, f"{other} had another deadline")
    endings = tuple(await owner.fetchrow(ENDINGS, placed))
    findings.demand(endings == (orders, orders), f"{endings} endings")
    untold = await owner.fetchval(NOTICES, placed)
    findings.demand(untold == 0, f"people of {untold} orders were not told once")
    reminders, reminded = await owner.fetchrow(REMINDERS, placed)
    findings.demand(reminders == reminded, f"{reminders} reminders of {reminded} orders")
    findings.figures["reminders"] = str(reminders)
    _say_when([one["at"] - instant for one in expiries], findings)


async def _look_at_wallets(owner: Any, findings: Findings, buyers: list[Person]) -> None:
    whole = await owner.fetchval(WALLETS, [buyer.id for buyer in buyers], MONEY)
    findings.demand(
        whole == len(buyers), f"{len(buyers) - whole} wallets do not hold what they did"
    )


def _say_when(after: list[timedelta], findings: Findings) -> None:
    seconds = sorted(one.total_seconds() for one in after)
    if len(seconds) > 1:
        cuts = quantiles(seconds, n=100)
        findings.figures["after the instant"] = (
            f"first {seconds[0]:.2f} s, p50 {cuts[49]:.2f} s, p99 {cuts[98]:.2f} s,"
            f" last {seconds[-1]:.2f} s"
        )
