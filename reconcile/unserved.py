"""Orders that Temporal gives to workers who are not there, and workflows that nobody could ask."""

from collections.abc import Sequence
from uuid import UUID

from temporalio.client import Client

from db import audit, worker_heartbeats
from db.audit import Finding
from db.pool import Pool, connection
from infra.routing import Crew, crews
from infra.worker_version import in_words
from reconcile.comparison import worker_answers

CHECK = "unserved-build"
NO_WORKER = "no-worker"


async def unserved(pool: Pool, client: Client) -> list[Finding]:
    """Return a finding for every build, or workers without one, to which orders go and of which no
    worker works, where workers of another do: somebody has to say to whom the orders go.

    Raises:
        RPCError: Temporal does not answer, or refuses to.
        Unavailable: the database does not answer.
    """
    found = await crews(client)
    async with connection(pool) as acquired:
        alive = await worker_heartbeats.lately_alive(acquired)
    others = [crew for crew in found if crew.working(alive)]
    missing = [crew for crew in found if crew.percent and crew not in others]
    return [_finding(crew, others) for crew in missing if others]


def _finding(missing: Crew, others: list[Crew]) -> Finding:
    there = " and ".join(in_words(crew.version) for crew in others)
    problem = f"no worker of it works, and {missing.percent:g} % of the orders go to it; {there} do"
    return Finding(CHECK, in_words(missing.version), problem)


async def unasked(pool: Pool, client: Client, orders: Sequence[UUID]) -> Finding | None:
    """Return a finding where one of these orders runs and no worker could say at which step; once,
    and not of every order.

    Raises:
        RPCError: Temporal does not answer, or refuses to.
        Unavailable: the database does not answer.
    """
    async with connection(pool) as acquired:
        somebody_is_needed = await audit.any_runs(acquired, orders)
    if not somebody_is_needed or await worker_answers(pool, client):
        return None
    problem = "no worker answers, so nobody could say at which step their workflows are"
    return Finding(NO_WORKER, "orders that run", problem)
