"""How long an action takes at a quarter, a half and three quarters of the greatest rate."""

import itertools

from pydantic import BaseModel, ConfigDict

from bench.closed_loop import Live, lap
from bench.figures import Latency
from bench.life import STEPS, Act, Pair
from bench.limit import Limit, bare_worker
from bench.open_loop import Actions, Arrivals, Order, open_loop
from bench.plan import HALF, Plan
from bench.product import Product
from bench.stack import MeasuredStack

SEED = 15


class AtRate(BaseModel):
    """Latencies at one rate."""

    model_config = ConfigDict(frozen=True)

    share: float
    """Of the greatest rate."""
    actions_a_second: float
    took: Latency


class Latencies(BaseModel):
    """Of the product's actions, and of bare signals to their effect, each at shares of its own
    greatest rate, which was measured just before."""

    model_config = ConfigDict(frozen=True)

    seconds: float
    action: tuple[AtRate, ...]
    bare: tuple[AtRate, ...]

    def at_half(self) -> tuple[Latency, Latency]:
        """Return the product's and the bare latency at half load."""
        action, bare = (
            next(one.took for one in some if one.share == HALF) for some in (self.action, self.bare)
        )
        return action, bare


async def latencies(measured: MeasuredStack, plan: Plan) -> Latencies:
    """Measure both, the product first."""
    marketplace = measured.marketplace
    pairs = await marketplace.pairs(plan.clients)
    turn = itertools.cycle(pairs)

    async def place() -> tuple[Pair, str]:
        pair = next(turn)
        return pair, await marketplace.place(pair)

    async def act(order: tuple[Pair, str], act: Act) -> None:
        await marketplace.act(*order, act)

    product = Product(marketplace, pairs)
    of_product = await _at_shares(product.live, Actions(place, act), plan)
    async with bare_worker(measured.stack) as (client, effects):
        limit = Limit(client, effects, local=True, shown=False)
        of_bare = await _at_shares(limit.live, Actions(limit.begin, limit.act), plan)
    return Latencies(seconds=plan.at_a_rate, action=of_product, bare=of_bare)


async def _at_shares(live: Live, actions: Actions[Order], plan: Plan) -> tuple[AtRate, ...]:
    greatest = await lap(live, plan.clients, plan.ramp, plan.seconds, {})
    found = []
    for share in plan.shares:
        rate = share * greatest.lives_a_second * STEPS
        arrivals = Arrivals(rate, plan.at_a_rate, plan.gap, SEED)
        took = await open_loop(actions, arrivals)
        found.append(AtRate(share=share, actions_a_second=rate, took=Latency.of(took)))
    return tuple(found)
