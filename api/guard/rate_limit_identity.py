"""Who sends a request, as far as limits for one caller go."""

from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv6Address, ip_address, ip_network

from starlette.datastructures import Headers
from starlette.types import Scope
from structlog.contextvars import bind_contextvars

from api.auth.caller import identified
from api.auth.capabilities import Capability, can
from api.auth.tokens import Caller, Verifier

MACHINE_FACTOR = 10
"""How much more a machine may ask: a marketplace's backend, say, which speaks for many."""

EXEMPT = "/v1/health/"
"""Probes come from the machines that keep this process alive."""


class Kind(Enum):
    """The ways in which a sender is known."""

    USER = "user"
    MACHINE = "machine"
    ADDRESS = "address"

    @property
    def factor(self) -> int:
        """Return how many times the limit of a user such a sender has."""
        return MACHINE_FACTOR if self is Kind.MACHINE else 1


@dataclass(frozen=True)
class RateLimitIdentity:
    """The user of a valid token, or else an address: behind one may stand a whole marketplace."""

    kind: Kind
    name: str


def is_counted(scope: Scope) -> bool:
    """Return whether limits for one caller concern what is asked for."""
    return scope["type"] == "http" and not scope["path"].startswith(EXEMPT)


async def identity_of(scope: Scope, verifier: Verifier) -> RateLimitIdentity:
    """Return who sends a request. The token is looked at once for all who ask this."""
    state = scope.setdefault("state", {})
    if "identity" not in state:
        state["identity"] = await identified(Headers(scope=scope), verifier)
    caller = state["identity"]
    if not isinstance(caller, Caller):
        return RateLimitIdentity(Kind.ADDRESS, address(scope))
    bind_contextvars(caller=caller.id)
    is_machine = can(caller, Capability.ASK_MUCH)
    return RateLimitIdentity(Kind.MACHINE if is_machine else Kind.USER, caller.id)


def address(scope: Scope) -> str:
    """Return the client's address; of IPv6 the /64, within which one customer may choose."""
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
