"""How often one caller may ask: a bucket of requests for each, which fills up again by itself."""

import math
import time
from collections import OrderedDict
from ipaddress import IPv6Address, ip_address, ip_network

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.access import identified
from api.limits import drain
from api.problems import Problem
from domain.vocabulary import Code
from infra.tokens import Authority, Caller, Verifier

MOST_CALLERS = 100_000
"""How many buckets are kept of one kind. A caller who is forgotten starts with a full one."""

OPERATOR_FACTOR = 10
"""How much more an operator may ask: it is a marketplace's backend, which speaks for many."""

EXEMPT = "/v1/health/"
"""Probes come from the machines that keep this process alive."""

HAIR = 1e-9
"""What arithmetic with seconds may be wrong by."""


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
        """Takes one request out of somebody's bucket; gives the seconds until there is one in it,
        0 where there was."""
        self._forget(now)
        full_at = max(self._full_at.pop(who, now), now)
        wait = full_at + self._interval - now - self._span
        refused = wait > HAIR
        self._full_at[who] = full_at if refused else full_at + self._interval
        return wait if refused else 0.0

    def _forget(self, now: float) -> None:
        """Lets go of the longest silent: of more than come in where their buckets are full, and of
        all that are too many."""
        for _ in range(2):
            oldest = next(iter(self._full_at.items()), None)
            if oldest is None or (oldest[1] > now and len(self._full_at) < self._most):
                return
            self._full_at.popitem(last=False)


class RateLimit:
    """Refuses with 429 who asks too often: by the user id of a valid token, or else by address.

    A valid token is never refused for its address: behind one may stand a whole marketplace.
    """

    def __init__(self, app: ASGIApp, verifier: Verifier, per_minute: int, burst: int) -> None:
        self._app = app
        self._verifier = verifier
        self._users = Buckets(per_minute, burst)
        self._operators = Buckets(per_minute * OPERATOR_FACTOR, burst * OPERATOR_FACTOR)
        self._addresses = Buckets(per_minute, burst)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith(EXEMPT):
            wait = await self._wait(scope)
            if wait > 0:
                await drain(receive)
                await _too_often(wait).response()(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _wait(self, scope: Scope) -> float:
        caller = await identified(Headers(scope=scope), self._verifier)
        scope.setdefault("state", {})["identity"] = caller
        now = time.monotonic()
        if not isinstance(caller, Caller):
            return self._addresses.take(address(scope), now)
        is_operator = Authority.OPERATOR in caller.roles
        return (self._operators if is_operator else self._users).take(caller.id, now)


def address(scope: Scope) -> str:
    """The client's address; of IPv6 the network that one customer has, within which they choose."""
    host: str = (scope.get("client") or ("", 0))[0]
    try:
        found = ip_address(host)
    except ValueError:
        return host
    if not isinstance(found, IPv6Address):
        return host
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ip_network((int(found), 64), strict=False))


def _too_often(wait: float) -> Problem:
    seconds = math.ceil(wait)
    detail = f"Too many requests from you in a short time; go on in {seconds} s. Nothing changed."
    return Problem(Code.RATE_LIMITED, detail, headers={"Retry-After": str(seconds)})
