"""How much memory the requests and answers of one caller take at the same time."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auth.tokens import Verifier
from api.guard.limits import drain
from api.guard.rate_limit_identity import RateLimitIdentity, identity_of, is_counted
from api.paging import PART_BYTES
from api.problems import RETRY_SECONDS, Problem
from api.tables.accept import CSV
from domain.vocabulary import Code

READING = ("GET", "HEAD")
TABLE_BYTES = 2 * PART_BYTES
"""What a table holds: a part as it is read, and the one that is being sent."""


class _TooMuch(Exception):
    """The sender has other requests and answers under way, and this body is more than fits in."""


class Share:
    """What one request takes of its sender's bytes."""

    def __init__(self, all_taken: Counter[RateLimitIdentity], sender: RateLimitIdentity) -> None:
        self._all_taken = all_taken
        self._sender = sender
        self.taken = 0

    def fits(self, size: int, most: int) -> bool:
        """Return whether the sender may have so many bytes more. A request that is their only one
        always may: other limits say how large it can be."""
        total = self._all_taken[self._sender]
        return total == self.taken or total + size <= most

    def take(self, size: int) -> None:
        """Count so many bytes more."""
        self._all_taken[self._sender] += size
        self.taken += size


class HeldBytes:
    """Refuses with 429 who has too many bytes under way: of bodies that are not answered yet, and
    of answers that are not taken yet. An answer that tells what was changed is given all the
    same."""

    def __init__(self, app: ASGIApp, verifier: Verifier, most: int) -> None:
        self._app = app
        self._verifier = verifier
        self._most = most
        self._taken: Counter[RateLimitIdentity] = Counter()

    def __len__(self) -> int:
        return self._taken.total()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not is_counted(scope):
            await self._app(scope, receive, send)
            return
        sender = await identity_of(scope, self._verifier)
        with self._share_of(sender) as share:
            await self._weighed(share, self._most * sender.kind.factor, scope, receive, send)

    async def _weighed(
        self, share: Share, most: int, scope: Scope, receive: Receive, send: Send
    ) -> None:
        refused = False

        async def taken_in() -> Message:
            message = await receive()
            size = len(message.get("body", b""))
            if not share.fits(size, most):
                raise _TooMuch
            share.take(size)
            return message

        async def given_out(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start":
                size = _held(message)
                refused = scope["method"] in READING and not share.fits(size, most)
                if refused:
                    await _refusal(most).response()(scope, receive, send)
                    return
                share.take(size)
            if not refused:
                await send(message)

        try:
            await self._app(scope, taken_in, given_out)
        except _TooMuch:
            await drain(receive)
            await _refusal(most).response()(scope, receive, send)

    @contextmanager
    def _share_of(self, sender: RateLimitIdentity) -> Iterator[Share]:
        share = Share(self._taken, sender)
        try:
            yield share
        finally:
            self._taken[sender] -= share.taken
            if not self._taken[sender]:
                del self._taken[sender]


def _held(message: Message) -> int:
    """Return how many bytes of an answer are held at a time: all of it, or of a table what is made
    and taken together. A stream holds an entry, as long as nobody takes it."""
    headers: dict[bytes, bytes] = dict(message["headers"])
    if b"content-length" in headers:
        return int(headers[b"content-length"])
    is_table = headers.get(b"content-type", b"").startswith(CSV.encode())
    return TABLE_BYTES if is_table else 0


def _refusal(most: int) -> Problem:
    detail = (
        f"Your requests and the answers to them may have {most} bytes at once; wait until some of"
        " them have been answered, and take the answers. Nothing changed."
    )
    return Problem(Code.RATE_LIMITED, detail, headers={"Retry-After": RETRY_SECONDS})
