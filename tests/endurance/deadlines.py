"""Ten thousand deadlines at one instant, and what became of each."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from statistics import quantiles
from typing import Any
from uuid import UUID

import asyncpg

from bench.one_instant import TOO_SLOW, open_desk, some_at_once, terms_of
from tests.app_under_test import Person, somebody
from tests.endurance.stack_under_test import Findings, StackUnderTest, demand_proof

ORDERS_A_BUYER = 10
PRICE = 1_999
MONEY = ORDERS_A_BUYER * PRICE
STANDSTILL_SECONDS = 120.0
"""So long nothing may expire before the rest is given up."""

LEAD = timedelta(seconds=30)
ORDERS_A_SECOND = 20
"""How many are placed a second at least, on a machine that has other things to do as well."""


def lead_for(orders: int) -> timedelta:
    """How long before the instant one begins to place so many."""
    return LEAD + timedelta(seconds=orders / ORDERS_A_SECOND)


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
    terms = terms_of(service["id"], seller.id, PRICE)
    async with open_desk(stack.database_url, stack.temporal, instant) as desk:
        return await some_at_once(lambda buyer: desk.sell(buyer.id, terms), buyers)


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
