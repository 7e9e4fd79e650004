"""No cache keeps an answer, whichever part of the API it comes from. Those of the routes are looked
at wherever a test of this package gets one."""

import asyncio

import pytest
from starlette.types import Message, Receive, Scope, Send

from api.app import create_app
from api.server import Answered
from infra.settings import Settings
from tests.api.conftest import AnotherApi
from tests.app_under_test import SECRET, SECRETS_KEY, AppUnderTest, Json, somebody


@pytest.mark.parametrize(
    "sent",
    [b"nonsense\r\n\r\n", b"GET /v1/health/live HTTP/9.9\r\n\r\n", b"\x00" * 100 + b"\r\n\r\n"],
    ids=repr,
)
async def test_what_is_said_to_bytes_that_are_no_request(app: AppUnderTest, sent: bytes) -> None:
    base = app.api.client.base_url
    reader, writer = await asyncio.open_connection(base.host, base.port)
    writer.write(sent)
    head = await reader.readuntil(b"\r\n\r\n")
    writer.transport.abort()
    assert b"cache-control: no-store\r\n" in head.lower()


@pytest.mark.parametrize(
    "path",
    ["/v1/openapi.json", "/docs", "/redoc", "/", "/nowhere", "/v1/nowhere", "/v1/health/ready"],
)
async def test_what_everybody_may_see(app: AppUnderTest, path: str) -> None:
    answer = await app.api.get(path)
    assert "no-store" == answer.headers["Cache-Control"]


async def test_what_the_documentation_is_drawn_with_may_be_kept(app: AppUnderTest) -> None:
    answer = await app.api.get("/static-offline-docs/swagger-ui.css")
    assert (200, None) == (answer.status_code, answer.headers.get("Cache-Control"))


async def test_a_stream(app: AppUnderTest) -> None:
    in_play = await app.place_order()
    path, headers = f"/v1/orders/{in_play.order['id']}/stream", in_play.buyer.headers
    async with app.api.client.stream("GET", path, headers=headers) as answer:
        assert "no-store" == answer.headers["Cache-Control"]


async def test_what_the_limits_refuse(another_api: AnotherApi) -> None:
    api = await another_api(rate_limit=1, rate_burst=1, max_body=1024)
    eager, long = somebody("eager"), {"title": "x" * 2_000}
    answers = [
        await api.post("/v1/services", eager, long),
        await api.get("/v1/wallet", eager),
        await api.get("/v1/wallet", X="x" * 17_000),
        await api.get("/v1/orders/%ff"),
    ]
    assert [413, 429, 413, 422] == [answer.status_code for answer in answers]
    assert ["no-store"] * 4 == [answer.headers.get("Cache-Control") for answer in answers]


async def _head_of(app: object, **scope: object) -> Json:
    """The headers that an ASGI application begins its answer with, whatever it raises then."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    asked: Json = {"type": "http", "method": "GET", "path": "/v1/bug", "raw_path": b"/v1/bug"}
    asked |= {"query_string": b"", "headers": [], "client": ("127.0.0.1", 1), **scope}
    with pytest.raises(RuntimeError):
        await app(asked, receive, send)  # type: ignore[operator]  # an ASGI application
    return {name.decode(): value.decode() for name, value in sent[0]["headers"]}


async def test_what_is_said_of_a_bug() -> None:
    values: Json = {"database_url": "postgresql://nowhere", "jwt_secret": SECRET}
    values["secrets_key"] = SECRETS_KEY
    app = create_app(Settings(_env_file=None, **values))

    async def bug() -> None:
        raise RuntimeError

    app.add_api_route("/v1/bug", bug)
    assert "no-store" == (await _head_of(app))["cache-control"]


async def test_what_is_said_by_a_process_that_ends() -> None:
    sent: list[Message] = []

    async def broken_off(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise asyncio.CancelledError

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    await Answered(broken_off)({"type": "http"}, receive, send)
    assert (b"cache-control", b"no-store") in sent[0]["headers"]
