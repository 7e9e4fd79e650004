"""The fake as one ASGI application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request, Response

from embedded.stripe_stand_in import (
    checkout,
    connect,
    control,
    disputes,
    hosted,
    payouts,
    reading,
)
from embedded.stripe_stand_in.calls import Calls, error
from embedded.stripe_stand_in.hooks import Hooks
from embedded.stripe_stand_in.wire import Refused
from embedded.stripe_stand_in.world import World


def create_fake(world: World, hooks: Hooks) -> Calls:
    """The fake, which knows this world and tells of it by these hooks."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await hooks.aclose()

    app = FastAPI(lifespan=lifespan, openapi_url=None)
    for part in (checkout, connect, payouts, disputes, reading, control, hosted):
        app.include_router(part.router)
    app.add_exception_handler(Refused, _refused)
    calls = Calls(app, world, hooks)
    app.state.world, app.state.hooks, app.state.calls = world, hooks, calls
    return calls


async def _refused(_request: Request, refused: Any) -> Response:
    answer = error(refused)
    headers = {name.decode(): said.decode() for name, said in answer.headers}
    return Response(answer.body, answer.status, headers)
