"""The windows, the commission and the rules of silence that an order is placed under."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from domain.base import Frozen
from domain.duration import Duration
from domain.money import BASIS_POINTS
from domain.vocabulary import TimerEffect

MOST_LINES = 100
"""Lines of an order: at the largest price each, the total is what one transfer of the ledger holds,
and with the longest delivery time each it is due within a century."""

CommissionBps = Annotated[int, Field(ge=0, le=BASIS_POINTS)]
DecisionExpiry = Literal[TimerEffect.COMPLETE, TimerEffect.OPEN_DISPUTE]


class Policy(Frozen):
    """Frozen into each order when it is placed; a later change of settings never touches it."""

    acceptance_window: Duration = timedelta(hours=48)
    review_window: Duration = timedelta(days=7)
    revision_answer_window: Duration = timedelta(hours=48)
    decision_window: Duration = timedelta(days=7)
    assignment_window: Duration = timedelta(hours=48)
    ruling_window: Duration | None = None
    """How long who has a case should take to rule. None: the order was placed before there was such
    a target, and its cases run under no deadline once they are taken."""
    cancellation_answer_window: Duration = timedelta(hours=48)
    offer_window: Duration = timedelta(days=7)
    commission_bps: CommissionBps = 2000
    decision_expiry: DecisionExpiry = TimerEffect.COMPLETE
    clearing_window: Duration | None = Field(default=None, exclude_if=lambda one: one is None)
    """How long after the end of the order what its seller has earned cannot be paid out through the
    payment provider. None: at once; left out of the document then, as before there was such a
    window."""
    recovery_bps: CommissionBps | None = Field(default=None, exclude_if=lambda one: one is None)
    """How much of what the seller earns with the order first pays what they owe, in basis points.
    None: half, as the database has it (`recover_from_order`); left out of the document then."""
    holding_limit: Duration | None = None
    """How long after it was placed the payment provider holds an order's money. None: without end,
    as on every order from before there was a limit."""
    most_lines: int | None = None
    """How many lines an order may come to have. None: it was placed before there was a limit."""
