"""What a link does to what passes, between a client and a server that remembers."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial

import pytest

from tests.app_under_test import PATIENCE_SECONDS
from tests.chaos.proxy import Link, Weather


@dataclass
class Between:
    """A link, and what has arrived at the server behind it."""

    link: Link
    arrived: list[bytes] = field(default_factory=list)

    async def ask(self, word: bytes) -> bytes:
        """Sends a word on a connection of its own; the echo, or nothing when there is none."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.link.port)
        try:
            writer.write(word)
            return await reader.read(100)
        except OSError:
            return b""
        finally:
            writer.close()


@pytest.fixture
async def between() -> AsyncIterator[Between]:
    """A link to a server that echoes."""
    arrived: list[bytes] = []

    async def echo(reader: StreamReader, writer: StreamWriter) -> None:
        while data := await reader.read(100):
            arrived.append(data)
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    link = Link("test", partial(asyncio.open_connection, "127.0.0.1", port), chance=1.0)
    async with link.listening():
        yield Between(link, arrived)
    server.close()


async def test_in_calm_weather_everything_passes(between: Between) -> None:
    assert await between.ask(b"word") == b"word"


@pytest.mark.parametrize(
    ("weather", "arrived"),
    [
        (Weather.CUT, []),
        (Weather.LOSE_REQUESTS, []),
        (Weather.LOSE_REPLIES, [b"word"]),
    ],
)
async def test_what_is_lost_has_arrived_or_not(
    weather: Weather, arrived: list[bytes], between: Between
) -> None:
    bad = asyncio.create_task(between.link.suffer(weather, PATIENCE_SECONDS, seed=1))
    await asyncio.sleep(0)
    assert await between.ask(b"word") == b""
    assert between.arrived == arrived
    bad.cancel()
    await asyncio.wait([bad])
    assert await between.ask(b"again") == b"again"


@pytest.mark.parametrize("weather", [Weather.SLOW, Weather.SILENT])
async def test_what_is_late_arrives(weather: Weather, between: Between) -> None:
    clock = asyncio.get_running_loop().time
    began = clock()
    bad = asyncio.create_task(between.link.suffer(weather, 0.3, seed=1))
    await asyncio.sleep(0)
    assert await between.ask(b"word") == b"word"
    assert clock() - began >= 0.1
    await bad


@pytest.mark.parametrize("weather", [Weather.CUT, Weather.HALF_CLOSED])
async def test_a_connection_under_way_ends(weather: Weather, between: Between) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", between.link.port)
    writer.write(b"word")
    assert await reader.read(100) == b"word"
    bad = asyncio.create_task(between.link.suffer(weather, 0.1, seed=1))
    try:
        assert await reader.read(100) == b""
    except ConnectionResetError:
        assert weather is Weather.CUT
    await bad
    writer.close()
