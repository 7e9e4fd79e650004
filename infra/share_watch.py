"""A worker says what it is given, and when that changes: one may wait for ever."""

import structlog
from temporalio.client import Client

from infra import routing
from infra.going_on import again_and_again
from infra.routing import Crew, Version
from infra.worker_version import in_words

EVERY_SECONDS = 10.0
NO_BUILD = "unversioned"

log = structlog.get_logger()


async def tell_share(client: Client, version: Version) -> None:
    """Log which share of the orders workers of this version are given, now and whenever it is
    another, until cancelled. While Temporal is away, which others tell, nothing is known."""
    told: list[float] = []

    async def look() -> None:
        crews = await routing.crews(client)
        percent = sum(crew.percent for crew in crews if crew.version == version)
        if told != [percent]:
            _tell(crews, version, percent)
        told[:] = [percent]

    await again_and_again(look, lambda: EVERY_SECONDS, "share of the orders not read")


def _tell(crews: list[Crew], version: Version, percent: float) -> None:
    build = version.build_id if version else NO_BUILD
    if percent:
        log.info("worker is given orders", build=build, percent=percent)
        return
    given = [in_words(crew.version) for crew in crews if crew.percent]
    log.warning(
        "worker is given no orders",
        build=build,
        they_go_to=" and ".join(given),
        to_change_it=f"sequestre promote {build if version else '--unversioned'}",
    )
