"""While PostgreSQL is away: 503 from everything, and no order is touched."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import uuid4

import pytest

import api.app
from tests.api.answers import Json
from tests.api.assertions import code
from tests.api.bodies import body_for
from tests.app_under_test import ApiClient, AppUnderTest, Person
from tests.providers.paper import PaperProvider
from tests.serving import serving

SOMEBODY = Person("somebody", ("user", "mediator", "operator"))

OF_PROVIDERS = "/v1/providers/{name}/events"
"""It is signed, and looked at before it is written down: `test_provider_webhook.py` has that."""


@pytest.fixture(scope="module", params=["a socket that is gone", "a port that is shut"])
async def cut_off(
    request: pytest.FixtureRequest, app: AppUnderTest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[ApiClient]:
    """An API that finds nobody where it looks for its database."""
    nowhere: Path = tmp_path_factory.mktemp("nowhere")
    urls = {
        "a socket that is gone": f"postgresql:///sequestre?host={nowhere}",
        "a port that is shut": "postgresql://sequestre@127.0.0.1:1/sequestre",
    }
    async with AsyncExitStack() as stack:
        # Or else some calls are answered without it: that nobody takes payments here.
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(api.app, "provider_of", lambda _: PaperProvider())
        yield await stack.enter_async_context(serving(urls[request.param]))


async def test_every_endpoint_but_health_says_so(cut_off: ApiClient, document: Json) -> None:
    calls = [
        (method.upper(), path)
        for path, item in document["paths"].items()
        for method in item
        if "health" not in path and path != OF_PROVIDERS
    ]
    got = {}
    for method, path in calls:
        numbered = re.sub(r"\{(delivery|notification)_id\}", "1", path)
        address = re.sub(r"\{\w+\}", str(uuid4()), numbered)
        body = body_for(path) or {} if method in ("POST", "PUT", "PATCH") else None
        answer = await cut_off.call(method, address, SOMEBODY, body, key="away")
        got[method, path] = code(answer)
    assert dict.fromkeys(calls, (503, "unavailable")) == got


async def test_a_503_says_when_to_come_again(cut_off: ApiClient) -> None:
    answer = await cut_off.get("/v1/wallet", SOMEBODY)
    assert 0 < int(answer.headers["Retry-After"])


async def test_health_says_what_is_missing(cut_off: ApiClient) -> None:
    ready = await cut_off.get("/v1/health/ready")
    live = await cut_off.get("/v1/health/live")
    assert (503, "unavailable") == code(ready)
    assert {"database": False, "temporal": True, "worker": True} == ready.json()["checks"]
    assert 200 == live.status_code


async def test_who_nobody_knows_is_told_so_first(cut_off: ApiClient) -> None:
    answer = await cut_off.get("/v1/wallet")
    assert (401, "unauthenticated") == code(answer)
