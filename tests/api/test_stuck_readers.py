"""Who does not take what is sent is not kept for ever, holds up no end, and has a request under way
all the while."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from api.guard import http_protocol
from api.guard.http_protocol import PIECE_BYTES, BoundedProtocol
from tests.app_under_test import (
    ApiClient,
    AppUnderTest,
    Person,
    eventually,
    in_time,
    somebody,
)

PATIENCE = 3.0
"""Seconds that a reader is waited for: one that is stuck is seen before it is hung up on."""

LARGE = b"GET /v1/openapi.json HTTP/1.1\r\nHost: a\r\n\r\n"
LAST = LARGE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
MANY = 12
FEW = 4096


@pytest.fixture
async def brisk(app: AppUnderTest) -> AsyncIterator[ApiClient]:
    """An API that waits for no reader."""
    async with app.with_settings(stream_patience=PATIENCE) as api:
        yield api


@dataclass
class Served:
    """A server of its own, in front of any application."""

    server: uvicorn.Server

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        host, port = self.server.servers[0].sockets[0].getsockname()
        return host, port


@asynccontextmanager
async def serving(
    application: ASGIApp, *, piece_seconds: float = 60.0, answer_seconds: float = 60.0
) -> AsyncIterator[Served]:
    """The application behind the protocol, which waits so long for its readers."""
    waits = {"head_seconds": 60.0, "body_seconds": 60.0}
    protocol = partial(
        BoundedProtocol, piece_seconds=piece_seconds, answer_seconds=answer_seconds, **waits
    )
    options: dict[str, Any] = {"http": protocol, "lifespan": "off", "log_config": None, "port": 0}
    server = uvicorn.Server(uvicorn.Config(application, **options))
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield Served(server)
    finally:
        server.should_exit = server.force_exit = True
        await running


@asynccontextmanager
async def asking(to: ApiClient | Served, sent: bytes) -> AsyncIterator[socket.socket]:
    """A connection that takes hardly anything in by itself, and what it asked for."""
    with socket.socket() as connection:
        connection.setblocking(False)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, FEW)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(connection, _address(to))
        await loop.sock_sendall(connection, sent)
        yield connection


def _address(to: ApiClient | Served) -> tuple[str, int]:
    if isinstance(to, Served):
        return to.address
    base = to.client.base_url
    return base.host, base.port or 0


def open_connections(to: ApiClient | Served) -> list[BoundedProtocol]:
    assert to.server is not None
    found = to.server.server_state.connections
    return [one for one in found if isinstance(one, BoundedProtocol)]


async def held_up(to: ApiClient | Served) -> BoundedProtocol:
    """The connection whose reader has let the server's own buffer fill."""

    async def full() -> BoundedProtocol | None:
        found = [one for one in open_connections(to) if one.transport.get_write_buffer_size()]
        return found[0] if found else None

    found = await eventually(full)
    assert found is not None
    return found


async def is_gone(to: ApiClient | Served, connection: BoundedProtocol) -> bool:
    return connection not in open_connections(to)


async def test_who_takes_nothing_is_hung_up_on(brisk: ApiClient) -> None:
    async with asking(brisk, LARGE * MANY):
        stuck = await held_up(brisk)
        assert await eventually(lambda: is_gone(brisk, stuck))


async def taken(connection: socket.socket, slowly: int = 0, pause: float = 0.0) -> int:
    """How many answers come until the server closes the connection, each of them whole. So many
    bytes of them are taken in sips."""
    loop, found = asyncio.get_running_loop(), b""
    while piece := await loop.sock_recv(connection, 4 * FEW if len(found) < slowly else 2**16):
        found += piece
        await asyncio.sleep(pause if len(found) < slowly else 0)
    return len(list(_whole(found)))


def _whole(answers: bytes) -> Iterator[bytes]:
    while answers:
        head, _, rest = answers.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        assert len(rest) >= length
        yield rest[:length]
        answers = rest[length:]


async def test_many_answers_on_one_connection_are_given_whole(app: AppUnderTest) -> None:
    asked = LARGE * (MANY - 1) + LAST
    async with app.with_settings() as api, asking(api, asked) as connection:
        await held_up(api)
        assert MANY == await taken(connection)


# --- any application behind the protocol --------------------------------------------------------

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
BYE = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")


class Answering:
    """Answers with so many bytes, and knows how many it was asked for and has sent."""

    def __init__(self, size: int, media_type: str = "application/json") -> None:
        self.size = size
        self.media_type = media_type.encode()
        self.asked = self.sent = 0

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        self.asked += 1
        length = (b"content-length", str(self.size).encode())
        headers = [(b"content-type", self.media_type), length]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"x" * self.size})
        self.sent += 1


