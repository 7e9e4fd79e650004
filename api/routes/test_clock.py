"""A clock that can be moved: there on a stack that was begun with one, and on no other."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from api.answers import KeyHeader, key_of
from api.auth.caller import SignedIn
from api.auth.capabilities import Capability, demand
from api.guard.strict_json import StrictRoute
from api.problems import documented
from api.schemas.test_clock import Advance, Advanced, ClockView
from api.state import Shared
from domain.vocabulary import Code


class ClockRoute(StrictRoute):
    """A route that is there where the clock can be moved, before anything of a request is read."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Answer as an address does that nothing is at, unless the clock can be moved."""
        handle = super().get_route_handler()

        async def if_movable(request: Request) -> Response:
            if await request.app.state.services.clock.read() is None:
                raise HTTPException(404)
            return await handle(request)

        return if_movable


router = APIRouter(prefix="/v1/test-clock", tags=["test-clock"], route_class=ClockRoute)


@router.get(
    "",
    operation_id="get_test_clock",
    response_model=ClockView,
    responses=documented(Code.FORBIDDEN, Code.NOT_FOUND),
)
async def get_test_clock(caller: SignedIn, shared: Shared) -> ClockView:
    """What the stack's clock shows. For those who operate, on a stack that was begun with a
    clock that can be moved (`sequestre up --test-clock`); on any other nothing is here."""
    demand(caller, Capability.READ_ALL)
    return await shared.clock_walk.view()


@router.post(
    "/advance",
    operation_id="advance_test_clock",
    response_model=Advanced,
    responses={
        202: {"model": Advanced},
        **documented(Code.FORBIDDEN, Code.NOT_FOUND, Code.IDEMPOTENCY_KEY_REUSED),
    },
)
async def advance(
    request: Request,
    caller: SignedIn,
    shared: Shared,
    body: Advance,
    key: KeyHeader = None,
) -> Response:
    """Moves the stack's clock forward, never back. What falls due on the way happens in its order,
    each at its own instant; the answer comes when nothing is due any more. One move at a time: a
    second waits for the first."""
    demand(caller, Capability.MOVE_CLOCK)
    answer = await shared.clock_walk.advance(caller, body, key_of(request, caller, key, body))
    return answer.response()
