"""How often one caller may ask: a bucket of requests for each, which fills up again by itself."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from api.auth.tokens import Verifier
from api.guard.limits import drain
from api.guard.rate_limit_identity import Kind, identity_of, is_counted
from api.problems import Problem
from domain.vocabulary import Code

MOST_CALLERS = 100_000
"""How many buckets are kept of one kind. A caller who is forgotten starts with a full one."""

EPSILON = 1e-9
"""What arithmetic with seconds may be wrong by."""


Clock = Callable[[], float]
"""Seconds from some instant on."""


class Buckets:
    """A token bucket for each caller, kept as the one instant at which it is full again."""

    def __init__(self, per_minute: float, burst: int, most: int = MOST_CALLERS) -> None:
        self._interval = 60 / per_minute
        self._span = burst * self._interval
        self._most = most
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._full_at)

    def take(self, who: str, now: float) -> float:
        """Take a request out of somebody's bucket; return the seconds until it has one, or 0."""
        self._forget(now)
        # Taken out and put in again, so that the longest silent stand first.
        full_at = max(self._full_at.pop(who, now), now)
        wait = full_at + self._interval - now - self._span
        refused = wait > EPSILON
        # A refusal costs nothing, or who goes on asking would never be let in again.
        self._full_at[who] = full_at if refused else full_at + self._interval
        return wait if refused else 0.0

    def _forget(self, now: float) -> None:
        """Let go of the longest silent: of two for each that comes while their buckets are full,
        and of all that are too many."""
        for _ in range(2):
            oldest = next(iter(self._full_at.items()), None)
            if oldest is None or (oldest[1] > now and len(self._full_at) < self._most):
                return
            self._full_at.popitem(last=False)


class RateLimit:
    """Refuses with 429 who asks too often: by the user id of a valid token, or else by address.

    A valid token is never refused for its address: behind one may stand a whole marketplace.
    """

    def __init__(
        self,
        app: ASGIApp,
        verifier: Verifier,
        per_minute: int,
        burst: int,
        clock: Clock = time.monotonic,
    ) -> None:
        self._app = app
        self._verifier = verifier
        self._clock = clock
        self._buckets = {
            kind: Buckets(per_minute * kind.factor, burst * kind.factor) for kind in Kind
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if is_counted(scope):
            sender = await identity_of(scope, self._verifier)
            wait = self._buckets[sender.kind].take(sender.name, self._clock())
            if wait > 0:
                await drain(receive)
                await _too_often(wait).response()(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _too_often(wait: float) -> Problem:
    seconds = math.ceil(wait)
    detail = f"Too many requests from you in a short time; go on in {seconds} s. Nothing changed."
    return Problem(Code.RATE_LIMITED, detail, headers={"Retry-After": str(seconds)})
