"""What is done to the production shape, and what has to hold afterwards."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from random import Random

from tests.chaos.clients import Clients
from tests.chaos.plan import LAST, Fault, Plan, plan
from tests.chaos.report import report
from tests.chaos.round import PATIENCE, Ground, Round, played_on
from tests.production.commands import Failed
from tests.production.image import Say
from tests.production.shape import Shape

KILLED = ("api-1", "worker-1", "postgres", "api-2", "temporal", "worker-2", "proxy")
REPLACED = ("worker-1", "worker-2", "api-1", "api-2")
"""In the order of an upgrade: the workers before the API."""
UNNOTICED = frozenset(["200", "201", "202", "400", "402", "403", "404", "409", "412", "422"])
"""What orders bring their people to whoever answers: done, written down, or refused for a reason of
the order's own."""


def with_faults(what: str, where: Sequence[str], seed: int, orders: int) -> Plan:
    """Return the orders of a seed, with something done to each of these one after the other."""
    calm = plan(seed, orders, 0, 0.0)
    apart = calm.moves * LAST / (len(where) + 1)
    faults = (Fault(int(n * apart), what, one, 0.0, seed) for n, one in enumerate(where, 1))
    return replace(calm, faults=tuple(faults))


async def drilled(shape: Shape, seed: int, orders: int, window: int, say: Say) -> None:
    """Have orders played while every process is killed in turn, and while all are replaced.

    Raises:
        Failed: something does not hold; says what.
    """
    clients = Clients(shape.api, PATIENCE, Random(seed))
    ground = Ground(
        shape.api, shape.place, shape.pids, others={"kill": shape.kill, "replace": shape.replace}
    )
    say(f"Orders, while SIGKILL goes to {', '.join(KILLED)}.")
    killed = with_faults("kill", KILLED, seed, orders)
    _judge(await played_on(ground, killed, window, clients), say)
    clients.statuses.clear()
    say(f"Orders, while {', '.join(REPLACED)} are replaced one after the other.")
    rolled = with_faults("replace", REPLACED, seed + 1, orders)
    _judge(await played_on(ground, rolled, window, clients), say)
    noticed = {name: times for name, times in clients.statuses.items() if name not in UNNOTICED}
    if noticed:
        raise Failed(f"a client noticed that API and workers were replaced: {noticed}")
    say(f"Nobody noticed but by {clients.statuses['202']} answers of 202.")


def _judge(done: Round, say: Say) -> None:
    for line in report(done):
        say(f"    {line}")
    wanted = Counter(f"{fault.what}: {fault.where}" for fault in done.plan.faults)
    if done.faults.done != wanted:
        raise Failed(f"not all of it was done: {wanted - done.faults.done}")
    if done.violations or done.check:
        raise Failed("something does not hold, as said above")
