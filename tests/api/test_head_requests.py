"""HEAD wherever there is GET: the same answer without its body."""

import re
from typing import Any

import httpx
import pytest

from tests.api.assertions import code
from tests.app_under_test import OPERATOR, AppUnderTest, Json, OrderInPlay, eventually
from tests.serving import usual_app

DIFFERS = {"date", "x-request-id"}


def readable() -> list[str]:
    """Every address that can be read, pages included."""
    paths: dict[str, Any] = usual_app().openapi()["paths"]
    return ["/docs", "/v1/openapi.json", "/"] + [at for at, does in paths.items() if "get" in does]


@pytest.fixture(scope="module")
async def disputed(app: AppUnderTest) -> OrderInPlay:
    """An order that mediators may see."""
    return await (await app.place_order()).reach("disputed")


@pytest.mark.parametrize("path", readable())
async def test_head_says_what_get_says(app: AppUnderTest, disputed: OrderInPlay, path: str) -> None:
    filled = path.replace("{order_id}", disputed.order["id"]).replace(
        "{seller_id}", disputed.seller.id
    )
    address = re.sub(r"{\w+(:path)?}", "nothing", filled)
    if path.endswith("/stream"):
        head = await app.api.call("HEAD", address, OPERATOR)
        assert (200, "text/event-stream; charset=utf-8") == (
            head.status_code,
            head.headers["Content-Type"],
        )
        return
    found = await eventually(lambda: both(app, address))
    assert found is not None
    get, head = found
    assert (get.status_code, b"") == (head.status_code, head.content)
    assert shown(get) == shown(head)


def shown(answer: httpx.Response) -> Json:
    return {k: v for k, v in answer.headers.items() if k not in DIFFERS}


async def both(app: AppUnderTest, address: str) -> tuple[httpx.Response, httpx.Response] | None:
    """What GET and HEAD say; None where it has changed meanwhile, as lists do by what orders of
    other tests do by themselves."""
    before = await app.api.get(address, OPERATOR)
    head = await app.api.call("HEAD", address, OPERATOR)
    after = await app.api.get(address, OPERATOR)
    return (after, head) if shown(before) == shown(after) else None


async def test_a_connection_serves_on_after_the_head_of_a_stream(
    app: AppUnderTest, disputed: OrderInPlay
) -> None:
    for _ in range(3):
        head = await app.api.call("HEAD", f"/v1/orders/{disputed.order['id']}/stream", OPERATOR)
        read = await app.api.get(f"/v1/orders/{disputed.order['id']}", OPERATOR)
        assert [200, 200] == [head.status_code, read.status_code]


async def test_what_can_only_be_posted_has_no_head(
    app: AppUnderTest, disputed: OrderInPlay
) -> None:
    path = f"/v1/orders/{disputed.order['id']}/actions/cancel"
    answer = await app.api.call("HEAD", path, OPERATOR)
    assert (405, "POST") == (answer.status_code, answer.headers["Allow"])


async def test_a_refused_method_is_told_of_head_too(app: AppUnderTest) -> None:
    answer = await app.api.call("DELETE", "/v1/services", OPERATOR)
    assert (405, "method-not-allowed") == code(answer)
    assert "GET, HEAD, POST" == answer.headers["Allow"]
