"""How many requests of one caller are answered at the same time."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from starlette.types import ASGIApp, Receive, Scope, Send

from api.auth.tokens import Verifier
from api.guard.limits import drain
from api.guard.rate_limit_identity import RateLimitIdentity, identity_of, is_counted
from api.problems import RETRY_SECONDS, Problem
from domain.vocabulary import Code

STREAM = "/stream"
"""How the addresses end that are read for as long as the reader likes."""


class ConcurrencySlots:
    """Places of one kind, of which each sender has so many."""

    def __init__(self, what: str, most: int) -> None:
        self._what = what
        self._most = most
        self._taken: Counter[RateLimitIdentity] = Counter()

    def __len__(self) -> int:
        return self._taken.total()

    def refusal(self, sender: RateLimitIdentity) -> Problem | None:
        """Return why there is no place left for a sender; None where there is one."""
        most = self._most * sender.kind.factor
        if self._taken[sender] < most:
            return None
        detail = (
            f"You may have {most} {self._what} at once; wait until one of them has ended."
            " Nothing changed."
        )
        return Problem(Code.RATE_LIMITED, detail, headers={"Retry-After": RETRY_SECONDS})

    @contextmanager
    def taken_by(self, sender: RateLimitIdentity) -> Iterator[None]:
        """Take a place until the block ends, in whatever way."""
        self._taken[sender] += 1
        try:
            yield
        finally:
            self._taken[sender] -= 1
            if not self._taken[sender]:
                del self._taken[sender]


class InFlight:
    """Refuses with 429 who has too many requests under way, and who reads too many streams: each
    takes a connection, and most of them a turn at the database."""

    def __init__(self, app: ASGIApp, verifier: Verifier, most: int, most_streams: int) -> None:
        self._app = app
        self._verifier = verifier
        self._requests = ConcurrencySlots("requests under way", most)
        self._streams = ConcurrencySlots("streams", most_streams)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not is_counted(scope):
            await self._app(scope, receive, send)
            return
        sender = await identity_of(scope, self._verifier)
        kinds = [self._requests, self._streams][: 1 + scope["path"].endswith(STREAM)]
        refusal = next(filter(None, (kind.refusal(sender) for kind in kinds)), None)
        if refusal is not None:
            await drain(receive)
            await refusal.response()(scope, receive, send)
            return
        # No await since the look at the places: others could take them in between.
        with ExitStack() as places:
            for kind in kinds:
                places.enter_context(kind.taken_by(sender))
            await self._app(scope, receive, send)
