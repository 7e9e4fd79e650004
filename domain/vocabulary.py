"""The words of the order process: states, roles, actions, deadlines."""

from enum import StrEnum
from typing import Literal


class State(StrEnum):
    """Where an order stands. The last three are final: nothing moves money after them."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    DELIVERED = "delivered"
    REVISION_REQUESTED = "revision_requested"
    REVISION_REFUSED = "revision_refused"
    DISPUTED = "disputed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    SETTLED = "settled"

    @property
    def is_final(self) -> bool:
        """Return whether an order in this state has ended."""
        return self in FINAL_STATES


FINAL_STATES = (State.COMPLETED, State.CANCELLED, State.SETTLED)
OPEN_STATES = tuple(state for state in State if state not in FINAL_STATES)


class Role(StrEnum):
    """In what capacity somebody acts on an order."""

    BUYER = "buyer"
    SELLER = "seller"
    MEDIATOR = "mediator"
    OPERATOR = "operator"
    DEADLINE = "deadline"
    """Nobody: an instant passed. Its actor has no id."""
    PROVIDER = "provider"
    """The payment provider, by what it says of the order's payment. Its actor's id is its name."""


class Action(StrEnum):
    """What people may do to an order."""

    ACCEPT = "accept"
    DELIVER = "deliver"
    REQUEST_REVISION = "request_revision"
    ACCEPT_REVISION = "accept_revision"
    REFUSE_REVISION = "refuse_revision"
    COMPLETE = "complete"
    OPEN_DISPUTE = "open_dispute"
    BUY_EXTRA = "buy_extra"
    REQUEST_OFFER = "request_offer"
    MAKE_OFFER = "make_offer"
    WITHDRAW_OFFER = "withdraw_offer"
    DECLINE_OFFER = "decline_offer"
    ACCEPT_OFFER = "accept_offer"
    REQUEST_CANCELLATION = "request_cancellation"
    REFUSE_CANCELLATION = "refuse_cancellation"
    CANCEL = "cancel"
    PROPOSE_SETTLEMENT = "propose_settlement"
    WITHDRAW_SETTLEMENT = "withdraw_settlement"
    ACCEPT_SETTLEMENT = "accept_settlement"
    ASSIGN = "assign"
    RELEASE = "release"
    ADD_STATEMENT = "add_statement"
    RESOLVE = "resolve"


class ProviderAct(StrEnum):
    """What the payment provider brings about on an order. Nobody can ask for it: it has no address
    in the API and no button."""

    PAYMENT_DISPUTED = "payment_disputed"
    PAYMENT_DISPUTE_WON = "payment_dispute_won"
    PAYMENT_DISPUTE_LOST = "payment_dispute_lost"


Act = Action | ProviderAct


def act_named(name: str) -> Act:
    """Return the act of this name.

    Raises:
        ValueError: there is none.
    """
    return ProviderAct(name) if name in list(ProviderAct) else Action(name)


class TimerEffect(StrEnum):
    """What an order does by itself when an instant passes."""

    COMPLETE = "complete"
    CANCEL = "cancel"
    OPEN_DISPUTE = "open_dispute"
    LATE = "late"
    DISPUTE_ALLOWED = "dispute_allowed"
    ESCALATE = "escalate"
    REMIND = "remind"
    LAPSE_OFFER = "lapse_offer"
    LEAVE_CANCELLATION_UNANSWERED = "leave_cancellation_unanswered"


OnExpiry = Literal[
    TimerEffect.COMPLETE,
    TimerEffect.CANCEL,
    TimerEffect.OPEN_DISPUTE,
    TimerEffect.LATE,
    TimerEffect.DISPUTE_ALLOWED,
    TimerEffect.ESCALATE,
]
"""What the deadline of an order's state may do; the others belong to offers, wishes, reminders."""


class CancellationStatus(StrEnum):
    """Where a request to cancel stands. The last two let the buyer open a dispute."""

    ASKED = "asked"
    REFUSED = "refused"
    UNANSWERED = "unanswered"


class Window(StrEnum):
    """Why a deadline runs."""

    ACCEPTANCE = "acceptance"
    DELIVERY = "delivery"
    REVIEW = "review"
    REVISION_ANSWER = "revision_answer"
    DECISION = "decision"
    ASSIGNMENT = "assignment"
    RULING = "ruling"
    CANCELLATION_ANSWER = "cancellation_answer"
    OFFER = "offer"
    HOLDING = "holding"
    """The payment provider's limit for holding the order's money: see `domain.holding`."""


class LineKind(StrEnum):
    """What a line of an order was bought as."""

    SERVICE = "service"
    EXTRA = "extra"
    OFFER = "offer"


class Ground(StrEnum):
    """On what ground a seller refuses a revision."""

    VAGUE = "vague"
    NOT_INCLUDED = "not_included"
    OUT_OF_SCOPE = "out_of_scope"
    OTHER = "other"


class Ruling(StrEnum):
    """How a mediator ends a dispute."""

    REFUND = "refund"
    PAY_SELLER = "pay_seller"
    SPLIT = "split"
    RESTART = "restart"


class Count(StrEnum):
    """As what an ended order counts in its seller's reputation."""

    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Code(StrEnum):
    """Why something was refused; the `code` of a problem document."""

    UNAUTHENTICATED = "unauthenticated"
    INSUFFICIENT_FUNDS = "insufficient-funds"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not-found"
    METHOD_NOT_ALLOWED = "method-not-allowed"
    ACTION_NOT_ALLOWED = "action-not-allowed"
    DEADLINE_PASSED = "deadline-passed"
    VERSION_MISMATCH = "version-mismatch"
    SERVICE_ARCHIVED = "service-archived"
    EXTERNAL_ID_TAKEN = "external-id-taken"
    NOT_REVERSIBLE = "not-reversible"
    UNREADABLE = "unreadable"
    PAYLOAD_TOO_LARGE = "payload-too-large"
    UNSUPPORTED_ENCODING = "unsupported-encoding"
    INVALID_REQUEST = "invalid-request"
    IDEMPOTENCY_KEY_REUSED = "idempotency-key-reused"
    IDEMPOTENCY_KEY_REQUIRED = "idempotency-key-required"
    RATE_LIMITED = "rate-limited"
    NO_PROVIDER = "no-payment-provider"
    PROVIDER_REFUSED = "provider-refused"
    NOT_GENUINE = "not-genuine"
    PAYOUT_ACCOUNT_NOT_READY = "payout-account-not-ready"
    PAYOUT_NOT_ALLOWED = "payout-not-allowed"
    UNAVAILABLE = "unavailable"


def known_code(name: str) -> Code:
    """Return a code. One that only a newer release has is that of what cannot be done as things
    stand: the words beside it say why."""
    return Code(name) if name in list(Code) else Code.ACTION_NOT_ALLOWED
