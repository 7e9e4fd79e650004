"""The marketplace's side: a real HTTP server on loopback that verifies what it gets."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from standardwebhooks import Webhook

LOOPBACK = "127.0.0.1"

Json = dict[str, Any]
Send = Callable[[Json], Awaitable[None]]


@dataclass(frozen=True)
class Hook:
    """A request that came in."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """By what the receiver knows a message that it had before."""
        return self.headers["webhook-id"]

    @property
    def payload(self) -> Json:
        """What it says, to whom trusts it."""
        found: Json = json.loads(self.body)
        return found

    def verified(self, secret: str) -> Json:
        """What it says, by the receiving half of the specification's own library.

        Raises:
            WebhookVerificationError: it was not signed with this secret.
        """
        found: Json = Webhook(secret).verify(self.body, self.headers)
        return found


@dataclass
class Receiver:
    """Answers each request with the next of `statuses`, or else with `status`."""

    port: int = 0
    hooks: list[Hook] = field(default_factory=list)
    status: int = 204
    statuses: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    hanging: bool = False
    endless: bool = False
    """Whether the body of the answer never ends."""

    sent: int = 0
    """Bytes of answers' bodies that somebody took."""

    left: asyncio.Event = field(default_factory=asyncio.Event)
    """Whether somebody has hung up before an endless answer's end."""

    tls: dict[str, str] = field(default_factory=dict)
    _end: asyncio.Event = field(default_factory=asyncio.Event)
    _server: uvicorn.Server | None = None
    _running: "asyncio.Task[None] | None" = None

    @property
    def url(self) -> str:
        """Where hooks may be sent to."""
        return f"http://{LOOPBACK}:{self.port}/hooks"

    async def start(self) -> None:
        """Listens, on the same port as before where there was one."""
        self._end.clear()
        options: Json = {"log_config": None, "lifespan": "off", "interface": "asgi3", **self.tls}
        config = uvicorn.Config(self._answer, host=LOOPBACK, port=self.port, **options)
        self._server = uvicorn.Server(config)
        self._running = asyncio.create_task(self._server.serve())
        while not self._server.started:
            await asyncio.sleep(0.01)
        self.port = self._server.servers[0].sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Goes away."""
        self._end.set()
        if self._server is not None and self._running is not None:
            self._server.should_exit = True
            await self._running
        self._server = self._running = None

    def release(self) -> None:
        """Answers those who hang."""
        self._end.set()

    async def _answer(
        self, scope: Json, receive: Callable[[], Awaitable[Json]], send: Send
    ) -> None:
        self.hooks.append(Hook(scope["path"], _headers(scope), await _body(receive)))
        if self.hanging:
            await self._end.wait()
        status = self.statuses.pop(0) if self.statuses else self.status
        headers = [(name.encode(), value.encode()) for name, value in self.headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        while self.endless and not self._end.is_set():
            await send({"type": "http.response.body", "body": b"x" * 65_536, "more_body": True})
            self.sent += 65_536
            if await _gone(receive):
                self.left.set()
                return
        await send({"type": "http.response.body", "body": b""})


def _headers(scope: Json) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in scope["headers"]}


async def _body(receive: Callable[[], Awaitable[Json]]) -> bytes:
    body = b""
    while True:
        part = await receive()
        body += bytes(part.get("body", b""))
        if not part.get("more_body"):
            return body


async def _gone(receive: Callable[[], Awaitable[Json]]) -> bool:
    """Whether the other side has hung up."""
    try:
        async with asyncio.timeout(0.01):
            return str((await receive())["type"]) == "http.disconnect"
    except TimeoutError:
        return False


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def flood(writer: asyncio.StreamWriter, promise: bytes = b"100 Continue") -> None:
    """Promises an answer, again and again."""
    while True:
        writer.write(b"HTTP/1.1 " + promise + b"\r\n\r\n")
        await writer.drain()


@asynccontextmanager
async def impolite(talk: Talk, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """A server that does as it likes with a connection; gives its URL."""
    tasks: set[asyncio.Task[Any]] = set()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await talk(reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(take, LOOPBACK, 0, ssl=tls)
    try:
        scheme = "http" if tls is None else "https"
        yield f"{scheme}://{LOOPBACK}:{server.sockets[0].getsockname()[1]}/hooks"
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        server.close()
        await server.wait_closed()
