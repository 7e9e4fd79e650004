"""The measuring client reads whole answers, whichever way they come, and keeps its connections."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench.http_client import HttpClient

SIZED = b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\nSet-Cookie: a=b; Path=/\r\n\r\n{"id": 123}'
CHUNKED = (
    b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n"
    b'4\r\n{"a"\r\n5\r\n: 12}\r\n0\r\n\r\n'
)
EMPTY = b"HTTP/1.1 204 No Content\r\n\r\n"


@asynccontextmanager
async def answering(
    *answers: bytes, ends: bool = False
) -> AsyncIterator[tuple[HttpClient, list[bytes], list[int]]]:
    """A server that gives these answers in turn, and `ends` each connection after one; the heads of
    the requests, and how many connections there were."""
    heads: list[bytes] = []
    connections: list[int] = []
    left = list(answers)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(1)
        while left and not reader.at_eof():
            try:
                heads.append(await reader.readuntil(b"\r\n\r\n"))
            except asyncio.IncompleteReadError:
                break
            writer.write(left.pop(0))
            await writer.drain()
            if ends:
                break
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = HttpClient(f"http://127.0.0.1:{port}")
    async with server:
        yield client, heads, connections
        await client.aclose()


async def test_answers_are_read_whole_over_one_connection() -> None:
    async with answering(SIZED, CHUNKED, EMPTY, EMPTY) as (client, heads, connections):
        first = await client.ask("GET", "/a", "X: y\r\n")
        second = await client.ask("POST", "/b", "", {})
        third = await client.ask("GET", "/c")
        assert (first.status, first.document()) == (200, {"id": 123})
        assert first.header("set-cookie") == "a=b; Path=/"
        assert first.header("location") is None
        assert (second.status, second.document()) == (201, {"a": 12})
        assert (third.status, third.body) == (204, b"")
        assert len(connections) == 1
        assert heads[0].startswith(b"GET /a HTTP/1.1\r\nHost: 127.0.0.1:")
        assert b"\r\nX: y\r\n" in heads[0]
        assert b"\r\nContent-Type: application/json\r\nContent-Length: 2\r\n" in heads[1]


async def test_a_connection_that_the_server_ended_is_not_used_again() -> None:
    async with answering(EMPTY, EMPTY, ends=True) as (client, _, connections):
        await client.ask("GET", "/")
        reader = client._idle[0][0]
        while not reader.at_eof():
            await asyncio.sleep(0.01)
        assert (await client.ask("GET", "/")).status == 204
        assert len(connections) == 2
