"""The clock of a stack that is made for trying things out: what it shows, and moving it."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import ValidationError
from starlette.responses import Response

from api.answers import key_of
from api.auth.capabilities import Capability, demand
from api.clock_walk import there, view_of
from api.pages.forms import KEY, Form, Posted
from api.pages.page import is_fragment, show, to
from api.pages.reader import Operating, Reader
from api.problems import Problem, not_found
from api.schemas.test_clock import Advance
from api.state import Services, Shared
from db import clock
from db.pool import connection
from db.together import IN_ONE_TRIP, together
from domain.vocabulary import Code
from texts.catalogue import msg

router = APIRouter(prefix="/console/clock", include_in_schema=False)

PAGE = "/console/clock"
PRESETS = {
    "PT1H": msg("1 hour"),
    "P1D": msg("1 day"),
    "P7D": msg("7 days"),
}
JUST_AFTER = timedelta(seconds=1)
"""At the instant of a deadline everybody is still in time."""

UNREADABLE = msg("Please write a day and a time in UTC, in digits.")
NOT_AHEAD = msg("Time does not go back, and not further than ten years at once.")
BUSY = msg("The clock is still on its way from another move. Please wait until it has arrived.")
NOTHING_DUE = msg("Nothing is due by itself, so there is no next deadline.")

NEVER = 2**63 - 1
"""More than was ever done: nobody has moved the clock from this page."""

FromCount = Annotated[int, Query(alias="from", ge=0, lt=2**63)]


async def _movable(reader: Operating) -> Reader:
    if reader.clock is None:
        raise not_found("page")
    return reader


Moving = Annotated[Reader, Depends(_movable)]
"""Who looks on at a stack whose clock can be moved; on any other nothing is here (404)."""


@router.get("")
async def shown(
    request: Request, reader: Moving, shared: Shared, since: FromCount = NEVER
) -> Response:
    """What the clock shows, where it is going, and what was done on the way."""
    return await _page(request, reader, shared, since)


async def _page(
    request: Request,
    reader: Reader,
    shared: Services,
    since: int,
    wrong: str = "",
    written: str = "",
    status: int = 200,
) -> Response:
    async with connection(shared.pool) as acquired:
        stands, following = await together(
            acquired, there(IN_ONE_TRIP), clock.next_due(IN_ONE_TRIP)
        )
        view = await view_of(acquired, stands)
    template = "console/_clock.html" if is_fragment(request) else "console/clock.html"
    return show(
        request,
        reader,
        template,
        status=status,
        view=view,
        following=following,
        presets=PRESETS,
        since=since,
        moved=since <= stands.carried_out,
        carried_out=stands.carried_out - since,
        wrong=wrong,
        written=written,
    )


@router.post("")
async def move(request: Request, reader: Moving, shared: Shared, form: Posted) -> Response:
    """Send the clock on its way; its page says how far it is."""
    demand(reader.caller, Capability.MOVE_CLOCK)
    written = form.get("to", "").strip()
    try:
        asked = await _asked(shared, form)
        key = key_of(request, reader.caller, form.get(KEY), asked)
        found = await shared.clock_walk.begin(reader.caller, asked, key)
    except (ValueError, ValidationError):
        said = reader.formatter.say(UNREADABLE)
        return await _page(request, reader, shared, NEVER, said, written, 422)
    except Problem as problem:
        if problem.code is Code.IDEMPOTENCY_KEY_REUSED:  # pressed twice: it is on its way
            return to(PAGE)
        said = reader.formatter.say(_refusal(problem))
        status = problem.status
        return await _page(request, reader, shared, NEVER, said, written, status)
    return to(f"{PAGE}?from={found.carried_out}")


def _refusal(problem: Problem) -> str:
    if problem.code is Code.NOT_FOUND:
        return NOTHING_DUE
    return BUSY if problem.code is Code.UNAVAILABLE else NOT_AHEAD


async def _asked(shared: Services, form: Form) -> Advance:
    """Return where the clock is to go.

    Raises:
        ValueError: nobody can tell.
        Problem: nothing is due (404).
    """
    given: dict[str, Any] = {"by": form.get("by", "")}
    if form.get("by") == "next":
        async with connection(shared.pool) as acquired:
            following = await clock.next_due(acquired)
        if following is None:
            raise not_found("deadline")
        given = {"to": (following + JUST_AFTER).isoformat()}
    elif form.get("by") == "to":
        at = datetime.fromisoformat(form.get("to", "").strip())
        given = {"to": (at if at.tzinfo else at.replace(tzinfo=UTC)).isoformat()}
    return Advance(**given)
