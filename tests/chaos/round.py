"""A whole round: the plan is played, everything is mended, and the oracles are asked."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import asyncpg
from temporalio.client import Client

from cli.check import proof_of
from cli.stack_connection import StackConnection, connection_to
from embedded.stripe_stand_in.process import StandIn
from infra import temporal
from tests.app_under_test import ApiClient
from tests.chaos import oracles
from tests.chaos.at_the_till import seen_at
from tests.chaos.clients import Clients
from tests.chaos.evidence import Evidence, gathered
from tests.chaos.faults import Faults, Inflict
from tests.chaos.feed import Follower
from tests.chaos.market import Market
from tests.chaos.payments import PlayedPayment
from tests.chaos.plan import PROVIDER_TROUBLE, Plan
from tests.chaos.played_orders import PlayedOrder
from tests.chaos.proxied_stack import Control, running_proxied_stack
from tests.chaos.proxy import Link
from tests.chaos.scraping import Seen, scraping
from tests.chaos.till import Till
from tests.db import oracles as questions

AT_ONCE = 40
PATIENCE = 120.0
"""Seconds that a client insists, and a little more than any planned outage can take."""
CALM = 30.0
"""Seconds after the last fault in which everything must have caught up."""
OVERDUE = timedelta(seconds=3)
PAYMENTS_SETTLE = 150.0
OF_PAYMENTS = ("provider", "conservation", "chargebacks")

Life = TypeVar("Life")


# Not shown: asyncio shows the result of a main task in passing, and this one holds everything.
@dataclass(repr=False)
class Round:
    """What came of a round."""

    plan: Plan
    clients: Clients
    faults: Faults
    lives: list[PlayedOrder]
    lost: Counter[str]
    calm: float | None
    """Seconds from the last fault until nothing was overdue; None where something stayed so."""
    evidence: Evidence
    violations: dict[str, list[str]]
    check: list[str]
    seconds: float
    seen: Seen | None = None
    """What a Prometheus saw, where one looked."""


@dataclass(frozen=True)
class Ground:
    """Where a plan is played: a running product, and what can be done to it. `pids` gives the
    processes that live at this moment, `others` further ways of breaking it."""

    api: ApiClient
    place: StackConnection
    pids: Callable[[], Mapping[str, int]]
    links: Mapping[str, Link] = field(default_factory=dict)
    others: Mapping[str, Inflict] = field(default_factory=dict)
    stand_in: StandIn | None = None
    """The payment provider, where there is one."""


async def played(
    plan: Plan,
    data_dir: Path,
    window: float,
    control: Control = Control.NONE,
    *,
    scraped: bool = False,
) -> Round:
    """Plays a plan on a stack of its own in `data_dir`, with windows of so many seconds; `scraped`:
    while a Prometheus looks each second."""
    async with running_proxied_stack(
        data_dir, window, plan.decision_expiry, control, provided=bool(plan.payments)
    ) as proxied:
        ground = Ground(
            proxied.api,
            replace(connection_to(proxied.stack), payments=proxied.payments),
            lambda: proxied.pids,
            proxied.links,
            {
                "not reading": lambda fault: proxied.not_reading(fault.seconds),
                **dict.fromkeys(PROVIDER_TROUBLE, proxied.trouble),
            },
            proxied.stand_in,
        )
        clients = Clients(ground.api, PATIENCE, Random(plan.seed))
        if not scraped:
            return await played_on(ground, plan, window, clients)
        beside = data_dir.with_name(f"{data_dir.name}-prometheus")
        async with scraping(beside, proxied.stack.metrics_urls) as seen:
            done = await played_on(ground, plan, window, clients)
        return replace(done, seen=seen)


async def played_on(ground: Ground, plan: Plan, window: float, clients: Clients) -> Round:
    """Plays a plan on a running product, whose windows have so many seconds. The `clients` are
    everybody who has ever asked it for anything."""
    began, database_url = time.monotonic(), ground.place.database_url
    till = Till(clients, ground.stand_in, PATIENCE) if ground.stand_in else None
    market = Market(clients, till)
    await market.fund(plan)
    follower = Follower(clients)
    following = asyncio.create_task(follower.follow())
    faults = Faults(plan.faults, ground.links, ground.pids, database_url, ground.others)
    lives = [PlayedOrder(market, order, window) for order in plan.orders]
    watch = asyncio.create_task(_calm_after(faults.ended, database_url, window))
    paying = [PlayedPayment(till, one) for one in plan.payments] if till else []
    await _some_at_once(lambda life: life.play(faults.progress), _mixed(lives, paying))
    await faults.over()
    await _some_at_once(PlayedOrder.is_decided, lives)
    calm = await watch
    await asyncio.sleep(window)  # what nobody acts on comes to its deadline
    late = await _calm(database_url, 0)
    ended = await _some_at_once(PlayedOrder.finish, lives)
    unfinished = [
        str(life.seen["id"])
        for life, end in zip(lives, ended, strict=True)
        if not end and life.seen is not None
    ]
    client = await temporal.connect(**ground.place.temporal)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    evidence, violations = await _judged(ground, client, follower, unfinished)
    if calm is None or late is None:
        violations.setdefault("liveness", []).append("there was no calm after the last fault")
    check = [str(finding) for finding in (await proof_of(ground.place)).findings]
    lost = Counter[str]()
    for link in ground.links.values():
        lost.update({weather.value: times for weather, times in link.lost.items()})
    seconds = time.monotonic() - began
    return Round(plan, clients, faults, lives, lost, calm, evidence, violations, check, seconds)


def _mixed(
    orders: Sequence[PlayedOrder], payments: Sequence[PlayedPayment]
) -> list[PlayedOrder | PlayedPayment]:
    """Payments among the orders, so that they meet as many faults."""
    mixed: list[PlayedOrder | PlayedPayment] = list(orders)
    apart = 1 + len(orders) // max(len(payments), 1)
    for number, payment in enumerate(payments):
        mixed.insert(number * apart, payment)
    return mixed


def _patience(found: dict[str, list[str]]) -> float:
    """For how many seconds what does not hold is looked at again. A payout whose worker died at the
    provider is gone on with after a minute."""
    return PAYMENTS_SETTLE if any(one in found for one in OF_PAYMENTS) else CALM / 2


async def _some_at_once(work: Callable[[Life], Awaitable[Any]], lives: Iterable[Life]) -> list[Any]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(life: Life) -> Any:
        async with gate:
            return await work(life)

    return await asyncio.gather(*map(one, lives))


async def _calm_after(ended: asyncio.Event, database_url: str, seconds: float) -> float | None:
    await ended.wait()
    return await _calm(database_url, seconds)


async def _calm(database_url: str, at_least: float) -> float | None:
    """Looks for so many seconds, and longer while something is overdue; gives when something was
    for the last time, or None where it still is."""
    began, last = time.monotonic(), 0.0
    while (waited := time.monotonic() - began) < max(CALM, at_least):
        if await _overdue(database_url):
            last = waited
        elif waited >= at_least:
            return last
        await asyncio.sleep(0.2)
    return None


async def _overdue(database_url: str) -> bool:
    """Whether anything is; a database that does not answer yet is."""
    try:
        connection = await asyncpg.connect(database_url)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return True
    try:
        return bool(await questions.violations(connection, OVERDUE, ("liveness",)))
    finally:
        await connection.close()


async def _judged(
    ground: Ground, client: Client, follower: Follower, unfinished: list[str]
) -> tuple[Evidence, dict[str, list[str]]]:
    """What is left, and what of it still does not hold after the time that a step may take; what
    was under way at the first look has come to its end at a second one."""
    seen_at_first: float | None = None
    while True:
        url = ground.place.database_url
        evidence = await gathered(url, client, follower.clients, OVERDUE)
        if ground.stand_in is not None:
            evidence.at_provider = await seen_at(ground.stand_in, ground.place)
        evidence.unfinished = unfinished
        evidence.followed = list(await follower.to_the_end())
        evidence.feed = await Follower(follower.clients).to_the_end()
        found = oracles.violations(evidence)
        # From the end of the first look on, which may take longer than that itself.
        seen_at_first = seen_at_first or time.monotonic()
        if not found or time.monotonic() - seen_at_first > _patience(found):
            return evidence, found
        await asyncio.sleep(1)
