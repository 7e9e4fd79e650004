"""Payments that wait for a provider which is not connected, as operators are told of them."""

from collections.abc import Iterable

from db.pay_ins import PayIn
from db.payouts import Payout
from domain.payments import PayInState, PayoutState

UNDER_WAY = (PayInState.OPEN, PayoutState.REQUESTED, PayoutState.PENDING)


def waits_in_vain_for(payments: Iterable[PayIn | Payout], connected: str) -> str:
    """Return the first provider for which one of these payments waits and which is not the one that
    is `connected`; nothing where there is none."""
    waiting = (one.provider for one in payments if _is_under_way(one) and one.provider != connected)
    return next(waiting, "")


def _is_under_way(one: PayIn | Payout) -> bool:
    if isinstance(one, PayIn) and one.state is PayInState.PAID:
        return one.has_wish  # its order is not placed yet
    return one.state in UNDER_WAY
