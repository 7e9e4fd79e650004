"""Orders that Temporal gives to workers who are not there, while others wait beside them."""

from temporalio.client import Client

from db import worker_heartbeats
from db.audit import Finding
from db.pool import Pool, connection
from infra.routing import Crew, crews
from infra.worker_version import in_words

CHECK = "unserved-build"


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
