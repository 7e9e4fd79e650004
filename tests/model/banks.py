"""What becomes of the model when a payer's bank asks for a payment back."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from tests.model.debts import owes
from tests.model.effects import close
from tests.model.reference import End, Hold, Reference, Wallets

EURO = "EUR"
WAITS = "waits"
"""What has to come of it is not known before the end of another dispute."""
Between = tuple[datetime, datetime]
"""The instants between which something happened."""


@dataclass(frozen=True)
class Said:
    """The provider says that a dispute of a payment is `opened`, `won` or `lost`."""

    kind: str
    dispute: str
    cents: int
    currency: str = EURO


@dataclass
class Payment:
    """Money that somebody paid in, perhaps together with an order, and what was said of it: by
    dispute, what was believed last."""

    id: str
    who: str
    cents: int
    order: Reference | None = None
    disputes: dict[str, Said] = field(default_factory=dict)

    @property
    def running(self) -> Reference | None:
        """The order that it paid for, while that runs."""
        return None if self.order is None or self.order.ended else self.order


def judge(payment: Payment, said: Said) -> str:
    """What has to come of it."""
    known = payment.disputes.get(said.dispute)
    if known is None:
        return _of_another(payment, said)
    if (known.cents, known.currency) != (said.cents, said.currency):
        return "differs"
    if said.kind in ("opened", known.kind):
        return "nothing_new"
    return "applied" if known.kind == "opened" else "differs"


def _of_another(payment: Payment, said: Said) -> str:
    if said.currency != EURO or said.cents > payment.cents:
        return "differs"
    kinds = {one.kind for one in payment.disputes.values()}
    if "lost" in kinds:
        return "theirs_only"
    return WAITS if "opened" in kinds else "applied"


def believe(payment: Payment, said: Said, wallets: Wallets, between: Between) -> None:
    """What follows from something that is new."""
    payment.disputes[said.dispute] = said
    order = payment.running
    if said.kind == "lost":
        _lose(payment, said.cents, wallets)
    elif said.kind == "opened" and order is not None:
        order.hold = Hold(said.cents, between, order.deadline)
        order.deadline = None
    elif order is not None and order.hold is not None:
        _go_on(order, order.hold, between)


def kept_back(payments: Iterable[Payment], who: str) -> int:
    """What of somebody's wallet is not paid out, since they would owe it if each dispute that is
    open were lost."""
    return sum(
        _owed(payment, one.cents).get(who, 0)
        for payment in payments
        for one in payment.disputes.values()
        if one.kind == "opened"
    )


def _lose(payment: Payment, cents: int, wallets: Wallets) -> None:
    """Escrow pays as far as it goes; after the end, who has the money owes it."""
    order, owed = payment.order, _owed(payment, cents)
    if order is not None and order.end is None:
        gone = min(cents, order.total)
        left = order.total - gone
        close(order, End("cancelled", "provider", "payment_dispute_lost", left, 0, 0, gone))
    for who, part in owed.items():
        owes(wallets, who, part)


def _owed(payment: Payment, cents: int) -> dict[str, int]:
    """Who would owe what of so much that a bank takes back."""
    order = payment.order
    if order is None:
        return {payment.who: cents}
    if order.end is None:
        return {"buyer": max(0, cents - order.total)}
    never_in_it = max(0, payment.cents - order.total)
    buyers = min(cents, order.end.refunded + never_in_it)
    return {"buyer": buyers, "seller": cents - buyers}


def _go_on(order: Reference, hold: Hold, between: Between) -> None:
    """Every deadline has the time that it had left."""
    order.hold = None
    at_least, at_most = between[0] - hold.since[1], between[1] - hold.since[0]
    if hold.deadline is not None:
        order.deadline = hold.deadline + at_least
        if order.state == "in_progress":
            order.due_at = order.deadline
    if order.offer is not None:
        order.offer.lapses_at += at_least
    wish = order.cancellation_request
    if wish is not None and wish.status == "asked":
        wish.answer_by += at_least
    order.slack += at_most - at_least
