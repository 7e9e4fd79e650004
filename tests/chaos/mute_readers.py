"""Callers who ask for a great deal and read nothing of it."""

import asyncio
import socket
from contextlib import ExitStack
from urllib.parse import urlsplit

READERS = 30
QUESTIONS = 20
"""On one connection, one after the other, without waiting for an answer."""
SMALL = 4_096
"""Bytes that a reader's own socket takes: the rest stays with who answers."""


async def not_reading(api_url: str, headers: dict[str, str], seconds: float) -> None:
    """Asks on many connections at once, takes nothing for so long, and goes away."""
    with ExitStack() as opened:
        for number in range(READERS):
            reader = opened.enter_context(socket.socket())
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
            await asyncio.to_thread(_ask, reader, api_url, headers, _path(number))
        await asyncio.sleep(seconds)


def _path(number: int) -> str:
    return "/v1/openapi.json" if number % 2 else "/v1/orders?limit=100"


def _ask(reader: socket.socket, api_url: str, headers: dict[str, str], path: str) -> None:
    """Sends what the API takes at once. It may be frozen or away at this moment."""
    place = urlsplit(api_url)
    lines = [f"GET {path} HTTP/1.1", f"Host: {place.netloc}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    question = "\r\n".join([*lines, "", ""]).encode()
    reader.settimeout(0.2)
    try:
        reader.connect((place.hostname, place.port))
        reader.sendall(question * QUESTIONS)
    except OSError:
        return
