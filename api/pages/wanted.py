"""What people look for on an order and may not find: it is named, with what comes first."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.order import Order
from domain.reasons import Reason
from domain.vocabulary import Action, LineKind, Role, State
from texts.catalogue import msg
from texts.reader_context import Sentence
from texts.refusals import WORDS


@dataclass(frozen=True)
class Called:
    """How people speak of something that stands on nothing yet."""

    label: str
    says: str


CALLED: dict[Action, Called] = {
    Action.BUY_EXTRA: Called(
        msg("Buy an extra"), msg("More of what the service offers, for its own price.")
    ),
}

ONLY_THE_SELLER = msg(
    "The work is here. %(Seller)s can still cancel, or you propose to share the money."
)
AFTER_A_DISPUTE = msg(
    "The work is here. %(Seller)s can still cancel; a mediator too can give your money back, after"
    " a dispute."
)
FROZEN = msg(
    "The order is frozen, and the mediator decides. You can still agree on sharing the money."
)
REVISION_FIRST = msg(
    "First ask for a revision: if it is refused, or not answered in time, you can open a dispute."
)
ANSWER_FIRST = msg("First %(seller)s has to answer about the revision.")
NOT_YET_LATE = msg("The order is not late. Until it is, you can ask %(seller)s to cancel.")
NOT_YET_LATE_ASKED = msg("The order is not late. Until it is, only %(seller)s can cancel.")
AFTER_ASKING = WORDS[Reason.ASK_TO_CANCEL_FIRST]

STILL_TO_ANSWER = msg(
    "%(Seller)s has until %(answer_by)s to answer your wish to cancel. If they refuse or do not"
    " answer, you can open a dispute."
)
ONCE_ASKED: dict[Sentence | None, Sentence] = {
    NOT_YET_LATE: NOT_YET_LATE_ASKED,
    AFTER_ASKING: STILL_TO_ANSWER,
}
"""What is said instead once the buyer has asked to cancel."""

Wanted = tuple[tuple[Action, Sentence | None], ...]

WANTED: dict[tuple[Role, State], Wanted] = {
    (Role.BUYER, State.IN_PROGRESS): (
        (Action.CANCEL, NOT_YET_LATE),
        (Action.OPEN_DISPUTE, AFTER_ASKING),
        (Action.BUY_EXTRA, None),
    ),
    (Role.BUYER, State.DELIVERED): (
        (Action.REQUEST_REVISION, None),
        (Action.CANCEL, ONLY_THE_SELLER),
        (Action.OPEN_DISPUTE, REVISION_FIRST),
        (Action.BUY_EXTRA, None),
    ),
    (Role.BUYER, State.REVISION_REQUESTED): (
        (Action.OPEN_DISPUTE, None),
        (Action.CANCEL, ONLY_THE_SELLER),
        (Action.BUY_EXTRA, ANSWER_FIRST),
    ),
    (Role.BUYER, State.REVISION_REFUSED): (
        (Action.CANCEL, AFTER_A_DISPUTE),
        (Action.BUY_EXTRA, None),
    ),
    (Role.BUYER, State.DISPUTED): ((Action.CANCEL, FROZEN),),
    (Role.SELLER, State.IN_PROGRESS): ((Action.MAKE_OFFER, None),),
    (Role.SELLER, State.DELIVERED): ((Action.MAKE_OFFER, None),),
    (Role.SELLER, State.REVISION_REFUSED): ((Action.MAKE_OFFER, None),),
    (Role.SELLER, State.DISPUTED): ((Action.CANCEL, FROZEN),),
    (Role.MEDIATOR, State.DISPUTED): ((Action.RESOLVE, None),),
}
"""By role and state; beside each what is said instead of the rule's own reason, where that does not
say what comes first."""


def wanted(order: Order, role: Role) -> Iterator[tuple[Action, Sentence | None]]:
    """Return what somebody in this role would look for on the order."""
    for action, instead in WANTED.get((role, order.state), ()):
        if action is Action.BUY_EXTRA and not _has_had_extras(order):
            continue
        yield action, _first(order, instead)


def _first(order: Order, instead: Sentence | None) -> Sentence | None:
    """Return what comes first. While the payment is disputed nothing else does."""
    if order.payment_hold is not None:
        return WORDS[Reason.PAYMENT_HELD]
    return instead if order.cancellation_request is None else ONCE_ASKED.get(instead, instead)


def _has_had_extras(order: Order) -> bool:
    return bool(order.extras) or any(line.kind is LineKind.EXTRA for line in order.lines)
