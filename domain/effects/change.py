"""A change of an order, and how an order enters a state."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.command import Command, Refusal
from domain.deadlines import deadline
from domain.ledger import Posting
from domain.order import Order
from domain.reasons import Reason
from domain.vocabulary import Code, State


@dataclass(frozen=True)
class Change:
    """An order after a rule, and the postings that belong to it."""

    order: Order
    postings: tuple[Posting, ...] = ()


Effect = Callable[[Order, Command, datetime], Change | Refusal]


def enter_state(order: Order, state: State, now: datetime, **changes: Any) -> Order:
    """Return the order in `state`, with that state's deadline running from `now` (UTC).

    A wish to cancel belongs to the work in progress, and a custom offer to an order that is not
    frozen or ended: they close when the order leaves for elsewhere.
    """
    closed: dict[str, Any] = {"overdue": False, "lapse": None}
    if state is not State.IN_PROGRESS:
        closed |= {"cancellation_request": None, "dispute_allowed": False}
    if state is State.DISPUTED or state.is_final:
        closed["offer"] = None
    entered = order.model_copy(update={**closed, "state": state, **changes})
    return entered.model_copy(update={"deadline": deadline(entered, state, now)})


def written(at: datetime) -> str:
    """Write an instant (UTC) as refusals say it, to the second."""
    return f"{at:%Y-%m-%d %H:%M:%S}"


def not_allowed(reason: Reason, **about: object) -> Refusal:
    """Return a refusal of something that the order's state allows in general, but not this."""
    return Refusal(code=Code.ACTION_NOT_ALLOWED, detail=reason.says(**about))


def invalid(field: str, wrong: Reason, **about: object) -> Refusal:
    """Return a refusal of a field that cannot be meant for this order."""
    return Refusal(
        code=Code.INVALID_REQUEST, detail=f"{field}: {wrong.says(**about)}.", field=field
    )
