"""When a second person has to approve a payout: one that is large, or one of several that together
are."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.payments import PayoutState

SEEN_TOGETHER = timedelta(hours=24)
"""What somebody asks for within so long is looked at as one payout: banks in the United States add
cash up so "during any one business day" (31 CFR 1010.313(b)). Here a day begins at any time: where
it ends at midnight, two of them fit into an hour."""

LET_GO = (PayoutState.PENDING, PayoutState.PAID)
"""Where a payout is that has left the wallet and waits for nobody. What waits for approval, or is
in the wallet again, is not there."""


@dataclass(frozen=True)
class Unapproved:
    """What somebody asked for in one currency within `SEEN_TOGETHER`, has not got back, and nobody
    approved: so many minor units in so many payouts, one or more, the first asked for at `since`.
    """

    amount: int
    count: int
    since: datetime


@dataclass(frozen=True)
class NeededApproval:
    """Why a second person has to approve a payout: it is more than so many minor units, together
    with `others`, or by itself."""

    above: int
    others: Unapproved | None


def needed_approval(
    amount: int, others: Unapproved | None, above: int | None
) -> NeededApproval | None:
    """Return why a second person has to approve a payout of so many minor units beside what went
    unapproved lately; None where nobody has to, as always without an amount `above` which they
    have to."""
    together = amount + (others.amount if others else 0)
    if above is None or together <= above:
        return None
    return NeededApproval(above, others if amount <= above else None)
