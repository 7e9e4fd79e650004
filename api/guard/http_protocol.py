"""What the HTTP server says to bytes that are no request, how long it waits for those that are,
and for who is to take an answer."""

import asyncio
import struct
from collections.abc import Iterator
from socket import SO_LINGER, SO_SNDBUF, SOL_SOCKET
from typing import Any

import h11
import structlog
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send
from uvicorn.protocols.http.flow_control import CLOSE_HEADER
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from api.guard.limits import MOST_HEAD_BYTES
from api.guard.request_ids import HEADER, new_request_id, request_id_in
from api.problems import Problem, invalid, not_now

log = structlog.get_logger()

MOST_UNREAD_BYTES = 4 * MOST_HEAD_BYTES
"""A head that is larger is not even taken in. Up to it the caller is told which limit it broke."""

LAST_SECONDS = 3.0
"""How long a reader is waited for in a process that was told to end."""

_ENDS = "This process ends, and the rest of this request had not come."

LAST_BODY_SECONDS = 0.5
"""How long the rest of a request is waited for there, of which nobody has seen anything yet."""

PIECE_BYTES = 64 * 1024
"""How much of an answer is handed to the socket at a time, and what the machine keeps of it there
until it is read: twice that, by Linux's way of counting."""


class BoundedProtocol(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, with a problem document for what cannot be read as HTTP, and
    with an end to waiting for what does not come, and for who does not take what is sent. What the
    application sends is sent once the socket has taken it. Between two requests uvicorn waits by
    itself."""

    def __init__(
        self,
        *given: Any,
        head_seconds: float,
        body_seconds: float,
        piece_seconds: float,
        answer_seconds: float,
        **named: Any,
    ) -> None:
        super().__init__(*given, **named)
        self.app = self._answer
        self._patience = {h11.IDLE: head_seconds, h11.SEND_BODY: body_seconds}
        self._piece_seconds, self._answer_seconds = piece_seconds, answer_seconds
        self._answer_until: float | None = None
        self._is_stream = False
        self._cutting_off: asyncio.TimerHandle | None = None
        self._awaited: Any = None
        self._giving_up: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn
        """Begin to wait for the head of a caller who is there."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=0)
        transport.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_SNDBUF, PIECE_BYTES)
        self._await_next()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._stop_waiting()
        self._stop_cutting_off()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Take what has come, and see what is to come next."""
        super().handle_events()
        self._await_next()

    def pause_writing(self) -> None:
        """Wait until the reader has taken what the socket did not."""
        super().pause_writing()
        now = self.loop.time()
        until = now + self._piece_seconds
        if not self._is_stream:
            self._answer_until = self._answer_until or now + self._answer_seconds
            until = min(until, self._answer_until)
        self._cutting_off = self.loop.call_at(until, self._cut_off)

    def resume_writing(self) -> None:
        """Go on: the reader has taken it."""
        self._stop_cutting_off()
        super().resume_writing()

    def shutdown(self) -> None:
        """End, after the answer that is under way. Its reader is not waited for as long, and
        the rest of a request hardly at all."""
        super().shutdown()
        if self._awaited is h11.SEND_BODY:
            self._stop_waiting()
            self._awaited = h11.SEND_BODY
            self._giving_up = self.loop.call_later(LAST_BODY_SECONDS, self._refuse, not_now(_ENDS))
        self._answer_seconds = min(self._answer_seconds, LAST_SECONDS)
        if self._answer_until is not None:
            self._answer_until = min(self._answer_until, self.loop.time() + LAST_SECONDS)
        if self._cutting_off is not None:
            self._stop_cutting_off()
            self._cutting_off = self.loop.call_later(self._answer_seconds, self._cut_off)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  # uvicorn's sentence is plain text
        """Answer what is no HTTP, or a head without an end, and hang up."""
        self._refuse(
            invalid("request", f"is no HTTP, or has a head of over {MOST_UNREAD_BYTES} bytes")
        )

    def _await_next(self) -> None:
        awaited = None if self.timeout_keep_alive_task else self.conn.their_state
        if awaited is self._awaited:
            return
        self._stop_waiting()
        self._awaited = awaited
        if awaited in self._patience:
            self._giving_up = self.loop.call_later(self._patience[awaited], self._give_up)

    def _stop_waiting(self) -> None:
        if self._giving_up is not None:
            self._giving_up.cancel()
        self._awaited = self._giving_up = None

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application, and have it wait for whoever reads what it sends."""

        # The next one's by the time that this one ends, if it does more after its answer.
        cycle = self.cycle

        async def taken(message: Message) -> None:
            # Of an answer in parts each part has its time: a list can be as long as it likes.
            self._answer_until = None
            if message["type"] == "http.response.start":
                self._is_stream = _is_stream(message)
            # Each waits until the one before it has left: so the end, which has no bytes, is last.
            for piece in _pieces(message):
                await send(piece)

        try:
            await self.config.loaded_app(scope, receive, taken)
        finally:
            self._break_off(cycle)

    def _break_off(self, cycle: RequestResponseCycle) -> None:
        """See to it that half an answer is not taken for one: to a reader of HTTP/1.0 it ends where
        the connection ends."""
        has_begun = cycle.response_started and not cycle.response_complete
        if has_begun and not self._is_stream and not self.transport.is_closing():
            self._cut_off()

    def _cut_off(self) -> None:
        # Without it the machine would keep on offering what it has taken in, for minutes.
        at_once = struct.pack("ii", 1, 0)
        self.transport.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, at_once)
        self.transport.abort()

    def _stop_cutting_off(self) -> None:
        if self._cutting_off is not None:
            self._cutting_off.cancel()
        self._cutting_off = None

    def _give_up(self) -> None:
        if self._awaited is h11.SEND_BODY:
            self._refuse(
                invalid("body", f"did not come within {self._patience[h11.SEND_BODY]:g} s")
            )
        else:
            self.transport.abort()

    def _request_id(self) -> str:
        """Return the id of the request that is being read; a new one where none has a head yet."""
        if self._awaited is h11.SEND_BODY and self.scope is not None:
            known: str | None = self.scope.get("state", {}).get("request_id")
            return known or request_id_in(Headers(raw=list(self.scope["headers"])))
        return new_request_id()

    def _refuse(self, problem: Problem) -> None:
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            answer, request_id = problem.response(), self._request_id()
            headers = [*answer.raw_headers, (HEADER.encode(), request_id.encode()), CLOSE_HEADER]
            log.info("refused before it was read", status=problem.status, request_id=request_id)
            head = h11.Response(status_code=answer.status_code, headers=headers)
            for event in (head, h11.Data(data=bytes(answer.body)), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


def _pieces(message: Message) -> Iterator[Message]:
    """Give a message in parts that are small, the end of an answer by itself: until what comes
    before it has been taken, no further request is looked at."""
    body = message.get("body", b"")
    if not body:
        yield message
        return
    for start in range(0, len(body), PIECE_BYTES):
        yield {**message, "body": body[start : start + PIECE_BYTES], "more_body": True}
    if _is_last(message):
        yield {**message, "body": b""}


def _is_last(message: Message) -> bool:
    return message["type"] == "http.response.body" and not message.get("more_body", False)


def _is_stream(message: Message) -> bool:
    kind: bytes = dict(message["headers"]).get(b"content-type", b"")
    return kind.startswith(b"text/event-stream")
