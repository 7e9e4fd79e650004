"""What the HTTP server says to bytes that are no request, and how long it waits for those that
are."""

import asyncio
import struct
from contextlib import suppress
from fcntl import ioctl
from termios import TIOCOUTQ
from typing import Any

import h11
from uvicorn.protocols.http.flow_control import CLOSE_HEADER
from uvicorn.protocols.http.h11_impl import H11Protocol

from api.guard.limits import MOST_HEAD_BYTES
from api.problems import Problem, invalid

MOST_UNREAD_BYTES = 4 * MOST_HEAD_BYTES
"""A head that is larger is not even taken in. Up to it the caller is told which limit it broke."""

LAST_SECONDS = 3.0
"""How long a reader who takes nothing is waited for in a process that was told to end."""


class BoundedProtocol(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, with a problem document for what cannot be read as HTTP, and
    with an end to waiting for what does not come, and for who takes nothing. Between two requests
    uvicorn waits by itself."""

    def __init__(
        self,
        *given: Any,
        head_seconds: float,
        body_seconds: float,
        reader_seconds: float,
        **named: Any,
    ) -> None:
        super().__init__(*given, **named)
        self._patience = {h11.IDLE: head_seconds, h11.SEND_BODY: body_seconds}
        self._reader_seconds = reader_seconds
        self._next_look: asyncio.TimerHandle | None = None
        self._awaited: Any = None
        self._giving_up: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn
        """Begin to wait for the head of a caller who is there."""
        super().connection_made(transport)
        self._await_next()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._stop_waiting()
        self._stop_looking()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Take what has come, and see what is to come next."""
        super().handle_events()
        self._await_next()

    def pause_writing(self) -> None:
        """Wait until the reader has taken something, and see whether they do."""
        super().pause_writing()
        self._look_again()

    def resume_writing(self) -> None:
        """Go on: the reader has taken something."""
        self._stop_looking()
        super().resume_writing()

    def on_response_complete(self) -> None:
        """See whether the reader takes the rest of an answer."""
        super().on_response_complete()
        self._look_again()

    def shutdown(self) -> None:
        """End, after the answer that is under way. Who takes nothing is not waited for as long."""
        super().shutdown()
        self._reader_seconds = min(self._reader_seconds, LAST_SECONDS)
        self._look_again()

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

    def _look_again(self) -> None:
        self._stop_looking()
        # A closed transport would keep these bytes, and the connection, until they are taken.
        if self.transport.get_write_buffer_size():
            self._next_look = self.loop.call_later(
                self._reader_seconds, self._look, _untaken(self.transport)
            )

    def _look(self, before: int) -> None:
        if _untaken(self.transport) == before:
            self.transport.abort()
        else:
            self._look_again()

    def _stop_looking(self) -> None:
        if self._next_look is not None:
            self._next_look.cancel()
        self._next_look = None

    def _give_up(self) -> None:
        if self._awaited is h11.SEND_BODY:
            self._refuse(
                invalid("body", f"did not come within {self._patience[h11.SEND_BODY]:g} s")
            )
        else:
            self.transport.abort()

    def _refuse(self, problem: Problem) -> None:
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            answer = problem.response()
            headers = [*answer.raw_headers, CLOSE_HEADER]
            head = h11.Response(status_code=answer.status_code, headers=headers)
            for event in (head, h11.Data(data=bytes(answer.body)), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


def _untaken(transport: asyncio.Transport) -> int:
    """Return the bytes that wait for a reader, here and in the machine's buffer: that takes more in
    by leaps only, and a slow reader would seem to take nothing."""
    queued = bytes(4)
    with suppress(OSError):  # not every system tells
        queued = ioctl(transport.get_extra_info("socket").fileno(), TIOCOUTQ, queued)
    return transport.get_write_buffer_size() + int(struct.unpack("i", queued)[0])
