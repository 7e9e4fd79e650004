"""Every answer that a test of this package gets is looked at, whatever the test is about."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from tests.api.answers import Answer, Json, faults
from tests.house import Deal, Door, House, usual_app

OpenDoor = Callable[..., Awaitable[Door]]
DealIn = Callable[[str], Awaitable[Deal]]
AT_A_TIME = 3


@pytest.fixture(scope="session")
def document() -> Json:
    """The OpenAPI document."""
    described: Json = usual_app().openapi()
    return described


@pytest.fixture(scope="package", autouse=True)
def heard() -> Iterator[list[Answer]]:
    """The answers of the API that nobody has looked at yet."""
    answers: list[Answer] = []
    send = httpx.AsyncClient.send

    async def listen(
        client: httpx.AsyncClient, request: httpx.Request, **options: Any
    ) -> httpx.Response:
        response = await send(client, request, **options)
        path = request.url.raw_path.decode().partition("?")[0]
        whole = not options.get("stream")
        if whole and path.startswith("/v1/") and path != "/v1/openapi.json":
            status, headers = response.status_code, response.headers
            answers.append(Answer(request.method, path, status, headers, response.text))
        return response

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpx.AsyncClient, "send", listen)
        yield answers


@pytest.fixture(autouse=True)
def every_answer_is_sound(heard: list[Answer], document: Json) -> Iterator[None]:
    """Fails a test that was given a malformed problem, or an answer that OpenAPI does not have."""
    yield
    found = [fault for answer in heard for fault in faults(answer, document)]
    heard.clear()
    assert [] == list(dict.fromkeys(found))


@pytest.fixture
async def open_door(house: House) -> AsyncIterator[OpenDoor]:
    """Opens another API on the house's database and Temporal, with the settings that it is given;
    it is shut after the test, whatever becomes of that."""
    async with AsyncExitStack() as stack:

        async def opened(**settings: Any) -> Door:
            return await stack.enter_async_context(house.with_settings(**settings))

        yield opened


@pytest.fixture(scope="module")
async def walking(house: House) -> Deal:
    """A deal for the cases of one test, which lead it from state to state: each brings it as far as
    it needs it, whatever became of the case before."""
    return await house.deal()


@pytest.fixture(scope="package")
async def deal_in(house: House) -> DealIn:
    """Gives a deal of two new people whose order is in a state. Some are brought there at a time:
    that they wait for Temporal beside each other saves most of what these tests take."""
    stock: dict[str, list[Deal]] = defaultdict(list)

    async def brought(state: str) -> Deal:
        return await (await house.deal()).reach(state)

    async def give(state: str) -> Deal:
        if not stock[state]:
            stock[state] += await asyncio.gather(*(brought(state) for _ in range(AT_A_TIME)))
        return stock[state].pop()

    return give
