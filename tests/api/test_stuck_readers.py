"""Who does not take what is sent is not kept for ever, and holds up no end."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from api.guard.http_protocol import BoundedProtocol
from tests.app_under_test import ApiClient, AppUnderTest, eventually

PATIENCE = 1.0
LARGE = b"GET /v1/openapi.json HTTP/1.1\r\nHost: a\r\n\r\n"
LAST = LARGE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
MANY = 12
"""So many that they do not fit into the machine's buffers."""

FEW = 4096


@pytest.fixture
async def brisk(app: AppUnderTest) -> AsyncIterator[ApiClient]:
    """An API that waits for no reader."""
    async with app.with_settings(stream_patience=PATIENCE) as api:
        yield api


@asynccontextmanager
async def asking(api: ApiClient, sent: bytes) -> AsyncIterator[socket.socket]:
    """A connection that takes hardly anything in by itself, and what it asked for."""
    with socket.socket() as connection:
        connection.setblocking(False)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, FEW)
        base = api.client.base_url
        loop = asyncio.get_running_loop()
        await loop.sock_connect(connection, (base.host, base.port))
        await loop.sock_sendall(connection, sent)
        yield connection


def open_connections(api: ApiClient) -> list[BoundedProtocol]:
    assert api.server is not None
    found = api.server.server_state.connections
    return [one for one in found if isinstance(one, BoundedProtocol)]


async def held_up(api: ApiClient) -> BoundedProtocol:
    """The connection whose reader has let the server's own buffer fill."""

    async def full() -> BoundedProtocol | None:
        found = [one for one in open_connections(api) if one.transport.get_write_buffer_size()]
        return found[0] if found else None

    found = await eventually(full)
    assert found is not None
    return found


async def is_gone(api: ApiClient, connection: BoundedProtocol) -> bool:
    return connection not in open_connections(api)


async def test_who_takes_nothing_is_hung_up_on(brisk: ApiClient) -> None:
    async with asking(brisk, LARGE * MANY):
        stuck = await held_up(brisk)
        await eventually(lambda: is_gone(brisk, stuck))


async def taken(connection: socket.socket, slowly: int = 0) -> int:
    """How many answers come until the server closes the connection, each of them whole. So many
    bytes of them are taken in sips."""
    loop, found = asyncio.get_running_loop(), b""
    while piece := await loop.sock_recv(connection, 2**16 if len(found) > slowly else FEW):
        found += piece
        await asyncio.sleep(PATIENCE / 20 if len(found) < slowly else 0)
    return len(list(_whole(found)))


def _whole(answers: bytes) -> Iterator[bytes]:
    while answers:
        head, _, rest = answers.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        assert len(rest) >= length
        yield rest[:length]
        answers = rest[length:]


async def test_who_takes_little_is_given_all(brisk: ApiClient) -> None:
    async with asking(brisk, LARGE * (MANY - 1) + LAST) as slow:
        await held_up(brisk)
        assert MANY == await taken(slow, slowly=2**18)


async def test_an_end_does_not_wait_for_who_takes_nothing(app: AppUnderTest) -> None:
    async with app.with_settings() as api, asking(api, LARGE * MANY):
        stuck = await held_up(api)
        stuck.shutdown()
        await eventually(lambda: is_gone(api, stuck))


async def test_an_end_waits_for_who_takes_little(app: AppUnderTest) -> None:
    async with app.with_settings() as api, asking(api, LARGE * MANY) as slow:
        (await held_up(api)).shutdown()
        assert 1 <= await taken(slow) < MANY
