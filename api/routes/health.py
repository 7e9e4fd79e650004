"""Whether this process and what it needs are there."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from api.gateway import GatewayError
from api.guard.strict_json import StrictRoute
from api.problems import MEDIA_TYPE, Problem, documented
from api.schemas.health import Live, Ready
from api.state import Shared
from db import health
from db.errors import Unavailable
from db.pool import connection
from domain.vocabulary import Code

router = APIRouter(prefix="/v1/health", tags=["health"], route_class=StrictRoute)


OF_EVERY_CALL: dict[int | str, dict[str, Any]] = {
    status: documented()[status] for status in (413, 422)
}


@router.get("/live", response_model=Live, responses=OF_EVERY_CALL)
async def live() -> Live:
    """The process answers."""
    return Live(status="live")


@router.get("/ready", response_model=Ready, responses={**OF_EVERY_CALL, 503: documented()[503]})
async def ready(shared: Shared) -> Ready | JSONResponse:
    """The database, Temporal and a worker answer; otherwise 503 says which does not."""
    temporal, worker = await _temporal(shared)
    checks = Ready(database=await _database(shared), temporal=temporal, worker=worker)
    missing = [name for name, answers in checks.model_dump().items() if not answers]
    if not missing:
        return checks
    detail = f"No answer from: {', '.join(missing)}."
    problem = Problem(Code.UNAVAILABLE, detail, checks=checks.model_dump())
    return JSONResponse(problem.document(), problem.status, media_type=MEDIA_TYPE)


async def _database(shared: Shared) -> bool:
    try:
        async with connection(shared.pool) as acquired:
            return await health.answers(acquired)
    except Unavailable:
        return False


async def _temporal(shared: Shared) -> tuple[bool, bool]:
    try:
        return True, await shared.gateway.worker_answers()
    except GatewayError:
        return False, False
