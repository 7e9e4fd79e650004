"""Every answer that a test of this package gets is looked at, whatever the test is about."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from api.auth import provider_client
from tests.api.answers import Answer, Json, faults
from tests.app_under_test import ApiClient, AppUnderTest, OrderInPlay
from tests.serving import usual_app

AnotherApi = Callable[..., Awaitable[ApiClient]]
OrderIn = Callable[[str], Awaitable[OrderInPlay]]
AT_A_TIME = 3


@pytest.fixture(scope="session")
def document() -> Json:
    """The OpenAPI document."""
    described: Json = usual_app().openapi()
    return described


@pytest.fixture(scope="session", autouse=True)
def patient_provider_client() -> Iterator[None]:
    """An identity provider that says nothing for three seconds is taken to be away, and who comes
    with its token is told 503. On a busy machine it may be that long without a processor."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(provider_client, "FETCH_SECONDS", 20.0)
        yield


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
async def another_api(app: AppUnderTest) -> AsyncIterator[AnotherApi]:
    """Opens another API on the app's database and Temporal, with the settings that it is given;
    it is shut after the test, whatever becomes of that."""
    async with AsyncExitStack() as stack:

        async def opened(**settings: Any) -> ApiClient:
            return await stack.enter_async_context(app.with_settings(**settings))

        yield opened


@pytest.fixture(scope="module")
async def walking(app: AppUnderTest) -> OrderInPlay:
    """An order for one test's cases, which lead it from state to state: each brings it as far as
    it needs it, whatever became of the case before."""
    return await app.place_order()


@pytest.fixture(scope="package")
async def order_in(app: AppUnderTest) -> OrderIn:
    """Gives an order of two new people that is in a state. Some are brought there at a time:
    that they wait for Temporal beside each other saves most of what these tests take."""
    stock: dict[str, list[OrderInPlay]] = defaultdict(list)

    async def brought(state: str) -> OrderInPlay:
        return await (await app.place_order()).reach(state)

    async def give(state: str) -> OrderInPlay:
        if not stock[state]:
            stock[state] += await asyncio.gather(*(brought(state) for _ in range(AT_A_TIME)))
        return stock[state].pop()

    return give
