"""One order, written by hand in every state it can be in, and the people around it.

The orders are not made by the rules that they are used to test. 20.00 EUR, three days.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.ledger import Account, AccountKind
from domain.order import (
    DEADLINE_ACTOR,
    Actor,
    CancellationRequest,
    Deadline,
    Dispute,
    Extra,
    Lapse,
    Line,
    Offer,
    Order,
    Outcome,
    Settlement,
)
from domain.policy import Policy
from domain.timers import Timer, first_expired
from domain.vocabulary import (
    CancellationStatus,
    LineKind,
    OnExpiry,
    Role,
    State,
    TimerEffect,
    Window,
)

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SOON = NOW + timedelta(hours=1)
MICROSECOND = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

BUYER = Actor(id="bea", role=Role.BUYER)
SELLER = Actor(id="sam", role=Role.SELLER)
MEDIATOR = Actor(id="mona", role=Role.MEDIATOR)
OTHER_MEDIATOR = Actor(id="milo", role=Role.MEDIATOR)
OPERATOR = Actor(id="olga", role=Role.OPERATOR)

MakeOrder = Callable[..., Order]

POLICY = Policy(ruling_window=7 * DAY)
SERVICE = Line(id="logo", kind=LineKind.SERVICE, price=2000, delivery_time=3 * DAY)
EXPRESS = Extra(id="express", price=500, delivery_time=DAY)
SOURCES = Extra(id="sources", price=1000, delivery_time=2 * DAY)

BUYERS_WALLET = Account(kind=AccountKind.WALLET, owner="bea")
SELLERS_WALLET = Account(kind=AccountKind.WALLET, owner="sam")
ESCROW = Account(kind=AccountKind.ESCROW, owner="o1")
COMMISSION = Account(kind=AccountKind.COMMISSION, owner="platform")


def runs_out(order: Order) -> datetime | None:
    """When the order's deadline is."""
    return order.deadline.at if order.deadline else None


def until(
    at: datetime,
    waits_for: Role,
    reason: Window,
    on_expiry: OnExpiry,
    remind_at: datetime | None = None,
) -> Deadline:
    """A deadline; without an instant for it, the reminder has gone out already."""
    return Deadline(
        at=at, waits_for=waits_for, reason=reason, on_expiry=on_expiry, remind_at=remind_at
    )


def timer(order: Order, instant: datetime = NOW + 9_000 * DAY) -> Timer:
    """What passes first on the order, if nothing happens before that instant."""
    found = first_expired(order, instant)
    assert found is not None
    return found


def order(state: State = State.PENDING, **changes: Any) -> Order:
    """The order of 20.00 EUR, version 7, with an hour left to its deadline."""
    values: dict[str, Any] = {
        "id": "o1",
        "state": state,
        "buyer_id": "bea",
        "seller_id": "sam",
        "service_id": "logo",
        "currency": "EUR",
        "policy": POLICY,
        "revision_time": 2 * DAY,
        "lines": (SERVICE,),
        "extras": (EXPRESS, SOURCES),
        "version": 7,
        "created_at": NOW - 9 * DAY,
        "updated_at": NOW - DAY,
        "standing_since": NOW - DAY,
    }
    return Order(**{**values, **changes})


def pending(**changes: Any) -> Order:
    """Paid into escrow; the seller has an hour left to accept."""
    runs = until(SOON, Role.SELLER, Window.ACCEPTANCE, TimerEffect.CANCEL)
    return order(**{"state": State.PENDING, "deadline": runs, **changes})


def in_progress(**changes: Any) -> Order:
    """The seller has an hour left to deliver."""
    runs = until(SOON, Role.SELLER, Window.DELIVERY, TimerEffect.LATE)
    return order(**{"state": State.IN_PROGRESS, "due_at": SOON, "deadline": runs, **changes})


def late(**changes: Any) -> Order:
    """Due an hour ago, and not delivered."""
    return in_progress(**{"due_at": NOW - HOUR, "deadline": None, "overdue": True, **changes})


def delivered(**changes: Any) -> Order:
    """The buyer has an hour left to check."""
    runs = until(SOON, Role.BUYER, Window.REVIEW, TimerEffect.COMPLETE)
    was_due = NOW - DAY
    return order(**{"state": State.DELIVERED, "due_at": was_due, "deadline": runs, **changes})


def revision_requested(**changes: Any) -> Order:
    """The seller has an hour left to answer."""
    runs = until(SOON, Role.SELLER, Window.REVISION_ANSWER, TimerEffect.DISPUTE_ALLOWED)
    return delivered(**{"state": State.REVISION_REQUESTED, "deadline": runs, **changes})


def answer_overdue(**changes: Any) -> Order:
    """The seller has let the time to answer pass."""
    return revision_requested(**{"deadline": None, "overdue": True, **changes})


