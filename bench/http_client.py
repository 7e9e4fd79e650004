"""HTTP at the least cost for this side: what the client spends is taken from what is measured."""

import asyncio
import re
from dataclasses import dataclass
from json import dumps, loads
from typing import Any
from urllib.parse import urlsplit

Json = dict[str, Any]

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
LARGEST = 16 * 1024 * 1024


@dataclass(frozen=True)
class Answer:
    """A response; `head` has its status line and headers as they came."""

    status: int
    head: bytes
    body: bytes

    def header(self, name: str) -> str | None:
        """Return a header's value, None where there is no such header."""
        found = re.search(rf"\r\n{name}: *([^\r]*)".encode(), self.head, re.IGNORECASE)
        return found[1].decode() if found else None

    def document(self) -> Json:
        """Return the JSON of the body."""
        document: Json = loads(self.body)
        return document


class HttpClient:
    """A server at `http://HOST:PORT`, asked over as many kept connections as are in use at once."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname, parts.port
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def ask(
        self, method: str, path: str, headers: str = "", body: Json | None = None
    ) -> Answer:
        """Send one request; `headers` are whole lines, each with its line end.

        Raises:
            OSError, EOFError: the server is gone, or ended the connection in mid-answer.
        """
        content = b"" if body is None else dumps(body).encode()
        kind = "" if body is None else "Content-Type: application/json\r\n"
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\n{headers}{kind}"
            f"Content-Length: {len(content)}\r\n\r\n"
        )
        reader, writer = await self._connection()
        try:
            writer.write(head.encode() + content)
            answer = await _answer(reader)
        except BaseException:
            writer.close()
            raise
        self._idle.append((reader, writer))
        return answer

    async def aclose(self) -> None:
        """Close every connection that nobody uses."""
        while self._idle:
            self._idle.pop()[1].close()

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof():
                return reader, writer
            writer.close()
        return await asyncio.open_connection(self._host, self._port, limit=LARGEST)


async def _answer(reader: asyncio.StreamReader) -> Answer:
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    length = LENGTH.search(head)
    if length:
        return Answer(status, head, await reader.readexactly(int(length[1])))
    if CHUNKED.search(head):
        return Answer(status, head, await _chunks(reader))
    return Answer(status, head, b"")


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    parts = []
    while size := int(await reader.readuntil(b"\r\n"), 16):
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readuntil(b"\r\n")
    return b"".join(parts)
