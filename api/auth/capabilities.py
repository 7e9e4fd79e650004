"""What the roles of a token allow, in one table: each endpoint and each page names the capability
that it needs, and nothing names roles but this."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from api.auth.tokens import Authority, Caller
from api.problems import Problem
from domain.vocabulary import Action, Code

USER, MEDIATOR = Authority.USER, Authority.MEDIATOR
OPERATOR, SUPPORT = Authority.OPERATOR, Authority.SUPPORT
FINANCE, PROVIDER = Authority.FINANCE, Authority.PROVIDER


class Capability(StrEnum):
    """Something that a token can allow beyond being a party to one's own orders."""

    TRADE = "trade"
    """Buy and sell."""
    MEDIATE = "mediate"
    SEE_CASES = "see_cases"
    READ_ALL = "read_all"
    """Every order, person, wallet, transfer, endpoint and deed, and the feed of all of it."""
    HAND_OVER = "hand_over"
    """Give a case to a mediator, or back to the queue; be told what operators are told of it."""
    CANCEL_ORDERS = "cancel_orders"
    SET_UP_PEOPLE = "set_up_people"
    RESEND = "resend"
    """Send a message again, or a test."""
    SET_UP_ENDPOINTS = "set_up_endpoints"
    SEE_TRANSFERS = "see_transfers"
    """Those of one's own making; all of them, to who reads everything."""
    CARRY_MONEY = "carry_money"
    """Write down what came in for a wallet, and what is paid out of one."""
    TAKE_BACK = "take_back"
    APPROVE_PAYOUTS = "approve_payouts"
    """Let a large payout go, or not, that somebody else has asked for."""
    TAKE_COMMISSION = "take_commission"
    MOVE_CLOCK = "move_clock"
    ASK_MUCH = "ask_much"
    """As the machine of a marketplace or of a provider does, which speaks for many."""


ROLES: Mapping[Capability, tuple[Authority, ...]] = {
    Capability.TRADE: (USER,),
    Capability.MEDIATE: (MEDIATOR,),
    Capability.SEE_CASES: (MEDIATOR, OPERATOR, SUPPORT, FINANCE),
    Capability.READ_ALL: (OPERATOR, SUPPORT, FINANCE),
    Capability.HAND_OVER: (OPERATOR, SUPPORT),
    Capability.CANCEL_ORDERS: (OPERATOR,),
    Capability.SET_UP_PEOPLE: (OPERATOR, SUPPORT),
    Capability.RESEND: (OPERATOR, SUPPORT),
    Capability.SET_UP_ENDPOINTS: (OPERATOR,),
    Capability.SEE_TRANSFERS: (OPERATOR, SUPPORT, FINANCE, PROVIDER),
    Capability.CARRY_MONEY: (OPERATOR, FINANCE, PROVIDER),
    Capability.TAKE_BACK: (OPERATOR, FINANCE),
    Capability.APPROVE_PAYOUTS: (OPERATOR, FINANCE),
    Capability.TAKE_COMMISSION: (OPERATOR, FINANCE),
    Capability.MOVE_CLOCK: (OPERATOR,),
    Capability.ASK_MUCH: (OPERATOR, PROVIDER),
}
"""Who can what. A token with several roles can what each of them can."""

TO_ORDERS: Mapping[Action, Capability] = {
    Action.CANCEL: Capability.CANCEL_ORDERS,
    Action.ASSIGN: Capability.HAND_OVER,
    Action.RELEASE: Capability.HAND_OVER,
}
"""What somebody needs to do to an order what its rules leave to operators."""


def is_able(roles: Iterable[Authority], capability: Capability) -> bool:
    """Return whether one of these roles gives a capability."""
    return not frozenset(ROLES[capability]).isdisjoint(roles)


def can(caller: Caller, capability: Capability) -> bool:
    """Return whether a caller's token gives them a capability."""
    return is_able(caller.roles, capability)


def demand(caller: Caller, capability: Capability) -> None:
    """Refuse callers without a capability.

    Raises:
        Problem: they do not have it (403); it names the roles that do.
    """
    if not can(caller, capability):
        raise beyond(capability)


def demand_own(caller: Caller, user_id: str, what: str) -> None:
    """Refuse whoever asks for what is another user's, but those who read everything.

    Raises:
        Problem: it is not theirs (403); it names the roles that read everything.
    """
    if caller.id != user_id and not can(caller, Capability.READ_ALL):
        raise beyond(Capability.READ_ALL, f"{what} are another user's.")


def beyond(capability: Capability, why: str = "") -> Problem:
    """Return the problem of who does not have a capability: after the sentence `why`, if there is
    one, it says which roles do."""
    roles = [role.value for role in ROLES[capability]]
    detail = f"This needs the role {' or '.join(roles)}."
    return Problem(Code.FORBIDDEN, f"{why} {detail}".strip(), roles=roles)
