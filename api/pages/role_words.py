"""What the roles of a token are called on pages, and what is left to whom."""

from collections.abc import Iterable

from api.auth.capabilities import ROLES, Capability
from api.auth.tokens import Authority
from texts.catalogue import msg
from texts.formatter import Formatter

CALLED: dict[Authority, str] = {
    Authority.USER: msg("buyer and seller"),
    Authority.MEDIATOR: msg("mediator"),
    Authority.OPERATOR: msg("operator"),
    Authority.SUPPORT: msg("support"),
    Authority.FINANCE: msg("finance"),
    Authority.PROVIDER: msg("payment provider"),
}
LEFT_TO: dict[Capability, str] = {
    Capability.HAND_OVER: msg("Handing a case over is left to: %(roles)s."),
    Capability.CANCEL_ORDERS: msg("Cancelling an order is left to: %(roles)s."),
    Capability.RESEND: msg("Sending again is left to: %(roles)s."),
    Capability.CARRY_MONEY: msg("Paying in and out is left to: %(roles)s."),
    Capability.TAKE_BACK: msg("Taking a transfer back is left to: %(roles)s."),
    Capability.APPROVE_PAYOUTS: msg("Approving a payout is left to: %(roles)s."),
    Capability.MOVE_CLOCK: msg("Moving the clock is left to: %(roles)s."),
}
"""Said to who sees a page and not its button."""


def called(roles: Iterable[str], formatter: Formatter) -> str:
    """Return what roles are called, one behind the other; one that is not known by its name."""
    known = {role.value: words for role, words in CALLED.items()}
    return ", ".join(formatter.say(known[role]) if role in known else role for role in roles)


def left_to(capability: Capability, formatter: Formatter) -> str:
    """Return to whom something is left."""
    roles = called(ROLES[capability], formatter)
    return formatter.say(LEFT_TO[capability], {"roles": roles})
