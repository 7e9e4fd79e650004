"""A release is replaced process by process while people go on: nobody is told more than 202."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.rehearsal.fleet import Fleet, Program, Served, fleet
from tests.rehearsal.load import PLAYED, Balancer, Load, load_on
from tests.rehearsal.rehearsal import Failed, Say, together
from tests.rehearsal.rehearsed_order import RehearsedOrder
from tests.rehearsal.release import Release, current
from tests.rehearsal.running import checked, commanded
from tests.rehearsal.scenes import Scene

ORDERS = 4
"""How many orders are begun and ended in each part of an upgrade."""


@dataclass
class Upgrade:
    """An upgrade under way: what runs, and what people ask of it."""

    fleet: Fleet
    balancer: Balancer
    load: Load
    worker: Program
    served: Served
    say: Say

    async def goes_on(self, what: str) -> None:
        """Some orders are begun and ended while this holds.

        Raises:
            Stuck: one does not go on.
        """
        await self.load.goes_on(ORDERS)
        self.say(f"✓ {what}: {self.load.ended} orders so far")

    async def held(self, scenes: Sequence[Scene] = PLAYED) -> list[RehearsedOrder]:
        """Orders, in every open state by default, which nobody acts on for now."""
        orders = [RehearsedOrder(scene, self.balancer) for scene in scenes]
        await together(order.open() for order in orders)
        return orders

    async def replace_worker(self, now: Release) -> None:
        """Start a worker of another release beside the one that works, then end that one."""
        worker = await self.fleet.worker(now)
        await self.goes_on("an old and a new worker beside each other")
        await self.worker.stop()
        self.worker = worker
        await self.goes_on("the new worker, and the old API")

    async def replace_api(self, now: Release) -> None:
        """Start an API of another release beside the one that serves, then end that one."""
        served, old = await self.fleet.api(now), self.served
        self.balancer.apis.append(served.api)
        await self.goes_on("an old and a new API beside each other")
        self.balancer.apis.remove(old.api)
        await old.program.stop()
        self.served = served
        await self.goes_on("the new worker and the new API")


async def rolled(before: Release, data_dir: Path, say: Say) -> None:
    """The code as it is here takes the place of `before`, schema, worker and API one after the
    other, while orders are begun and ended all the time.

    Raises:
        Failed: an order does not go on, somebody was answered badly, or in the end something does
            not hold.
    """
    async with upgrading(before, data_dir, say) as upgrade:
        await upgrade.goes_on("the old release")
        held = await upgrade.held()
        await upgrade.fleet.migrate(current())
        await upgrade.goes_on("the old worker and API on the new schema")
        await upgrade.replace_worker(current())
        await upgrade.replace_api(current())
        await together(order.finish() for order in held)
        say(f"✓ {len(held)} orders that were begun before it were ended after it")


@asynccontextmanager
async def upgrading(
    before: Release, data_dir: Path, say: Say, build: str = ""
) -> AsyncIterator[Upgrade]:
    """A release that people use, with a worker of a build where that is named; in the end what
    they were answered, and all that has to hold, is looked at.

    Raises:
        Failed: somebody was answered badly, or something does not hold.
    """
    async with fleet(data_dir) as running:
        await running.migrate(before)
        worker = await running.worker(before, build)
        if build:
            await promoted(running, build)
        served = await running.api(before)
        balancer = Balancer(served.api.client, served.api.secret, apis=[served.api])
        async with load_on(balancer) as load:
            yield Upgrade(running, balancer, load, worker, served, say)
        if balancer.bad:
            raise Failed(f"people were answered otherwise than well: {balancer.bad}")
        say(f"Answers: {dict(balancer.answers)}.")
        await _holds(data_dir, say)


async def promoted(fleet: Fleet, build: str, *options: str) -> None:
    """`sequestre promote`.

    Raises:
        Failed: it does not.
    """
    data_dir = fleet.stack.data_dir
    code, said = await commanded(current(), data_dir, "promote", build, *options)
    if code:
        raise Failed(f"`sequestre promote {build}` ends with {code}:\n{said}")


async def _holds(data_dir: Path, say: Say) -> None:
    code, said = await checked(current(), data_dir)
    if code:
        raise Failed(f"`sequestre check` ends with {code}:\n{said}")
    say(said)
