"""Lives a second and what they cost in processor time: the product, the limit and the peer, round
by round in turn."""

import os
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from statistics import median

from pydantic import BaseModel, ConfigDict

from bench.closed_loop import Lap, Live, lap
from bench.figures import Latency
from bench.limit import Limit, bare_worker
from bench.peer import is_installed, running_peer
from bench.plan import Plan
from bench.product import Product
from bench.stack import MeasuredStack

PRODUCT, LOCAL, REGULAR, SHOWN, PEER, PEER_EVENTS = (
    "product",
    "limit, local activities",
    "limit, regular activities",
    "limit, local activities, a timer and an upsert a step",
    "DBOS, answered within its process",
    "DBOS, answered by its events",
)
PEER_DATABASE = "peer"

Drive = Callable[[float, float], Awaitable[Lap]]
"""Makes a lap: so many seconds to begin with, and so many seen."""


class Rate(BaseModel):
    """What one arm did, over all rounds."""

    model_config = ConfigDict(frozen=True)

    lives_a_second: tuple[float, ...]
    """By round."""
    act: Latency
    cpu_ms: dict[str, float]
    """Milliseconds of a life by process, the median of all rounds."""

    @property
    def middle(self) -> float:
        """Return the median of lives a second."""
        return median(self.lives_a_second)

    @property
    def cpu(self) -> float:
        """Return all milliseconds of processor time that a life took."""
        return sum(self.cpu_ms.values())


class Rates(BaseModel):
    """The arms of one run."""

    model_config = ConfigDict(frozen=True)

    clients: int
    rounds: int
    seconds: float
    arms: dict[str, Rate]
    peer_version: str | None
    """None where the peer is not installed."""


async def rates(measured: MeasuredStack, plan: Plan) -> Rates:
    """Let each arm live at its greatest rate, in turn, round after round, once all are warm."""
    async with AsyncExitStack() as stack:
        drives, peer_version = await _drives(measured, plan.clients, stack)
        for drive in drives.values():
            await drive(0.0, plan.ramp)
        laps: dict[str, list[Lap]] = {name: [] for name in drives}
        for _ in range(plan.rounds):
            for name, drive in drives.items():
                laps[name].append(await drive(plan.ramp, plan.seconds))
    return Rates(
        clients=plan.clients,
        rounds=plan.rounds,
        seconds=plan.seconds,
        arms={name: rate_of(of_it) for name, of_it in laps.items()},
        peer_version=peer_version,
    )


async def _drives(
    measured: MeasuredStack, clients: int, stack: AsyncExitStack
) -> tuple[dict[str, Drive], str | None]:
    own, pids = {"client": os.getpid()}, measured.pids
    product = Product(measured.marketplace, await measured.marketplace.pairs(clients))
    client, effects = await stack.enter_async_context(bare_worker(measured.stack))
    of_temporal = {"temporal": pids["temporal"], "client and worker": os.getpid()}

    def drive(live: Live, looked_at: Mapping[str, int]) -> Drive:
        return lambda ramp, seconds: lap(live, clients, ramp, seconds, looked_at)

    def limit(*, local: bool, shown: bool) -> Drive:
        return drive(Limit(client, effects, local=local, shown=shown).live, of_temporal)

    drives = {
        PRODUCT: drive(product.live, pids | own),
        LOCAL: limit(local=True, shown=False),
        REGULAR: limit(local=False, shown=False),
        SHOWN: limit(local=True, shown=True),
    }
    if not is_installed():
        return drives, None
    url = await measured.another_database(PEER_DATABASE)
    peer = await stack.enter_async_context(running_peer(url))
    of_postgres = {"postgres": pids["postgres"]}
    for name, way in ((PEER, "future"), (PEER_EVENTS, "event")):
        drives[name] = partial(peer.lap, way, clients, pids=of_postgres)
    return drives, peer.version


def rate_of(laps: list[Lap]) -> Rate:
    """Return what an arm did in all its laps."""
    names = laps[0].cpu
    return Rate(
        lives_a_second=tuple(one.lives_a_second for one in laps),
        act=Latency.of([took for one in laps for took in one.acts]),
        cpu_ms={name: median(one.cpu_ms_a_life[name] for one in laps) for name in names},
    )
