"""The journal of those who operate: who did what, to what and why. For all of them to read."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field, TypeAdapter

from api import paging, render
from api.auth.caller import SignedIn
from api.auth.capabilities import Capability, demand
from api.guard.strict_json import StrictRoute
from api.problems import documented
from api.schemas.base import Page
from api.schemas.instants import WRITTEN_AS_INSTANT
from api.schemas.operator_journal import DeedName, DeedView
from api.state import Shared
from db import operator_journal
from db.operator_journal import WantedDeeds
from db.pool import connection
from domain.identifiers import Identifier
from domain.vocabulary import Code

router = APIRouter(prefix="/v1/operator-journal", tags=["journal"], route_class=StrictRoute)

POSITION: TypeAdapter[tuple[paging.RowInstant, paging.BigNumber]] = TypeAdapter(
    tuple[paging.RowInstant, paging.BigNumber]
)
SubjectId = Annotated[Identifier, Field(examples=["7d0bb36d-e4d8-4d60-9970-2389f5b42eaa"])]


@router.get(
    "",
    operation_id="list_operator_deeds",
    response_model=Page[DeedView],
    responses=documented(Code.FORBIDDEN),
)
async def list_deeds(
    caller: SignedIn,
    shared: Shared,
    by: Annotated[Identifier | None, Query(description="Only what they did.")] = None,
    user_id: Annotated[Identifier | None, Query(description="Only what concerns them.")] = None,
    deed: Annotated[DeedName | None, Query(description="Only deeds of this name.")] = None,
    subject_id: Annotated[
        SubjectId | None, Query(description="Only what was done to what has this id.")
    ] = None,
    since: Annotated[
        Annotated[paging.Instant, WRITTEN_AS_INSTANT] | None,
        Query(description="Only what was done then or later."),
    ] = None,
    cursor: paging.Cursor = None,
    limit: paging.Limit = 50,
) -> Page[DeedView]:
    """What those who operate have done, newest first, their own deeds as anybody's. Kept for ever,
    and nobody can change it. For those who read everything."""
    demand(caller, Capability.READ_ALL)
    before = paging.read(cursor, POSITION)
    wanted = WantedDeeds(by, deed, subject_id, user_id, since)
    async with connection(shared.pool) as acquired:
        found = await operator_journal.page(acquired, wanted, before, limit + 1)
    return paging.page(found, limit, render.deed, lambda one: [one.at, one.id])
