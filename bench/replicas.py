"""Two API and two worker processes beside one of each, on the same servers, in turn."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel, ConfigDict

from bench.closed_loop import Lap, Live, Took, lap
from bench.http_client import HttpClient
from bench.life import Marketplace
from bench.plan import Plan
from bench.product import Product
from bench.rates import Rate, rate_of
from bench.stack import SETTINGS, MeasuredStack
from db import worker_heartbeats
from embedded.child import Child
from embedded.data_directory import DataDirectory
from embedded.ports import LOOPBACK, Port, claim_ports
from embedded.stack import PROGRAMS, environment, is_ready
from embedded.supervisor import Supervisor

START_SECONDS = 60.0
GLANCE_SECONDS = 0.2


class Replicas(BaseModel):
    """What one of each process did, and what two did."""

    model_config = ConfigDict(frozen=True)

    clients: int
    rounds: int
    seconds: float
    one: Rate
    two: Rate

    @property
    def ratio(self) -> float:
        """Return how many lives two of each carry for one that one of each does."""
        return self.two.middle / self.one.middle


@dataclass(frozen=True)
class Another:
    """A second API, as its callers meet it, and a second worker."""

    marketplace: Marketplace
    pids: Mapping[str, int]


async def replicas(measured: MeasuredStack, plan: Plan) -> Replicas:
    """Let clients live with one of each process and with two, round after round, once both have
    been warm."""
    one, two = list[Lap](), list[Lap]()
    pairs = await measured.marketplace.pairs(plan.clients)
    first = Product(measured.marketplace, pairs)
    for _ in range(1 + plan.rounds):
        one.append(await lap(first.live, plan.clients, plan.ramp, plan.seconds, measured.pids))
        async with _another_of_each(measured) as another:
            second = Product(another.marketplace, pairs)
            live, pids = _shared(first, second), {**measured.pids, **another.pids}
            two.append(await lap(live, plan.clients, plan.ramp, plan.seconds, pids))
    return Replicas(
        clients=plan.clients,
        rounds=plan.rounds,
        seconds=plan.seconds,
        one=rate_of(one[1:]),
        two=rate_of(two[1:]),
    )


def _shared(first: Product, second: Product) -> Live:
    """Return lives of which every other is at the second API."""

    async def live(client: int, took: Took) -> None:
        await (second if client % 2 else first).live(client, took)

    return live


@asynccontextmanager
async def _another_of_each(measured: MeasuredStack) -> AsyncIterator[Another]:
    """Run a second API and a second worker on the same servers for as long as the block lasts."""
    (port,) = claim_ports(Port(0, "a second API", ""))
    url = f"http://{LOOPBACK}:{port}"
    supervisor = Supervisor(DataDirectory.at(measured.stack.data_dir), print)
    client = HttpClient(url)
    try:
        await supervisor.start(*_children(measured, port, url))
        await _until_two_work(measured)
        yield Another(replace(measured.marketplace, client=client), supervisor.pids)
    finally:
        await client.aclose()
        await supervisor.stop()


def _children(measured: MeasuredStack, port: int, url: str) -> list[Child]:
    def child(name: str, **more: Any) -> Child:
        own = environment(measured.stack, name) | SETTINGS | {"SEQUESTRE_PORT": str(port)}
        return Child(name=f"{name}-2", argv=PROGRAMS[name], env=own, **more)

    return [child("api", ready=lambda: is_ready(url)), child("worker")]


async def _until_two_work(measured: MeasuredStack) -> None:
    database = await measured.database()
    try:
        async with asyncio.timeout(START_SECONDS):
            while len(await worker_heartbeats.lately_alive(database)) < 2:
                await asyncio.sleep(GLANCE_SECONDS)
    finally:
        await database.close()
