"""The HTTP server's settings, and what it says to bytes that are no request."""

import json
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from api.limits import MOST_HEAD_BYTES
from api.problems import MEDIA_TYPE, invalid

MOST_UNREAD_BYTES = 4 * MOST_HEAD_BYTES
"""A head that is larger is not even taken in. Up to it the caller is told which limit it broke."""


class Wire(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, with a problem document for what cannot be read as HTTP."""

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  # uvicorn's sentence is plain text
        """Answers what is no HTTP, or a head without an end, and hangs up."""
        problem = invalid("request", f"is no HTTP, or has a head of over {MOST_UNREAD_BYTES} bytes")
        headers = [(b"content-type", MEDIA_TYPE.encode()), (b"connection", b"close")]
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            head = h11.Response(status_code=problem.status, headers=headers)
            body = h11.Data(data=json.dumps(problem.document()).encode())
            for event in (head, body, h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


SERVER: dict[str, Any] = {
    "http": Wire,
    "h11_max_incomplete_event_size": MOST_UNREAD_BYTES,
    "log_config": None,
    "access_log": False,
    "server_header": False,
}
"""How uvicorn serves the API. Without its own access log, which would show addresses with ids."""
