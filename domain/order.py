"""An order as the rules see it: no titles, briefs or messages, only what decides."""

from datetime import timedelta
from typing import Annotated

from pydantic import AwareDatetime, Field

from domain.base import Frozen
from domain.identifiers import StoredIdentifier
from domain.money import MAX_AMOUNT, CurrencyCode
from domain.policy import MOST_LINES, Policy
from domain.vocabulary import (
    CancellationStatus,
    Count,
    LineKind,
    OnExpiry,
    Role,
    Ruling,
    State,
    Window,
)

Price = Annotated[int, Field(ge=1, le=MAX_AMOUNT)]
Sum = Annotated[int, Field(ge=0, le=MAX_AMOUNT * MOST_LINES)]
"""What an order of the most and dearest lines comes to. A document with more is none of ours."""


class Actor(Frozen):
    """Who acts, and as what. A deadline acts with role `deadline` and no id."""

    id: StoredIdentifier | None
    role: Role


DEADLINE_ACTOR = Actor(id=None, role=Role.DEADLINE)


class Line(Frozen):
    """Something that the buyer paid for. `price` in minor units."""

    id: str
    kind: LineKind
    price: Price
    delivery_time: timedelta


class Extra(Frozen):
    """Something that the buyer can still add. `price` in minor units."""

    id: str
    price: Price
    delivery_time: timedelta


class Deadline(Frozen):
    """The instant (UTC) until which somebody may act, and what happens by itself after it.

    `remind_at` is when those who can still act are reminded; None where nobody is, or was already.
    """

    at: AwareDatetime
    waits_for: Role
    reason: Window
    on_expiry: OnExpiry
    remind_at: AwareDatetime | None = None


class Offer(Frozen):
    """A custom offer that the buyer may accept until it lapses. Its words are in the request."""

    id: str
    price: Price
    delivery_time: timedelta
    made_at: AwareDatetime
    lapses_at: AwareDatetime
    remind_at: AwareDatetime | None = None


class CancellationRequest(Frozen):
    """The buyer's wish that the seller cancels. Its words are in the request of this id."""

    id: str
    status: CancellationStatus
    asked_at: AwareDatetime
    answer_by: AwareDatetime
    remind_at: AwareDatetime | None = None


class Settlement(Frozen):
    """A proposed split: `refund` minor units go back to the buyer."""

    id: str
    proposed_by: Actor
    proposed_at: AwareDatetime
    refund: Sum


class Agreement(Frozen):
    """A settlement with both signatures."""

    settlement_id: str
    proposed_by: Actor
    proposed_at: AwareDatetime
    accepted_by: Actor
    accepted_at: AwareDatetime


class Lapse(Frozen):
    """The last deadline that moved the order by itself, and the state that it ended."""

    at: AwareDatetime
    state: State
    reason: Window


class Dispute(Frozen):
    """A case before a mediator. `request_id` leads to its reason, if a person opened it."""

    opened_by: Actor
    opened_at: AwareDatetime
    request_id: str | None
    mediator_id: str | None = None
    taken_at: AwareDatetime | None = None
    """Since when the mediator has the case. None: nobody has it, or it was taken before this was
    kept."""
    closed_at: AwareDatetime | None = None
    ruling: Ruling | None = None


WARNINGS = (timedelta(days=14), timedelta(days=7), timedelta(days=2))
"""How long before the last safe instant operators are warned of it."""


class Holding(Frozen):
    """Until when (UTC) the order's money may be held, and by when the order must have left where it
    stands for that: see `domain.holding`."""

    limit_at: AwareDatetime
    last_safe_at: AwareDatetime
    warn_at: AwareDatetime | None = None
    """When operators are warned next; None where nobody has to be."""
    warned_at: AwareDatetime | None = None
    """The latest warning's instant, of an earlier last safe instant maybe: only what comes after it
    is still to be given."""
    reached: bool = False
    """The limit has passed, and the order went to a person."""


class PaymentHold(Frozen):
    """The payment of the order is disputed by its payer's bank: time stands still (UTC) until the
    provider says how that ended. `evidence_until` is until when the payment can be answered for;
    `amount` is what the bank asks back, in minor units."""

    chargeback_id: str
    amount: Price
    since: AwareDatetime
    evidence_until: AwareDatetime | None = None
    deadline: Deadline | None = None
    """What the order ran under, with the time that it had left at `since`."""


class Outcome(Frozen):
    """The end of an order: its final state, who ended it by what, where the money went, and as what
    it counts in the seller's reputation."""

    kind: State
    by: Role
    cause: str
    counts_as: Count | None = None
    refunded: Sum
    paid_to_seller: Sum
    commission: Sum
    charged_back: Sum | None = Field(default=None, exclude_if=lambda one: one is None)
    """What went to the payer's bank; left out where nothing did, as before there was such an end.
    """


class Order(Frozen):
    """The whole of what decides about an order. Amounts in minor units, instants in UTC."""

    id: str
    state: State
    buyer_id: str
    seller_id: str
    service_id: str
    currency: CurrencyCode
    policy: Policy
    revision_time: timedelta
    revisions_included: int | None = None
    """How many revisions the service includes. None: without limit, as on every order from before
    they were counted."""
    revisions_used: int = 0
    """How many revisions the seller has accepted."""
    lines: tuple[Line, ...]
    extras: tuple[Extra, ...]
    due_at: AwareDatetime | None = None
    deadline: Deadline | None = None
    overdue: bool = False
    """The state's deadline has passed and left the state as it is (late, or answer overdue)."""
    lapse: Lapse | None = None
    offer: Offer | None = None
    lapsed_offer: str | None = None
    """The id of the last offer that was not accepted in time."""
    cancellation_request: CancellationRequest | None = None
    cancellation_refusals: int = 0
    dispute_allowed: bool = False
    """A wish to cancel was refused or left unanswered in this state: a later wish does not take the
    right to open a dispute away."""
    delivered_before: bool = False
    settlements: tuple[Settlement, ...] = ()
    agreement: Agreement | None = None
    holding: Holding | None = None
    """None: there is no limit, or the order has ended."""
    payment_hold: PaymentHold | None = None
    """Frozen: nothing moves money on the order."""
    dispute: Dispute | None = None
    outcome: Outcome | None = None
    version: int
    created_at: AwareDatetime
    updated_at: AwareDatetime
    standing_since: AwareDatetime | None = None
    """Since when it waits for what it waits for (`domain.standing`). None: since its last step."""

    @property
    def total(self) -> int:
        """Return what the buyer has paid so far, in minor units."""
        return sum(line.price for line in self.lines)

    @property
    def delivery_time(self) -> timedelta:
        """Return the delivery time of all lines together."""
        return sum((line.delivery_time for line in self.lines), timedelta())

    @property
    def revisions_left(self) -> int | None:
        """Return how many more revisions the seller would owe; None where there is no limit."""
        if self.revisions_included is None:
            return None
        return max(0, self.revisions_included - self.revisions_used)

    @property
    def is_late(self) -> bool:
        """Return whether the due date passed while the seller still owes the delivery."""
        return self.overdue and self.state is State.IN_PROGRESS

    @property
    def parties(self) -> tuple[str, str]:
        """Return the buyer's and the seller's user ids."""
        return self.buyer_id, self.seller_id
