"""How long a request may take to arrive, and that what has begun to is not kept for ever."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from starlette.types import Message, Receive, Scope, Send

from api.guard.limits import BodyLimit
from tests.api.answers import PROBLEM
from tests.api.conftest import OrderIn
from tests.app_under_test import PATIENCE_SECONDS, ApiClient, AppUnderTest, eventually

PATIENCE = 0.3
HEAD = b"GET /v1/health/live HTTP/1.1\r\nHost: a\r\n"
WITH_BODY = b"POST /v1/services HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n"

Wire = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture(scope="module")
async def brisk(app: AppUnderTest) -> AsyncIterator[ApiClient]:
    """An API that waits for no one."""
    async with app.with_settings(head_patience=PATIENCE, body_patience=PATIENCE) as api:
        yield api


def spoken_to(api: ApiClient, said: bytes) -> socket.socket:
    """A connection by which this has come before the server, which shares this thread, begins to
    wait for it: however long a busy machine takes then, it is there."""
    base = api.client.base_url
    connection = socket.create_connection((base.host, base.port or 0))
    connection.sendall(said)
    connection.setblocking(False)
    return connection


@asynccontextmanager
async def connected(api: ApiClient, said: bytes = b"") -> AsyncIterator[Wire]:
    reader, writer = await asyncio.open_connection(sock=spoken_to(api, said))
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            yield reader, writer
    finally:
        writer.transport.abort()


async def until_closed(wire: Wire) -> bytes:
    """What comes until the server closes the connection."""
    found = b""
    with suppress(ConnectionError):
        while piece := await wire[0].read(4096):
            found += piece
    return found


async def drip(wire: Wire, text: bytes) -> None:
    """Sends a byte now and then, for ever."""
    while True:
        for byte in text:
            wire[1].write(bytes([byte]))
            await asyncio.sleep(PATIENCE / 10)


async def answered(wire: Wire) -> bytes:
    """The status line of an answer that is read to its end."""
    head = await wire[0].readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]
    await wire[0].readexactly(int(length))
    return head.split(b"\r\n")[0]


@pytest.mark.parametrize("sent", [b"", b"G", HEAD, HEAD + b"X-Long: "], ids=repr)
async def test_a_head_that_does_not_come_is_not_waited_for(brisk: ApiClient, sent: bytes) -> None:
    async with connected(brisk) as wire:
        wire[1].write(sent)
        assert b"" == await until_closed(wire)


async def test_a_head_that_comes_in_drops_is_not_waited_for(brisk: ApiClient) -> None:
    async with connected(brisk) as wire:
        wire[1].write(HEAD + b"X-Long: ")
        dripping = asyncio.create_task(drip(wire, b"x"))
        assert b"" == await until_closed(wire)
        dripping.cancel()


@pytest.mark.parametrize("drops", [b"", b" "], ids=["nothing", "drops"])
async def test_a_body_that_does_not_come_is_refused(brisk: ApiClient, drops: bytes) -> None:
    async with connected(brisk, WITH_BODY + b"{") as wire:
        dripping = asyncio.create_task(drip(wire, drops)) if drops else None
        head, _, body = (await until_closed(wire)).partition(b"\r\n\r\n")
        if dripping:
            dripping.cancel()
    assert head.startswith(b"HTTP/1.1 422")
    assert PROBLEM.encode() in head
    assert "body: did not come within 0.3 s." == json.loads(body)["detail"]


async def test_a_body_that_does_not_come_before_the_end_is_answered(app: AppUnderTest) -> None:
    async with app.with_settings(body_patience=600) as api, connected(api) as wire:
        assert api.server is not None
        api.server.config.timeout_graceful_shutdown = 1
        wire[1].write(WITH_BODY + b"{")
        await eventually(lambda: _is_under_way(api))
        api.server.should_exit = True
        head, _, body = (await until_closed(wire)).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503")
    assert PROBLEM.encode() in head
    assert (
        "This process ends, and the rest of this request had not come" in json.loads(body)["detail"]
    )


async def _is_under_way(api: ApiClient) -> bool:
    return api.server is not None and len(api.server.server_state.tasks) > 0


async def test_a_body_behind_another_request_is_not_waited_for_either(brisk: ApiClient) -> None:
    async with connected(brisk, HEAD + b"\r\n" + WITH_BODY + b"{") as wire:
        assert b"HTTP/1.1 200 OK" == await answered(wire)
        assert (await until_closed(wire)).startswith(b"HTTP/1.1 422")


async def test_a_second_head_is_not_waited_for_either(brisk: ApiClient) -> None:
    async with connected(brisk, HEAD + b"\r\n") as wire:
        assert b"HTTP/1.1 200 OK" == await answered(wire)
        wire[1].write(HEAD)
        assert b"" == await until_closed(wire)


async def test_between_two_requests_one_may_be_silent_for_longer(brisk: ApiClient) -> None:
    async with connected(brisk, HEAD + b"\r\n") as wire:
        for _ in range(3):
            assert b"HTTP/1.1 200 OK" == await answered(wire)
            await asyncio.sleep(2 * PATIENCE)
            wire[1].write(HEAD + b"\r\n")
        assert b"HTTP/1.1 200 OK" == await answered(wire)


async def test_an_answer_may_take_longer(brisk: ApiClient, order_in: OrderIn) -> None:
    in_play = await order_in("pending")
    token = in_play.buyer.headers["Authorization"]
    asked = f"GET /v1/orders/{in_play.order['id']}/stream HTTP/1.1\r\nHost: a\r\n"
    said = f"{asked}Authorization: {token}\r\n\r\n".encode()
    async with connected(brisk, said) as wire:
        assert (await wire[0].readuntil(b'"order.placed"')).startswith(b"HTTP/1.1 200 ")
        await asyncio.sleep(2 * PATIENCE)
        await in_play.act("accept", in_play.seller)
        await wire[0].readuntil(b'"order.accepted"')


async def test_a_body_that_breaks_off_reaches_nobody() -> None:
    seen: list[str] = []
    coming: list[Message] = [
        {"type": "http.request", "body": b"{}", "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope["type"])

    async def receive() -> Message:
        return coming.pop(0)

    async def send(message: Message) -> None:
        seen.append(message["type"])

    await BodyLimit(app, max_bytes=1024)({"type": "http", "headers": []}, receive, send)
    assert [] == seen
