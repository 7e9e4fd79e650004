"""What an application does after its answer is nothing to who asks next on the connection."""

import asyncio
from collections.abc import AsyncIterator

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from tests.app_under_test import AppUnderTest

TURNS = 20
"""Of the loop, by which whatever was only waiting for its turn has ended."""


async def test_an_answer_is_whole_though_the_one_before_it_ends_late(app: AppUnderTest) -> None:
    has_begun = asyncio.Event()

    async def first(_request: Request) -> Response:
        return PlainTextResponse("one", background=BackgroundTask(has_begun.wait))

    async def parts() -> AsyncIterator[str]:
        yield "two "
        has_begun.set()
        for _ in range(TURNS):
            await asyncio.sleep(0)
        yield "three"

    async def second(_request: Request) -> Response:
        return StreamingResponse(parts(), media_type="text/plain")

    async with app.with_settings(max_body=1_000_000) as api:
        assert api.server is not None
        routes = api.server._application.router
        routes.add_route("/nowhere/first", first)
        routes.add_route("/nowhere/second", second)
        said = [(await api.get(f"/nowhere/{which}")).text for which in ("first", "second")]
    assert ["one", "two three"] == said
