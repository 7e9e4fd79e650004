"""Whether this process and what it needs are there."""

import asyncio
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from api.gateway import GatewayError
from api.guard.strict_json import StrictRoute
from api.problems import Problem, documented
from api.schemas.health import Live, Ready
from api.state import Shared
from db import health, worker_heartbeats
from db.errors import Unavailable
from db.pool import connection
from domain.vocabulary import Code
from infra.routing import Crew, all_served

router = APIRouter(prefix="/v1/health", tags=["health"], route_class=StrictRoute)


OF_EVERY_CALL: dict[int | str, dict[str, Any]] = {
    status: documented()[status] for status in (413, 415, 422)
}


@router.get(
    "/live",
    operation_id="get_liveness",
    response_model=Live,
    responses=OF_EVERY_CALL,
)
async def live() -> Live:
    """The process answers."""
    return Live(status="live")


@router.get(
    "/ready",
    operation_id="get_readiness",
    response_model=Ready,
    responses={**OF_EVERY_CALL, 503: documented()[503]},
)
async def ready(shared: Shared) -> Ready | JSONResponse:
    """The database, Temporal and a worker answer; otherwise 503 says which does not."""
    alive, crews = await asyncio.gather(_beating(shared), _crews(shared))
    checks = Ready(
        database=alive is not None,
        temporal=crews is not None,
        # While Temporal is away, whoever writes heartbeats is not to blame.
        worker=bool(alive) if crews is None else all_served(crews, alive),
    )
    missing = [name for name, answers in checks.model_dump().items() if not answers]
    if not missing:
        return checks
    detail = f"No answer from: {', '.join(missing)}."
    return Problem(Code.UNAVAILABLE, detail, checks=checks.model_dump()).response()


async def _beating(shared: Shared) -> frozenset[str] | None:
    """The workers whose heartbeat is fresh; None where the database is away."""
    try:
        async with connection(shared.pool) as acquired:
            await health.answers(acquired)
            return await worker_heartbeats.lately_alive(acquired)
    except Unavailable:
        return None


async def _crews(shared: Shared) -> list[Crew] | None:
    """The workers that Temporal has seen; None where it is away."""
    try:
        return await shared.gateway.crews()
    except GatewayError:
        return None
