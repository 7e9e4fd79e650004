"""What happens to the orders of a village: a hundred lives, in the proportions of a marketplace."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from domain.actions import (
    Accept,
    AcceptRevision,
    AcceptSettlement,
    Assign,
    BuyExtra,
    Cancel,
    Complete,
    Deliver,
    Fields,
    OpenDispute,
    PositiveMoney,
    ProposeSettlement,
    RefuseRevision,
    RequestCancellation,
    RequestRevision,
    Resolve,
)
from domain.vocabulary import Action, Ground, Role, Ruling

ORDERS: Final = 100
"""Orders of a village."""

FROM_BEFORE: Final = "from before"
"""Stands for the id that an action names: of the request before it, or of an extra of the order."""


@dataclass(frozen=True)
class Act:
    """An action, who does it, and what is said with it."""

    action: Action
    role: Role
    fields: Fields


def _act(action: Action, role: Role, fields: Fields) -> Act:
    return Act(action, role, fields)


_BY_BUYER, _BY_SELLER = Role.BUYER, Role.SELLER
ACCEPT = _act(Action.ACCEPT, _BY_SELLER, Accept())
DELIVER = _act(
    Action.DELIVER,
    _BY_SELLER,
    Deliver(
        message="Here it is, in three sizes and with the sources.",
        links=("https://files.example/logo.zip",),
    ),
)
COMPLETE = _act(Action.COMPLETE, _BY_BUYER, Complete())
REVISE = _act(Action.REQUEST_REVISION, _BY_BUYER, RequestRevision(reason="A little bluer, please."))
AGREE = _act(Action.ACCEPT_REVISION, _BY_SELLER, AcceptRevision())
REFUSE = _act(
    Action.REFUSE_REVISION,
    _BY_SELLER,
    RefuseRevision(ground=Ground.VAGUE, reason="How blue is a little bluer?"),
)
DISPUTE = _act(Action.OPEN_DISPUTE, _BY_BUYER, OpenDispute(reason="It is not what I asked for."))
TAKE = _act(Action.ASSIGN, Role.MEDIATOR, Assign())
BUY = _act(Action.BUY_EXTRA, _BY_BUYER, BuyExtra(extra_id=FROM_BEFORE))
BUYER_CANCELS = _act(Action.CANCEL, _BY_BUYER, Cancel(reason="I no longer need it."))
SELLER_CANCELS = _act(Action.CANCEL, _BY_SELLER, Cancel(reason="I cannot do it in time."))
WISH = _act(
    Action.REQUEST_CANCELLATION, _BY_BUYER, RequestCancellation(reason="I no longer need it.")
)
OFFER_HALF = _act(
    Action.PROPOSE_SETTLEMENT,
    _BY_BUYER,
    ProposeSettlement(refund=PositiveMoney(amount=1_000, currency="EUR"), reason="Half of it."),
)
SHARE = _act(Action.ACCEPT_SETTLEMENT, _BY_SELLER, AcceptSettlement(settlement_id=FROM_BEFORE))
RULE = _act(
    Action.RESOLVE, Role.MEDIATOR, Resolve(outcome=Ruling.REFUND, reasons="The brief says blue.")
)

_REFUSED = (ACCEPT, DELIVER, REVISE, REFUSE)
ENDED: Final[Sequence[tuple[int, Sequence[Act]]]] = (
    (50, (ACCEPT, DELIVER, COMPLETE)),
    (18, (ACCEPT, DELIVER, REVISE, AGREE, DELIVER, COMPLETE)),
    (6, (*_REFUSED, COMPLETE)),
    (6, (ACCEPT, BUY, DELIVER, COMPLETE)),
    (8, (BUYER_CANCELS,)),
    (6, (ACCEPT, SELLER_CANCELS)),
    (3, (ACCEPT, DELIVER, OFFER_HALF, SHARE)),
    (3, (*_REFUSED, DISPUTE, TAKE, RULE)),
)
"""How many orders of a village end so."""

OPEN: Final[Sequence[tuple[int, Sequence[Act]]]] = (
    (15, ()),
    (30, (ACCEPT,)),
    (25, (ACCEPT, DELIVER)),
    (8, (ACCEPT, DELIVER, REVISE)),
    (7, _REFUSED),
    (5, (*_REFUSED, DISPUTE)),
    (5, (*_REFUSED, DISPUTE, TAKE)),
    (5, (ACCEPT, WISH)),
)
"""How many orders of a village stand so."""

PRICE: Final = 2_000
EXTRA_PRICE: Final = 500
DAYS_OF_WORK: Final = timedelta(days=3)


def lives(of: Sequence[tuple[int, Sequence[Act]]]) -> Iterator[Sequence[Act]]:
    """Yield the life of each order of a village."""
    for number, life in of:
        yield from [life] * number
