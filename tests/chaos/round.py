"""A whole round: the plan is played, everything is mended, and the oracles are asked."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import asyncpg
from temporalio.client import Client

from cli.check import proof_of
from cli.stack_connection import StackConnection
from infra import temporal
from tests.chaos import oracles
from tests.chaos.clients import Clients
from tests.chaos.evidence import Evidence, gathered
from tests.chaos.faults import Faults
from tests.chaos.feed import Follower
from tests.chaos.market import Market
from tests.chaos.plan import Plan
from tests.chaos.played_orders import PlayedOrder
from tests.chaos.proxied_stack import Control, running_proxied_stack
from tests.db import oracles as questions

AT_ONCE = 40
PATIENCE = 120.0
"""Seconds that a client insists, and a little more than any planned outage can take."""
CALM = 30.0
"""Seconds after the last fault in which everything must have caught up."""
OVERDUE = timedelta(seconds=3)


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


async def played(
    plan: Plan, data_dir: Path, window: float, control: Control = Control.NONE
) -> Round:
    """Plays a plan on a stack of its own in `data_dir`, with windows of so many seconds."""
    began = time.monotonic()
    async with running_proxied_stack(data_dir, window, plan.decision_expiry, control) as proxied:
        clients = Clients(proxied.api, PATIENCE, Random(plan.seed))
        market = Market(clients)
        await market.fund(plan)
        follower = Follower(clients)
        following = asyncio.create_task(follower.follow())
        faults = Faults(
            plan.faults,
            proxied.links,
            lambda: proxied.stack.pids,
            proxied.stack.database_url,
            proxied.not_reading,
        )
        lives = [PlayedOrder(market, order, window) for order in plan.orders]
        watch = asyncio.create_task(_calm_after(faults.ended, proxied.stack.database_url, window))
        await _some_at_once(lambda life: life.play(faults.progress), lives)
        await faults.over()
        calm = await watch
        await asyncio.sleep(window)  # what nobody acts on comes to its deadline
        late = await _calm(proxied.stack.database_url, 0)
        ended = await _some_at_once(PlayedOrder.finish, lives)
        unfinished = [
            str(life.seen["id"])
            for life, end in zip(lives, ended, strict=True)
            if not end and life.seen is not None
        ]
        place = StackConnection(
            proxied.stack.database_url,
            {
                "target_host": proxied.stack.temporal_address,
                "namespace": proxied.stack.temporal_namespace,
            },
        )
        client = await temporal.connect(**place.temporal)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        evidence, violations = await _judged(place.database_url, client, follower, unfinished)
        if calm is None or late is None:
            violations.setdefault("liveness", []).append("there was no calm after the last fault")
        findings = (await proof_of(place)).findings
        lost = Counter[str]()
        for link in proxied.links.values():
            lost.update({weather.value: times for weather, times in link.lost.items()})
    check = [str(finding) for finding in findings]
    seconds = time.monotonic() - began
    return Round(plan, clients, faults, lives, lost, calm, evidence, violations, check, seconds)


async def _some_at_once(
    work: Callable[[PlayedOrder], Awaitable[Any]], lives: Iterable[PlayedOrder]
) -> list[Any]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(life: PlayedOrder) -> Any:
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
    database_url: str, client: Client, follower: Follower, unfinished: list[str]
) -> tuple[Evidence, dict[str, list[str]]]:
    """What is left, and what of it still does not hold after the time that a step may take."""
    began = time.monotonic()
    while True:
        evidence = await gathered(database_url, client, follower.clients, OVERDUE)
        evidence.unfinished = unfinished
        evidence.followed = list(await follower.to_the_end())
        evidence.feed = await Follower(follower.clients).to_the_end()
        found = oracles.violations(evidence)
        if not found or time.monotonic() - began > CALM / 2:
            return evidence, found
        await asyncio.sleep(1)
