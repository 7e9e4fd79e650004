"""A small model of one order and its money. It knows nothing of the product but its promises."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.contract import FINAL, MAY, MAY_END, Json

Verdict = tuple[int, str]
"""A status and, for a refusal, its code."""

MEDIATORS = {"mediator": "the-mediator", "colleague": "another-mediator"}
"""By what they do here, the ids of those who may have a case."""

DONE: Verdict = (200, "")
WRITTEN: Verdict = (201, "")
UNKNOWN: Verdict = (404, "not-found")
FORBIDDEN: Verdict = (403, "forbidden")
NOT_NOW: Verdict = (409, "action-not-allowed")
TOO_LATE: Verdict = (409, "deadline-passed")
INVALID: Verdict = (422, "invalid-request")
TOO_DEAR: Verdict = (402, "insufficient-funds")


WRITING_AFTER_THE_END = timedelta(days=30)


@dataclass(frozen=True)
class Item:
    """Something that can be bought: cents, and the time that it takes."""

    price: int
    time: timedelta


@dataclass
class Offer:
    """The seller's open offer."""

    id: str
    item: Item
    lapses_at: datetime


@dataclass
class CancellationRequest:
    """The buyer's wish to cancel: asked, refused or unanswered."""

    answer_by: datetime
    status: str = "asked"


@dataclass
class Wallets:
    """Cents in the wallets of the two, and what the marketplace has earned from them."""

    buyer: int
    seller: int = 0
    commission: int = 0
    owed: dict[str, int] = field(default_factory=lambda: {"buyer": 0, "seller": 0})
    """What each owes for payments that banks took back."""


@dataclass
class End:
    """How the order ended and where its money went."""

    kind: str
    by: str
    cause: str
    refunded: int
    paid: int
    commission: int
    charged_back: int = 0


@dataclass
class Hold:
    """A bank asks for so many cents of the order's payment: since when, which is known to lie
    between two instants, and what the order ran under until then."""

    cents: int
    since: tuple[datetime, datetime]
    deadline: datetime | None


