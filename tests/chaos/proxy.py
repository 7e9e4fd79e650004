"""A link between two parts of the product, which can be cut, slowed, half-closed and lossy."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random

CHUNK = 64 * 1024
SLOWED_SECONDS = 0.1

Connect = Callable[[], Awaitable[tuple[StreamReader, StreamWriter]]]


class Weather(StrEnum):
    """What a link does to what passes."""

    CALM = "calm"
    CUT = "cut"
    """Every connection is reset, and so is each new one."""
    SLOW = "slow"
    SILENT = "silent"
    """Nothing passes; what came in the meantime passes afterwards."""
    HALF_CLOSED = "half_closed"
    """One of the two directions ends, the other stays."""
    LOSE_REQUESTS = "lose_requests"
    LOSE_REPLIES = "lose_replies"
    """What was asked for is done, and whoever asked never knows."""


@dataclass(eq=False)
class Connection:
    """Both ends of one connection through the link."""

    near: StreamWriter
    far: StreamWriter

    def reset(self) -> None:
        """Ends it at once, without a farewell."""
        self.near.transport.abort()
        self.far.transport.abort()


@dataclass(repr=False)
class Link:
    """A proxy on a free port of loopback. `chance` is that of a chunk to be lost in bad weather."""

    name: str
    connect: Connect
    chance: float
    weather: Weather = Weather.CALM
    lost: Counter[Weather] = field(default_factory=Counter)
    _random: Random = field(default_factory=lambda: Random(0))
    _connections: set[Connection] = field(default_factory=set)
    _fair: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Link"]:
        """Takes connections as long as the block lasts."""
        self._fair.set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        try:
            yield self
        finally:
            self._server.close()
            self._reset_all()

    async def suffer(self, weather: Weather, seconds: float, seed: int) -> None:
        """Bad weather for a while."""
        self._random, self.weather = Random(seed), weather
        self._fair.clear()
        try:
            if weather is Weather.CUT:
                self._reset_all()
            if weather is Weather.HALF_CLOSED:
                self._half_close_all()
            await asyncio.sleep(seconds)
        finally:
            self.weather = Weather.CALM
            self._fair.set()

    def _reset_all(self) -> None:
        for connection in list(self._connections):
            self.lost[Weather.CUT] += 1
            connection.reset()

    def _half_close_all(self) -> None:
        for connection in list(self._connections):
            end = self._random.choice((connection.near, connection.far))
            self.lost[Weather.HALF_CLOSED] += 1
            with suppress(OSError, RuntimeError):
                end.write_eof()

    async def _serve(self, reader: StreamReader, near: StreamWriter) -> None:
        if self.weather is Weather.CUT:
            near.transport.abort()
            return
        try:
            answers, far = await self.connect()
        except OSError:
            near.transport.abort()
            return
        connection = Connection(near, far)
        self._connections.add(connection)
        try:
            await asyncio.gather(
                self._pump(reader, far, connection, Weather.LOSE_REQUESTS),
                self._pump(answers, near, connection, Weather.LOSE_REPLIES),
            )
        except (OSError, RuntimeError):
            connection.reset()
        finally:
            self._connections.discard(connection)
            near.close()
            far.close()

    async def _pump(
        self, source: StreamReader, sink: StreamWriter, connection: Connection, loss: Weather
    ) -> None:
        while data := await source.read(CHUNK):
            if self.weather is Weather.SLOW:
                await asyncio.sleep(SLOWED_SECONDS)
            if self.weather is Weather.SILENT:
                await self._fair.wait()
            if self.weather is loss and self._random.random() < self.chance:
                self.lost[loss] += 1
                connection.reset()
                return
            sink.write(data)
            await sink.drain()
        with suppress(OSError, RuntimeError):
            sink.write_eof()
