"""How large a request may be."""

import asyncio
from contextlib import suppress

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Problem
from domain.vocabulary import Code

MOST_HEAD_BYTES = 16 * 1024
"""What a request's address and headers may have together: a token of any provider fits in."""

MOST_HEADERS = 100
LONGEST_METHOD = 32
"""Letters of a method: the longest that is registered has 17."""

LONGEST_TARGET = 8 * 1024
QUIET_SECONDS = 0.5
DRAIN_BYTES = 32 * 1024 * 1024


class BodyLimit:
    """Reads a request's body up to a limit before anything else sees it, and refuses a larger one
    with 413 without keeping any of it. Nobody sees a body that has broken off."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            body = None if self._announces_too_much(scope) else await self._read(receive)
        except ClientDisconnect:
            return
        if body is None:
            await drain(receive)
            await self._refusal().response()(scope, receive, send)
            return
        await self._app(scope, replay_of(body, receive), send)

    def _announces_too_much(self, scope: Scope) -> bool:
        length = dict(scope["headers"]).get(b"content-length", b"0")
        return length.isdigit() and int(length) > self._max

    async def _read(self, receive: Receive) -> bytes | None:
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] != "http.request":
                raise ClientDisconnect
            body += message.get("body", b"")
            if len(body) > self._max:
                return None
            if not message.get("more_body", False):
                return bytes(body)

    def _refusal(self) -> Problem:
        detail = f"A request may have {self._max} bytes; this one has more."
        return Problem(Code.PAYLOAD_TOO_LARGE, detail, headers={"Connection": "close"})


class HeadLimit:
    """Refuses a request whose method, address or headers are too large, before anything reads
    them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        problem = head_problem(scope) if scope["type"] == "http" else None
        if problem is None:
            await self._app(scope, receive, send)
            return
        await drain(receive)
        await problem.response()(scope, receive, send)


def head_problem(scope: Scope) -> Problem | None:
    """Return why the method, address or headers of a request are too large; None where they are
    not."""
    target = len(scope["raw_path"]) + len(scope["query_string"])
    total = target + sum(len(name) + len(value) for name, value in scope["headers"])
    if len(scope["method"]) > LONGEST_METHOD:
        detail = f"A method may have {LONGEST_METHOD} letters; this one has more."
    elif target > LONGEST_TARGET:
        detail = f"An address may have {LONGEST_TARGET} bytes; this one has more."
    elif len(scope["headers"]) > MOST_HEADERS:
        detail = f"A request may have {MOST_HEADERS} headers; this one has more."
    elif total > MOST_HEAD_BYTES:
        detail = f"The headers may have {MOST_HEAD_BYTES} bytes; these have more."
    else:
        return None
    return Problem(Code.PAYLOAD_TOO_LARGE, detail, headers={"Connection": "close"})


async def drain(receive: Receive) -> None:
    """Take what the caller is still sending, within reason: a connection that is shut on somebody
    who still sends takes the answer with it."""
    taken = 0
    with suppress(TimeoutError):
        while taken < DRAIN_BYTES:
            async with asyncio.timeout(QUIET_SECONDS):
                message = await receive()
            taken += len(message.get("body", b""))
            if not message.get("more_body", False):
                return


def replay_of(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