class Streaming:
    """Streams events for as long as somebody takes them."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"text/event-stream; charset=utf-8")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        left = asyncio.ensure_future(self._left(receive))
        while not left.done():
            event = b"data: " + b"x" * FEW + b"\n\n"
            await send({"type": "http.response.body", "body": event, "more_body": True})
            await asyncio.sleep(0)
        self.ended.set()

    async def _left(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass


def seconds_of(window: str) -> float:
    """The length of a window of `in_time`."""
    return float(window.removeprefix("PT").removesuffix("S"))


@contextmanager
def not_hung_up_on() -> Iterator[None]:
    """What is read here comes to its end.

    Raises:
        AssertionError: the server has lost its patience.
    """
    try:
        yield
    except ConnectionError as error:
        raise AssertionError("it was hung up on") from error


async def test_who_takes_little_is_given_all() -> None:
    size = 1_200_000

    async def attempt(window: str) -> None:
        a_piece_has = seconds_of(window)
        application = serving(Answering(size), piece_seconds=a_piece_has)
        async with application as served, asking(served, BYE) as slow:
            with not_hung_up_on():  # for longer than a piece has
                assert 1 == await taken(slow, slowly=size, pause=a_piece_has / 60)

    await in_time(attempt, 3)


async def sip(connection: socket.socket, has_ended: Callable[[], bool]) -> None:
    """Takes an answer in sips until something has happened."""

    async def more() -> bool:
        with suppress(BlockingIOError, ConnectionError):
            connection.recv(FEW)
        return has_ended()

    await eventually(more)


async def test_an_answer_has_so_long_all_in_all() -> None:
    application = serving(Answering(50_000_000), answer_seconds=PATIENCE)
    async with application as served, asking(served, GET) as slow:
        stuck = await held_up(served)
        await sip(slow, lambda: stuck not in open_connections(served))
        assert await is_gone(served, stuck)


async def test_an_event_of_a_stream_has_so_long_and_the_stream_has_not() -> None:
    async def attempt(window: str) -> None:
        streaming = Streaming()
        application = serving(streaming, piece_seconds=seconds_of(window), answer_seconds=0.2)
        async with application as served, asking(served, GET) as reading:
            loop, found = asyncio.get_running_loop(), 0
            until = loop.time() + 0.6
            with not_hung_up_on():
                while loop.time() < until:  # longer than an answer has
                    found += len(await loop.sock_recv(reading, 2**16))
            assert found > 0
            assert not streaming.ended.is_set()
            stuck = await held_up(served)
            await eventually(lambda: is_gone(served, stuck))
            await streaming.ended.wait()

    await in_time(attempt, 3)


async def test_little_of_an_answer_waits_in_the_server() -> None:
    answering = Answering(10_000_000)
    async with serving(answering) as served, asking(served, GET):
        stuck = await held_up(served)
        assert stuck.transport.get_write_buffer_size() <= PIECE_BYTES
        assert (1, 0) == (answering.asked, answering.sent)


async def test_a_further_request_waits_until_the_answer_before_it_is_taken() -> None:
    answering = Answering(1_000_000)
    async with serving(answering) as served, asking(served, GET + BYE) as connection:
        await held_up(served)
        assert (1, 0) == (answering.asked, answering.sent)
        assert 2 == await taken(connection)
    assert (2, 2) == (answering.asked, answering.sent)


# --- an end -------------------------------------------------------------------------------------


async def test_an_end_does_not_wait_for_who_takes_nothing(app: AppUnderTest) -> None:
    async with app.with_settings() as api, asking(api, LARGE * MANY):
        stuck = await held_up(api)
        stuck.shutdown()
        assert await eventually(lambda: is_gone(api, stuck))


async def test_an_end_does_not_wait_for_who_takes_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "LAST_SECONDS", 0.3)
    async with serving(Answering(50_000_000)) as served, asking(served, GET) as slow:
        stuck = await held_up(served)
        stuck.shutdown()
        await sip(slow, lambda: stuck not in open_connections(served))
        assert await is_gone(served, stuck)


async def test_an_end_waits_for_who_takes_it(app: AppUnderTest) -> None:
    async with app.with_settings() as api, asking(api, LARGE * MANY) as connection:
        (await held_up(api)).shutdown()
        assert 1 <= await taken(connection) < MANY


# --- under way until it is taken ----------------------------------------------------------------


def large_for(who: Person) -> bytes:
    token = who.headers["Authorization"].encode()
    return LARGE.replace(b"\r\n\r\n", b"\r\nAuthorization: " + token + b"\r\n\r\n")


async def short_request(api: ApiClient, who: Person) -> httpx.Response:
    return await api.get("/v1/health-of-nothing", who)


@pytest.mark.parametrize("requests", [1, 3], ids=["alone", "one after the other"])
async def test_an_answer_that_is_not_taken_is_a_request_under_way(
    app: AppUnderTest, requests: int
) -> None:
    most, busy = 3, somebody("busy")
    async with app.with_settings(max_in_flight=most) as api:
        async with AsyncExitStack() as readers:
            for _ in range(most):
                asked = large_for(busy) * requests
                await readers.enter_async_context(asking(api, asked))
            await eventually(lambda: _all_held_up(api, most))
            assert 429 == (await short_request(api, busy)).status_code
            assert 404 == (await short_request(api, somebody("calm"))).status_code
        await eventually(lambda: short_request(api, busy), lambda answer: answer.status_code == 404)


async def _all_held_up(api: ApiClient, number: int) -> bool:
    found = [one for one in open_connections(api) if one.transport.get_write_buffer_size()]
    return len(found) == number


async def test_who_takes_nothing_gives_the_place_back(app: AppUnderTest) -> None:
    busy = somebody("busy")
    settings = app.with_settings(max_in_flight=1, stream_patience=PATIENCE)
    async with settings as api, asking(api, large_for(busy)):
        await held_up(api)
        await eventually(lambda: short_request(api, busy), lambda answer: answer.status_code == 404)
