"""A worker of a build says what it is given, and when that changes: one may wait for ever."""

import asyncio
from contextlib import suppress

import structlog
from temporalio.client import Client
from temporalio.common import WorkerDeploymentVersion
from temporalio.service import RPCError

from infra import routing
from infra.routing import Crew
from infra.worker_version import in_words

EVERY_SECONDS = 10.0

log = structlog.get_logger()


async def tell_share(client: Client, version: WorkerDeploymentVersion) -> None:
    """Log which share of the orders workers of this version are given, now and whenever it is
    another, until cancelled."""
    told: float | None = None
    while True:
        with suppress(RPCError, RuntimeError):  # Temporal is away, which others tell
            crews = await routing.crews(client)
            percent = _share(crews, version)
            if percent != told:
                _tell(crews, version, percent)
            told = percent
        await asyncio.sleep(EVERY_SECONDS)


def _share(crews: list[Crew], version: WorkerDeploymentVersion) -> float:
    return sum(crew.percent for crew in crews if crew.version == version)


def _tell(crews: list[Crew], version: WorkerDeploymentVersion, percent: float) -> None:
    if percent:
        log.info("worker is given orders", build=version.build_id, percent=percent)
        return
    given = [in_words(crew.version) for crew in crews if crew.percent]
    log.warning(
        "worker is given no orders",
        build=version.build_id,
        they_go_to=" and ".join(given),
        to_change_it=f"sequestre promote {version.build_id}",
    )