def revision_refused(**changes: Any) -> Order:
    """The buyer has an hour left to decide."""
    runs = until(SOON, Role.BUYER, Window.DECISION, TimerEffect.COMPLETE)
    return delivered(**{"state": State.REVISION_REFUSED, "deadline": runs, **changes})


def offer(**changes: Any) -> Offer:
    """A custom offer of 7.00 EUR for two days more; an hour is left to accept it."""
    made: dict[str, Any] = {
        "id": "offer-1",
        "price": 700,
        "delivery_time": 2 * DAY,
        "made_at": NOW - DAY,
        "lapses_at": SOON,
    }
    return Offer(**{**made, **changes})


def wish_to_cancel(
    status: CancellationStatus = CancellationStatus.ASKED, **changes: Any
) -> CancellationRequest:
    """The buyer asked to cancel a day ago; an hour is left to answer it, or was."""
    asked: dict[str, Any] = {
        "id": "wish-1",
        "status": status,
        "asked_at": NOW - DAY,
        "answer_by": SOON,
    }
    return CancellationRequest(**{**asked, **changes})


def asked_to_cancel(status: CancellationStatus = CancellationStatus.ASKED, **changes: Any) -> Order:
    """In progress, with a wish to cancel; two days are left to deliver."""
    due = NOW + 2 * DAY
    runs = until(due, Role.SELLER, Window.DELIVERY, TimerEffect.LATE)
    return in_progress(
        **{
            "due_at": due,
            "deadline": runs,
            "cancellation_request": wish_to_cancel(status),
            **changes,
        }
    )


def proposal(by: Actor, refund: int = 500) -> Settlement:
    """A proposal of the buyer's or the seller's, `by-buyer` or `by-seller`."""
    return Settlement(id=f"by-{by.role}", proposed_by=by, proposed_at=NOW - DAY, refund=refund)


BUYERS_PROPOSAL = proposal(BUYER, 1500)
SELLERS_PROPOSAL = proposal(SELLER, 500)


def dispute(**changes: Any) -> Dispute:
    """A case that the buyer opened and nobody has taken."""
    opened: dict[str, Any] = {"opened_by": BUYER, "opened_at": NOW, "request_id": "request-0"}
    return Dispute(**{**opened, **changes})


def disputed(mediator_id: str | None = None, **changes: Any) -> Order:
    """Before a mediator, who should rule within the hour, or waiting for one within the hour."""
    window = Window.RULING if mediator_id else Window.ASSIGNMENT
    runs = until(SOON, Role.MEDIATOR, window, TimerEffect.ESCALATE)
    return delivered(
        **{
            "state": State.DISPUTED,
            "dispute": dispute(mediator_id=mediator_id, taken_at=NOW if mediator_id else None),
            "deadline": runs,
            **changes,
        }
    )


def taken_before_targets(mediator_id: str = "mona") -> Order:
    """Before a mediator, and placed before there was a target for rulings: no deadline runs."""
    return disputed(mediator_id, policy=Policy(), deadline=None)


def ended(kind: State, refunded: int, **changes: Any) -> Order:
    """Ended with that many cents back to the buyer, at 20 % commission."""
    rest = 2000 - refunded
    outcome = Outcome(
        kind=kind,
        by=Role.BUYER,
        cause="complete",
        refunded=refunded,
        paid_to_seller=rest - rest // 5,
        commission=rest // 5,
    )
    return delivered(
        **{"state": kind, "deadline": None, "extras": (), "outcome": outcome, **changes}
    )


def lapse(state: State, reason: Window) -> Lapse:
    """What is remembered of a deadline that moved the order an hour ago."""
    return Lapse(at=NOW - HOUR, state=state, reason=reason)


SITUATIONS: dict[str, Order] = {
    "pending": pending(),
    "in_progress": in_progress(),
    "late": late(),
    "delivered": delivered(),
    "revision_requested": revision_requested(),
    "answer_overdue": answer_overdue(),
    "revision_refused": revision_refused(),
    "disputed_free": disputed(),
    "disputed_monas": disputed("mona"),
    "disputed_milos": disputed("milo"),
    "completed": ended(State.COMPLETED, 0),
    "cancelled": ended(State.CANCELLED, 2000),
    "settled": ended(State.SETTLED, 500),
    "acceptance_lapsed": ended(
        State.CANCELLED, 2000, lapse=lapse(State.PENDING, Window.ACCEPTANCE)
    ),
    "review_lapsed": ended(State.COMPLETED, 0, lapse=lapse(State.DELIVERED, Window.REVIEW)),
    "decision_lapsed": ended(
        State.COMPLETED, 0, lapse=lapse(State.REVISION_REFUSED, Window.DECISION)
    ),
    "dispute_by_lapse": disputed(
        dispute=dispute(opened_by=DEADLINE_ACTOR, request_id=None),
        lapse=lapse(State.REVISION_REFUSED, Window.DECISION),
    ),
}
"""Every state, with every flag that decides something. "lapsed": silence brought the order here."""