@dataclass
class Reference:
    """An order as it has to be."""

    wallets: Wallets
    strict: bool
    """Whether a dispute opens where a buyer leaves a refused revision undecided."""
    items: list[Item]
    extras: dict[str, Item]
    deadline: datetime | None
    state: str = "pending"
    due_at: datetime | None = None
    overdue: bool = False
    silence_ended: str | None = None
    """The state that the last deadline ended, while nobody has moved the order since."""
    bought: list[str] = field(default_factory=list)
    offer: Offer | None = None
    lapsed_offer: str | None = None
    cancellation_request: CancellationRequest | None = None
    was_let_down: bool = False
    """A wish to cancel was not granted since the work began: the buyer may call a mediator."""
    refusals: int = 0
    delivered_before: bool = False
    included: int | None = None
    """How many revisions the service includes; None: without limit."""
    used: int = 0
    """How many of them the seller accepted."""
    proposals: dict[str, tuple[str, int]] = field(default_factory=dict)
    """By side: the proposal's id and the cents that would go back."""
    mediator: str | None = None
    """The id of who has the case."""
    was_disputed: bool = False
    hold: Hold | None = None
    """The order is frozen."""
    recovery_bps: int = 5_000
    """How much of what the seller earns with it pays what they owe first, in basis points."""
    end: End | None = None
    ended_at: datetime | None = None
    said: list[str] = field(default_factory=list)
    """Who wrote each message."""
    marks: dict[str, int] = field(default_factory=dict)
    """The number of the last message that each has marked as read."""
    slack: timedelta = timedelta()
    """How much later its instants may be until they were seen: a window runs from when its step
    took effect, which is known to lie between two looks at the clock."""

    def __post_init__(self) -> None:
        self.wallets.buyer -= self.total

    @property
    def total(self) -> int:
        """Cents that the buyer has paid so far."""
        return sum(item.price for item in self.items)

    @property
    def escrow(self) -> int:
        """Cents that wait for the order's end."""
        return 0 if self.ended else self.total

    @property
    def ended(self) -> bool:
        """Whether the order has ended."""
        return self.state in FINAL

    def copy(self) -> "Reference":
        """Another one, to try something on."""
        return deepcopy(self)

    def sees(self, who: str) -> bool:
        """Whether somebody may know of the order."""
        return role_of(who) in ("buyer", "seller", "operator") or (
            role_of(who) == "mediator" and self.was_disputed
        )

    def allowed(self, who: str) -> set[str]:
        """What the order offers to somebody."""
        role = role_of(who)
        return {
            action
            for action, by in MAY.items()
            if self.sees(who) and self.state in by.get(role, ()) and self.holds(who, action)
        }

    def judge_words(self, who: str, at: datetime) -> Verdict:
        """How a message that somebody writes at an instant has to be answered."""
        if not self.sees(who):
            return UNKNOWN
        if role_of(who) == "mediator" and self.state != "disputed":
            return NOT_NOW
        if who == "operator":
            return FORBIDDEN
        is_over = self.ended_at is not None and at > self.ended_at + WRITING_AFTER_THE_END
        return TOO_LATE if is_over else WRITTEN

    def judge_mark(self, who: str, number: int) -> Verdict:
        """How somebody who marks messages up to a number as read has to be answered."""
        return DONE if self.sees(who) and number <= len(self.said) else UNKNOWN

    def unread(self, who: str) -> int:
        """How many messages of others somebody has not marked."""
        return sum(by != who for by in self.said[self.marks.get(who, 0) :])

    def holds(self, who: str, action: str) -> bool:
        """Whether what an action asks for besides the state is there."""
        if self.hold is not None and action != "add_statement":
            return False
        return _ASKS_FOR[action](self, who) if action in _ASKS_FOR else True

    def may_be_disputed(self) -> bool:
        """Whether the buyer has a reason to call a mediator in this state."""
        match self.state:
            case "revision_requested":
                return self.overdue
            case "in_progress":
                return self.was_let_down or (
                    self.cancellation_request is not None
                    and self.cancellation_request.status != "asked"
                )
            case _:
                return True

    def judge(self, who: str, action: str, body: Json) -> Verdict:
        """How a request has to be answered."""
        states = MAY[action].get(role_of(who))
        if not self.sees(who):
            return UNKNOWN
        if states is None:
            return FORBIDDEN
        if self.lapsed_offer and body.get("offer_id") == self.lapsed_offer:
            return TOO_LATE
        if self.state not in states:
            return TOO_LATE if self.silence_ended in states else NOT_NOW
        return self._of_fields(who, action, body) if self.holds(who, action) else NOT_NOW

    def _of_fields(self, who: str, action: str, body: Json) -> Verdict:
        match action:
            case "buy_extra":
                return self._of_extra(body["extra_id"])
            case "accept_offer" | "decline_offer" | "withdraw_offer":
                return self._of_offer(action, body["offer_id"])
            case "assign":
                return self._of_mediator(who, body.get("mediator_id"))
            case "propose_settlement":
                return self._of_refund(body)
            case "resolve" if body["outcome"] == "split":
                return self._of_refund(body)
            case "withdraw_settlement":
                return self._of_proposal(who, body)
            case "accept_settlement":
                return self._of_proposal(other(who), body)
            case _:
                return DONE

    def _of_extra(self, extra_id: str) -> Verdict:
        if extra_id in self.bought:
            return NOT_NOW
        return self._of_price(self.extras[extra_id]) if extra_id in self.extras else INVALID

    def _of_offer(self, action: str, offer_id: str) -> Verdict:
        if self.offer is None or self.offer.id != offer_id:
            return NOT_NOW
        return self._of_price(self.offer.item) if action == "accept_offer" else DONE

    def _of_price(self, item: Item) -> Verdict:
        return DONE if item.price <= self.wallets.buyer else TOO_DEAR

    def _of_mediator(self, who: str, named: str | None) -> Verdict:
        own = MEDIATORS.get(who)
        can_be_meant = named in (None, own) if own else named in MEDIATORS.values()
        return DONE if can_be_meant else INVALID

    def _of_refund(self, body: Json) -> Verdict:
        return DONE if body["refund"]["amount"] < self.total else INVALID

    def _of_proposal(self, side: str, body: Json) -> Verdict:
        return DONE if self.proposals[side][0] == body["settlement_id"] else NOT_NOW


def role_of(who: str) -> str:
    """As what somebody acts."""
    return "mediator" if who == "colleague" else who


def other(side: str) -> str:
    """The other side of the order."""
    return {"buyer": "seller", "seller": "buyer"}.get(side, side)


def may_end(action: str) -> bool:
    """Whether an action can end the order."""
    return action in MAY_END


_ASKS_FOR: dict[str, Callable[[Reference, str], bool]] = {
    "request_revision": lambda order, _: order.included is None or order.used < order.included,
    "open_dispute": lambda order, _: order.may_be_disputed(),
    "buy_extra": lambda order, _: bool(order.extras),
    "make_offer": lambda order, _: order.offer is None,
    "withdraw_offer": lambda order, _: order.offer is not None,
    "decline_offer": lambda order, _: order.offer is not None,
    "accept_offer": lambda order, _: order.offer is not None,
    "request_cancellation": lambda order, _: (
        order.cancellation_request is None or order.cancellation_request.status != "asked"
    ),
    "refuse_cancellation": lambda order, _: (
        order.cancellation_request is not None and order.cancellation_request.status != "refused"
    ),
    "cancel": lambda order, who: who != "buyer" or order.state == "pending" or order.overdue,
    "withdraw_settlement": lambda order, who: who in order.proposals,
    "accept_settlement": lambda order, who: other(who) in order.proposals,
    "assign": lambda order, who: who == "operator" or order.mediator is None,
    "release": lambda order, who: (
        order.mediator == MEDIATORS[who] if who in MEDIATORS else order.mediator is not None
    ),
    "resolve": lambda order, who: order.mediator in (None, MEDIATORS[who]),
}
