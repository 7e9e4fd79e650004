"""Answers from outside, of which never more is taken in than their reader can use."""

import zlib
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

_OPENED = ("connect_tcp.complete", "start_tls.complete")
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
_CODINGS = ("gzip", "x-gzip", "deflate")


class TooLarge(httpx.ProtocolError):
    """An answer has more bytes than its reader takes in."""


class MostBytes:
    """Breaks a request off once more has come back than so many bytes, of whatever kind: heads of
    answers that only promise another one are read by httpx without an end.

    It is given to one request, as its extension `trace`, on a connection of its own.
    """

    def __init__(self, most: int) -> None:
        self._left = most

    async def __call__(self, event: str, info: dict[str, Any]) -> None:
        """Count what comes over a connection from the moment at which it stands."""
        if event.endswith(_OPENED):
            stream = info["return_value"]
            stream.read = self._counted(stream.read)

    def _counted(self, read: Callable[..., Awaitable[bytes]]) -> Callable[..., Awaitable[bytes]]:
        async def counted(*given: Any, **named: Any) -> bytes:
            piece = await read(*given, **named)
            self._left -= len(piece)
            if self._left < 0:
                raise TooLarge("more came back than was asked for")
            return piece

        return counted


async def body_of(answer: httpx.Response, most: int) -> bytes:
    """Return the body of an answer, unpacked if it came packed, of at most so many bytes.

    Raises:
        TooLarge: it has more.
        httpx.DecodingError: it is packed in a way that is not known here, or broken.
    """
    body = b""
    async for piece in answer.aiter_raw():
        body += piece
        if len(body) > most:
            raise TooLarge("the body is too large")
    coding = answer.headers.get("Content-Encoding", "identity").strip().lower()
    return body if coding in ("identity", "") else _unpacked(body, coding, most)


def _unpacked(body: bytes, coding: str, most: int) -> bytes:
    if coding not in _CODINGS:
        raise httpx.DecodingError("the body is packed in a way that is not known here")
    unpacking = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        found = unpacking.decompress(body, most + 1)
    except zlib.error as error:
        raise httpx.DecodingError("the body cannot be unpacked") from error
    if len(found) > most:
        raise TooLarge("the body is too large once it is unpacked")
    return found
